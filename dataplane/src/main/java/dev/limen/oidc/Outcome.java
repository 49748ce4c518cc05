package dev.limen.oidc;

import java.util.Locale;

/**
 * What came of a request to a provider: the label of the metric and the word in the log.
 *
 * <p>Invariant: says nothing of what was sent or received.
 */
enum Outcome {
  /** An answer that means what it should. */
  OK,
  /** {@code invalid_grant}: the code or the refresh token is worth nothing (any more). */
  INVALID_GRANT,
  /** The provider does not know this client, or not by this secret. */
  CLIENT_REFUSED,
  /** The grant came, and its ID token breaks a rule. */
  ID_TOKEN_REFUSED,
  /** The grant came, and the key of its ID token cannot be had at the moment. */
  KEY_UNAVAILABLE,
  /** Another OAuth error than those above. */
  ERROR_ANSWER,
  /** Another status than the protocol has: 429, 5xx, 403 … */
  UNEXPECTED_STATUS,
  /** A redirect, which is never followed. */
  REDIRECT,
  /** Not JSON, or JSON that breaks a rule. */
  MALFORMED,
  /** A body over its limit. */
  TOO_LARGE,
  /** The whole answer was not there in time. */
  TIMEOUT,
  /** No connection, or one that broke. */
  UNREACHABLE,
  /** The provider's certificate is not trusted, or TLS failed otherwise. */
  TLS,
  /** Too many requests were under way already. */
  BUSY,
  /** Metadata or keys that may not be used. */
  REFUSED;

  private final String label = name().toLowerCase(Locale.ROOT);

  String label() {
    return label;
  }
}
