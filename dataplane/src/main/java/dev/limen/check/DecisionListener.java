package dev.limen.check;

/**
 * Receives the one answer to a check.
 *
 * <p>Invariant: called exactly once for each check, with any outcome, on any thread; whoever writes
 * the answer goes back to the channel's event loop first.
 */
@FunctionalInterface
public interface DecisionListener {
  /** Takes the answer; must not throw. */
  void onDecision(Decision decision);

  /**
   * Whether nobody waits for the answer any more: the client went, or its time is over. Who decides
   * asks before each further step, and then stops working; the listener is called all the same,
   * with any outcome.
   */
  default boolean isCancelled() {
    return false;
  }
}
