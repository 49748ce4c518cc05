package dev.limen.check;

/**
 * Counts what the front doors answer, and how long it took.
 *
 * <p>Invariant: every check is counted once, whatever became of it, and by the answer that was
 * really sent; so is every answer to a browser and every refusal. No label ever holds anything of
 * the request.
 */
public interface CheckFigures {
  /**
   * A check got its answer.
   *
   * @param request the question, to be read before this returns, with what was {@linkplain
   *     CheckRequest#notes() learned} about it
   * @param sent what was written, which is not what was decided if that could not be written
   * @param startedNanos on {@link System#nanoTime()}'s scale
   */
  void answered(CheckRequest request, Decision sent, long startedNanos);

  /** A check's client went before the answer was known. */
  void cancelled(CheckRequest request);

  /**
   * A browser got its answer from one of Limen's own endpoints.
   *
   * @param sent what was written, which is not what was decided if that could not be written
   */
  void page(Decision sent);

  /** Something came that was no check, and was refused for it. */
  void refused(Reason reason);
}
