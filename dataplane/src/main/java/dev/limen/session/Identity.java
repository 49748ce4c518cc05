package dev.limen.session;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who signed in, as the provider said in the ID token (and Keycloak in the access token).
 *
 * <p>Invariant: {@code provider}, {@code issuer} and {@code subject} are never empty; together they
 * name one person. Never holds a token.
 *
 * @param provider id of the provider in the configuration
 * @param issuer {@code iss}
 * @param subject {@code sub}
 * @param user the claim that names the person to services ({@code oidcConfig.userIDClaim}); empty
 *     if the provider did not say
 * @param name {@code name}, or null
 * @param email {@code email}, or null
 * @param preferredUsername {@code preferred_username}, or null
 * @param groups values of the groups claim
 * @param realmRoles Keycloak's {@code realm_access.roles}
 * @param clientRoles Keycloak's {@code resource_access}, by client
 * @param providerSession {@code sid}, or null
 * @param acr {@code acr}, or null
 * @param amr {@code amr}
 * @param authTimeSeconds {@code auth_time}, or 0
 */
public record Identity(
    String provider,
    String issuer,
    String subject,
    String user,
    @Nullable String name,
    @Nullable String email,
    @Nullable String preferredUsername,
    List<String> groups,
    List<String> realmRoles,
    Map<String, List<String>> clientRoles,
    @Nullable String providerSession,
    @Nullable String acr,
    List<String> amr,
    long authTimeSeconds) {
  public Identity {
    if (provider.isEmpty() || issuer.isEmpty() || subject.isEmpty()) {
      throw new IllegalArgumentException("an identity has a provider, an issuer and a subject");
    }
    groups = List.copyOf(groups);
    realmRoles = List.copyOf(realmRoles);
    clientRoles = Map.copyOf(clientRoles);
    amr = List.copyOf(amr);
  }

  /** A person's data stays out of logs. */
  @Override
  public String toString() {
    return "Identity[provider=" + provider + "]";
  }
}
