package dev.limen.demo.judge;

import org.jspecify.annotations.Nullable;

/** What was expected at a step was not seen. Neither text ever holds a secret. */
final class StepFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String expected;
  private final String seen;

  StepFailed(String expected, String seen) {
    super("expected " + expected + ", seen " + seen);
    this.expected = expected;
    this.seen = seen;
  }

  String expected() {
    return expected;
  }

  String seen() {
    return seen;
  }

  static void expect(boolean holds, String expected, @Nullable Object seen) {
    if (!holds) {
      throw new StepFailed(expected, String.valueOf(seen));
    }
  }

  static <T> T expectPresent(@Nullable T value, String expected) {
    if (value == null) {
      throw new StepFailed(expected, "nothing");
    }
    return value;
  }
}
