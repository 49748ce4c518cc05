package dev.limen.check;

/**
 * Counts what the front doors answer, and how long it took.
 *
 * <p>Invariant: every question is counted once, whatever became of it; no label ever holds anything
 * of the request.
 */
public interface CheckFigures {
  /**
   * A check got its answer.
   *
   * @param request the question, to be read before this returns, with what was {@linkplain
   *     CheckRequest#notes() learned} about it
   * @param startedNanos on {@link System#nanoTime()}'s scale
   */
  void answered(CheckRequest request, Decision decision, long startedNanos);

  /** Something came that was no check, and was refused for it. */
  void refused(Reason reason);
}
