package dev.limen.faults;

/**
 * A check that got neither an allow nor a refusal: 503, or no answer.
 *
 * <p>Invariant: says what was known when it failed. Why it was 503 is in the log of the process
 * that answered, and {@link FaultRun.Result#why} finds it there.
 *
 * @param toldNanos when whoever asked knew
 * @param fault that was on or had just been; empty for none
 * @param hadGoodTokens whether tokens were good all the while that were seen before it was asked
 */
record Failure(
    Oracle.Question question, long toldNanos, Told told, String fault, boolean hadGoodTokens) {
  /** What whoever asked was told. */
  enum Told {
    /** The connection ended, or nobody was there. */
    NOTHING,
    /** 503. */
    UNAVAILABLE
  }

  boolean isUnanswered() {
    return told == Told.NOTHING;
  }
}
