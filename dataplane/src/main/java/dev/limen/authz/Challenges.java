package dev.limen.authz;

import dev.limen.check.Decision;
import dev.limen.check.Reason;

/**
 * The answers to requests that should carry an access token, for the program that sent them.
 *
 * <p>Invariant: an {@code error} is named only where a token came, and nothing is said that is not
 * in the reason. Source: RFC 6750, section 3. Stateless.
 */
final class Challenges {
  private static final String REALM = "Bearer realm=\"limen\"";

  private Challenges() {}

  /** No token can be taken: 401 if none came, 400 if choosing one would be a guess. */
  static Decision withoutToken(Reason reason) {
    return reason == Reason.BEARER_AMBIGUOUS
        ? refused(400, "invalid_request", reason)
        : new Decision.Deny(401, reason, REALM);
  }

  /** 401: the token that came is not accepted. */
  static Decision invalid(Reason reason) {
    return refused(401, "invalid_token", reason);
  }

  /** 403: the token is accepted, and does not allow this. */
  static Decision insufficient(Reason reason) {
    return refused(403, "insufficient_scope", reason);
  }

  private static Decision refused(int status, String error, Reason reason) {
    String description = reason.sentence();
    String challenge =
        REALM + ", error=\"" + error + "\", error_description=\"" + description + "\"";
    return new Decision.Deny(status, reason, challenge);
  }
}
