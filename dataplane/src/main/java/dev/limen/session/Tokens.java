package dev.limen.session;

import org.jspecify.annotations.Nullable;

/**
 * What the token endpoint granted.
 *
 * <p>Invariant: leaves the process only sealed, or as the ID and access token in the headers of an
 * allow; the refresh token never leaves it at all but to the provider.
 *
 * @param idToken the ID token, as received
 * @param accessToken the access token, as received
 * @param refreshToken the refresh token, or null where the provider gave none
 * @param accessTokenExpiresAtMillis wall clock, from {@code expires_in}
 * @param refreshTokenExpiresAtMillis wall clock, from {@code refresh_expires_in}; 0 if not said
 * @param accessTokenIssuedAtMillis wall clock, when the answer came; 0 if not known. With the end
 *     of its life it says how long that life is, and so how far ahead a refresh is due
 * @param idTokenExpiresAtMillis wall clock, from {@code exp} of the ID token that came with the
 *     newest grant; 0 if none came with it (a refresh need not bring one, and asking again would
 *     not change that), or if it is not known
 */
public record Tokens(
    String idToken,
    String accessToken,
    @Nullable String refreshToken,
    long accessTokenExpiresAtMillis,
    long refreshTokenExpiresAtMillis,
    long accessTokenIssuedAtMillis,
    long idTokenExpiresAtMillis) {
  /** Tokens of which it is not known when the ID token ends. */
  public Tokens(
      String idToken,
      String accessToken,
      @Nullable String refreshToken,
      long accessTokenExpiresAtMillis,
      long refreshTokenExpiresAtMillis,
      long accessTokenIssuedAtMillis) {
    this(
        idToken,
        accessToken,
        refreshToken,
        accessTokenExpiresAtMillis,
        refreshTokenExpiresAtMillis,
        accessTokenIssuedAtMillis,
        0);
  }

  /** Tokens of which it is not known when they were issued. */
  public Tokens(
      String idToken,
      String accessToken,
      @Nullable String refreshToken,
      long accessTokenExpiresAtMillis,
      long refreshTokenExpiresAtMillis) {
    this(
        idToken,
        accessToken,
        refreshToken,
        accessTokenExpiresAtMillis,
        refreshTokenExpiresAtMillis,
        0);
  }

  /** Never a token in a log. */
  @Override
  public String toString() {
    return "Tokens";
  }
}
