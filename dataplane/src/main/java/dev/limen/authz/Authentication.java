package dev.limen.authz;

import dev.limen.check.Reason;
import dev.limen.session.Session;

/**
 * What became of asking who stands behind a check.
 *
 * <p>Invariant: {@link Nobody} and {@link Refused} mean that it is known that no credential counts;
 * whoever could not find out says {@link Unknown}, which is never an allow and never a sign-in.
 */
sealed interface Authentication {
  /**
   * A session.
   *
   * @param session live, with an access token that has not expired
   */
  record BySession(Session session) implements Authentication {}

  /**
   * A bearer token that was accepted.
   *
   * @param token as it came; leaves the process only in the headers of an allow
   */
  record ByBearer(Caller caller, String token) implements Authentication {
    /** Never a token in a log. */
    @Override
    public String toString() {
      return "ByBearer[" + caller + "]";
    }
  }

  /** No credential counts: none came, or the session has ended. */
  record Nobody(Reason reason) implements Authentication {}

  /** The credential that came is not accepted, and no other is asked for instead. */
  record Refused(Reason reason) implements Authentication {}

  /** It cannot be found out now: 503. */
  record Unknown(Reason reason) implements Authentication {}
}
