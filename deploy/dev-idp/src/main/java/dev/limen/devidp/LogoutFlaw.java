package dev.limen.devidp;

/**
 * What can be wrong with a logout token.
 *
 * <p>Invariant: each but {@link #NONE}, {@link #NO_TYPE}, {@link #SUBJECT_ALONE} and {@link
 * #SESSION_ALONE} breaks exactly one rule of OpenID Connect Back-Channel Logout 1.0, section 2.6.
 */
public enum LogoutFlaw {
  /** Nothing; with {@code sub} and {@code sid}, as Keycloak sends it. */
  NONE,
  /** Nothing: a {@code typ} is not required. */
  NO_TYPE,
  /** Nothing: all sessions of the person are meant. */
  SUBJECT_ALONE,
  /** Nothing: one session is meant, of whoever it is. */
  SESSION_ALONE,
  /** The {@code typ} of any JWT, as Keycloak sent it before 25. */
  PLAIN_JWT,
  /** Signed by nobody. */
  ALG_NONE,
  /** One bit of the signature turned. */
  BAD_SIGNATURE,
  /** For another client. */
  WRONG_AUDIENCE,
  /** From another provider. */
  WRONG_ISSUER,
  /** Over. */
  EXPIRED,
  /** Without {@code jti}. */
  NO_JWT_ID,
  /** Without {@code events}. */
  NO_EVENTS,
  /** The event is a text. */
  EVENT_NOT_AN_OBJECT,
  /** With {@code nonce}, as an ID token has. */
  NONCE,
  /** About nobody. */
  NOBODY
}
