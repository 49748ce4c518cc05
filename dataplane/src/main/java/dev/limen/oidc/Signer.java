package dev.limen.oidc;

import java.security.PublicKey;
import org.jspecify.annotations.Nullable;

/**
 * Which key signed a token, and how.
 *
 * <p>Invariant: the issuer published the key when the signature was verified.
 *
 * @param keyId {@code kid} in the token's header, or null
 * @param algorithm {@code alg} in the token's header
 * @param key that the signature holds for
 */
record Signer(@Nullable String keyId, SigningAlgorithm algorithm, PublicKey key) {}
