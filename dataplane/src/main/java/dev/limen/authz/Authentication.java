package dev.limen.authz;

import dev.limen.check.Reason;
import dev.limen.session.Session;

/**
 * What became of asking who stands behind a check.
 *
 * <p>Invariant: {@link Nobody} means that it is known that no credential counts; whoever could not
 * find out says {@link Unknown}, which is never an allow and never a sign-in.
 */
sealed interface Authentication {
  /**
   * A session.
   *
   * @param session live, with an access token that has not expired
   */
  record BySession(Session session) implements Authentication {}

  /** No session counts: none came, or it has ended. */
  record Nobody(Reason reason) implements Authentication {}

  /** It cannot be found out now: 503. */
  record Unknown(Reason reason) implements Authentication {}
}
