package dev.limen.authz;

import dev.limen.check.CheckRequest;
import dev.limen.check.DecisionListener;

/**
 * A check under way: the question, and what is known of it so far.
 *
 * <p>Invariant: confined to its check.
 *
 * @param request the question
 * @param host whom it is for
 * @param route what it needs
 * @param nowMillis wall clock at its arrival
 * @param listener gets the answer, and knows whether anybody still waits for it
 */
record Check(
    CheckRequest request, HostName host, Route route, long nowMillis, DecisionListener listener) {
  /** Whether nobody waits any more, so that no further step is worth its work. */
  boolean isCancelled() {
    return listener.isCancelled() || Deadline.remainingNanos(request) == 0;
  }
}
