package dev.limen.check;

/**
 * Answers checks: the port between the two front doors and whoever decides.
 *
 * <p>Invariant: the listener is called exactly once for each check, on any thread, and nothing is
 * thrown; a door that sees either broken answers {@link Decision.Unavailable}.
 */
@FunctionalInterface
public interface CheckHandler {
  /**
   * Decides.
   *
   * @param request as the gateway asked; its deadline is the door's
   */
  void authorize(CheckRequest request, DecisionListener listener);
}
