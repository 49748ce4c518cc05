package dev.limen.login;

import dev.limen.check.Reason;
import dev.limen.session.Session;

/**
 * What became of renewing a session's tokens.
 *
 * <p>Invariant: only {@link Ended} means that the session is over; after {@link Failed} it is kept,
 * and good as long as its access token is.
 */
public sealed interface RefreshResult {
  /** The session to go on with: renewed here, or by somebody else meanwhile. */
  record Renewed(Session session) implements RefreshResult {}

  /** The session has ended; the person has to sign in again. */
  record Ended(Reason reason) implements RefreshResult {}

  /** Not now: the session is kept, and a later attempt may succeed. */
  record Failed(Reason reason) implements RefreshResult {}
}
