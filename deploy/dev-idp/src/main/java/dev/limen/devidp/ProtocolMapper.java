package dev.limen.devidp;

/**
 * What a client of the realm adds to its tokens: the two of Keycloak's protocol mappers that the
 * realm uses.
 *
 * <p>Invariant: a mapper that is not one of these stops the start, since a provider that silently
 * left a claim out would make the wrong side look guilty.
 */
sealed interface ProtocolMapper {

  /** {@code oidc-audience-mapper}: one more member of {@code aud}. */
  record Audience(String audience, boolean inAccessToken, boolean inIdToken)
      implements ProtocolMapper {}

  /** {@code oidc-group-membership-mapper}: the user's groups. */
  record Groups(
      String claim, boolean fullPath, boolean inAccessToken, boolean inIdToken, boolean inUserInfo)
      implements ProtocolMapper {}
}
