package dev.limen.oidc;

import java.util.List;
import java.util.Map;

/**
 * What somebody may do, as Keycloak says it in an access token.
 *
 * @param realm {@code realm_access.roles}
 * @param clients {@code resource_access}, by client
 */
record Roles(List<String> realm, Map<String, List<String>> clients) {
  /** Nothing. */
  static final Roles NONE = new Roles(List.of(), Map.of());
}
