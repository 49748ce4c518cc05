package dev.limen.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The least and the greatest value that a number or a duration may have, both included.
 *
 * <p>Invariant: what the reference prints and what a value is held to are the same two words, those
 * of {@link Setting#bounds()}.
 *
 * @param least as written
 * @param greatest as written
 */
record Bounds(String least, String greatest) {
  private static final String SEPARATOR = " to ";

  Bounds {
    if (number(least) > number(greatest)) {
      throw new IllegalArgumentException("bounds the wrong way round: " + least + ", " + greatest);
    }
  }

  /** The bounds of {@code setting}, or null if it has none. */
  static @Nullable Bounds of(Setting setting) {
    if (setting.bounds().isEmpty()) {
      return null;
    }
    int middle = setting.bounds().indexOf(SEPARATOR);
    if (middle < 0) {
      throw new IllegalArgumentException("bounds are written as 1 to 8: " + setting.bounds());
    }
    return new Bounds(
        setting.bounds().substring(0, middle),
        setting.bounds().substring(middle + SEPARATOR.length()));
  }

  /** Whether {@code value}, a whole number or a duration, lies between them or is one of them. */
  boolean admit(Object value) {
    long number = value instanceof Duration duration ? duration.toMillis() : longOf(value);
    return number >= number(least) && number <= number(greatest);
  }

  private static long longOf(Object value) {
    if (value instanceof Number number) {
      return number.longValue();
    }
    throw new IllegalArgumentException("bounds are for numbers and durations");
  }

  /** Milliseconds for a duration. */
  static long number(String bound) {
    Duration duration = SettingTypes.duration(bound);
    return duration == null ? Long.parseLong(bound) : duration.toMillis();
  }

  @Override
  public String toString() {
    return least.equals(greatest) ? least : least + SEPARATOR + greatest;
  }
}
