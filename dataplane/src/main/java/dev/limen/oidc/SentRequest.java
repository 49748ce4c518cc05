package dev.limen.oidc;

/**
 * What an authentication request held that its ID token must answer to (OpenID Connect Core,
 * section 3.1.3.7).
 *
 * <p>Invariant: kept where nobody but Limen can change it, from the request to its callback.
 *
 * @param nonce as sent
 * @param maxAgeSeconds {@code max_age} as sent, or {@link #NO_MAX_AGE}
 */
public record SentRequest(String nonce, long maxAgeSeconds) {
  /** No {@code max_age} was sent. */
  public static final long NO_MAX_AGE = -1;

  /** The nonce stays out of logs. */
  @Override
  public String toString() {
    return "SentRequest";
  }
}
