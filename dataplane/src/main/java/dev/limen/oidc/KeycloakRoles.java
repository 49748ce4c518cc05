package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads roles out of Keycloak's access token, which is where Keycloak puts them.
 *
 * <p>Invariant: roles come only from a token that the provider signed, for this person and this
 * client, and that is alive. From anything else there are none: least privilege, and no error,
 * since an access token may be opaque to a client (RFC 6749, section 1.4). Immutable; safe for all
 * threads.
 */
final class KeycloakRoles {
  /** RFC 9068 says {@code at+jwt}; Keycloak says {@code JWT} unless told otherwise. */
  private static final Set<String> TYPES = Set.of("jwt", "at+jwt");

  private static final Set<String> KINDS = Set.of("Bearer", "DPoP");

  private final ProviderConfig config;
  private final TokenVerifier verifier;

  KeycloakRoles(ProviderConfig config, TokenVerifier verifier) {
    this.config = config;
    this.verifier = verifier;
  }

  /** The roles of {@code subject} in this access token. */
  Roles of(String accessToken, String subject, KeySet keys, long nowMillis) {
    if (config.provider() != ProviderConfig.Dialect.KEYCLOAK_OIDC
        || !(verifier.verify(accessToken, TYPES, keys) instanceof Verdict.Accepted accepted)) {
      return Roles.NONE;
    }
    JsonObject claims = accepted.claims();
    return isOurs(claims, subject, Math.floorDiv(nowMillis, 1000L)) ? in(claims) : Roles.NONE;
  }

  /** The roles in the claims of an access token that was accepted. */
  static Roles in(JsonObject claims) {
    return new Roles(rolesIn(claims.object("realm_access")), clientRoles(claims));
  }

  /** A lightweight access token has no {@code sub}; one with another person's is not ours. */
  private boolean isOurs(JsonObject claims, String subject, long now) {
    return config.oidcConfig().issuerURL().toString().equals(claims.text("iss"))
        && (!claims.has("sub") || subject.equals(claims.text("sub")))
        && (!claims.has("azp") || config.clientID().equals(claims.text("azp")))
        && (!claims.has("typ") || KINDS.contains(String.valueOf(claims.text("typ"))))
        && !claims.has("events")
        && IdTokenValidator.isAlive(claims, now)
        && IdTokenValidator.hasBegun(claims, now);
  }

  private static Map<String, List<String>> clientRoles(JsonObject claims) {
    Map<String, List<String>> roles = new LinkedHashMap<>();
    JsonObject clients = claims.object("resource_access");
    if (clients != null) {
      for (String client : clients.names()) {
        List<String> found = rolesIn(clients.object(client));
        if (!found.isEmpty()) {
          roles.put(client, found);
        }
      }
    }
    return roles;
  }

  private static List<String> rolesIn(@Nullable JsonObject access) {
    return access == null ? List.of() : access.textsAmong("roles");
  }
}
