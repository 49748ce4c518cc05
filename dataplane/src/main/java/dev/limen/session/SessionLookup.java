package dev.limen.session;

import dev.limen.check.Reason;

/**
 * What became of looking a session up.
 *
 * <p>Invariant: {@link None} means that the store answered and there is no usable session; trouble
 * is an exception, never this.
 */
public sealed interface SessionLookup {
  /** A live session. */
  record Found(Session session) implements SessionLookup {}

  /** No usable session, and why: unknown, idle, expired, or not openable with this secret. */
  record None(Reason reason) implements SessionLookup {}
}
