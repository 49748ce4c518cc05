package dev.limen.oidc;

import org.jspecify.annotations.Nullable;

/**
 * What one look at a provider showed.
 *
 * <p>Invariant: the count of keys is above zero exactly if there is no problem.
 *
 * @param issuer as configured, and as the provider says if there is no problem
 * @param endpoints that its metadata names and Limen uses; none where nobody signs in
 * @param keys that may verify a signature
 * @param problem what is wrong, or null
 */
public record ProviderSurvey(String issuer, int endpoints, int keys, @Nullable String problem) {}
