package dev.limen.oidc;

/**
 * What the token endpoint granted on a refresh, while nobody can say yet whether its ID token
 * holds.
 *
 * <p>Invariant: nothing of it reaches a session or an upstream before its ID token was accepted
 * (OpenID Connect Core, section 12.2); but it is kept, since the refresh token that bought it is
 * spent. Immutable.
 */
public final class UnverifiedGrant {
  private final TokenAnswer.Granted answer;
  private final long askedAtMillis;

  UnverifiedGrant(TokenAnswer.Granted answer, long askedAtMillis) {
    this.answer = answer;
    this.askedAtMillis = askedAtMillis;
  }

  TokenAnswer.Granted answer() {
    return answer;
  }

  /** When the request for it was sent, wall clock. */
  long askedAtMillis() {
    return askedAtMillis;
  }

  /** When the access token ends, as far as the answer says; wall clock. */
  long endMillis() {
    long life = answer.expiresInSeconds() * 1000;
    return askedAtMillis + (life > 0 ? life : TokenAnswer.UNSAID_LIFETIME_MILLIS);
  }

  /** Never a token in a log. */
  @Override
  public String toString() {
    return "UnverifiedGrant";
  }
}
