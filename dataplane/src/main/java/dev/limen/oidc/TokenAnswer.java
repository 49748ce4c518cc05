package dev.limen.oidc;

import dev.limen.session.Tokens;
import org.jspecify.annotations.Nullable;

/**
 * What the token endpoint's answer means.
 *
 * <p>Invariant: only an answer that says so in the protocol's own words is definitive; whatever
 * else may have happened is {@link Failed}.
 */
sealed interface TokenAnswer {
  /** How long an access token is taken to live when neither it nor an ID token says so. */
  long UNSAID_LIFETIME_MILLIS = 60_000;

  /**
   * Tokens, not looked into yet.
   *
   * @param accessToken never empty
   * @param idToken or null
   * @param refreshToken or null
   * @param expiresInSeconds of the access token, or -1 where it is not said
   * @param refreshExpiresInSeconds of the refresh token, or 0 where it is not said
   */
  record Granted(
      String accessToken,
      @Nullable String idToken,
      @Nullable String refreshToken,
      long expiresInSeconds,
      long refreshExpiresInSeconds)
      implements TokenAnswer {
    /**
     * As a session keeps them. A refresh token that was not replaced stays (RFC 6749, section 6).
     *
     * <p>An ID token that has ended by the time it is asked for (clocks differ, and some skew is
     * allowed) does not say when to renew: each check would have to.
     *
     * @param idTokenExpiresAtMillis the end of the ID token that came with this, or 0
     * @param before of the session, or null at a login
     * @param askedAtMillis when the request was sent: lifetimes count from the answer, so none is
     *     taken for longer than it is. The access token's is counted from the whole second, since
     *     its {@code exp} has no fraction: a gateway must never see it expired before we do
     */
    Tokens tokens(
        String sessionsIdToken,
        long idTokenExpiresAtMillis,
        @Nullable Tokens before,
        long askedAtMillis) {
      long idTokenEnd = idTokenExpiresAtMillis > askedAtMillis ? idTokenExpiresAtMillis : 0;
      long unsaid = idTokenEnd == 0 ? askedAtMillis + UNSAID_LIFETIME_MILLIS : idTokenEnd;
      boolean isReplaced = refreshToken != null || before == null;
      long refreshExpiry =
          refreshExpiresInSeconds == 0 ? 0 : askedAtMillis + refreshExpiresInSeconds * 1000;
      long refreshExpiryBefore = before == null ? 0 : before.refreshTokenExpiresAtMillis();
      return new Tokens(
          sessionsIdToken,
          accessToken,
          refreshToken != null || before == null ? refreshToken : before.refreshToken(),
          expiresInSeconds < 0
              ? unsaid
              : (Math.floorDiv(askedAtMillis, 1000L) + expiresInSeconds) * 1000,
          isReplaced || refreshExpiry != 0 ? refreshExpiry : refreshExpiryBefore,
          askedAtMillis,
          idTokenEnd);
    }

    /** Never a token in a log. */
    @Override
    public String toString() {
      return "Granted";
    }
  }

  /** The code or refresh token is worth nothing. */
  record InvalidGrant() implements TokenAnswer {}

  /** This client is not known, or not by this secret, or may not do this. */
  record ClientRefused() implements TokenAnswer {}

  /** An OAuth error that is none of the above. */
  record ErrorAnswer() implements TokenAnswer {}

  /** Nothing that can be relied on. */
  record Failed(Outcome outcome) implements TokenAnswer {}
}
