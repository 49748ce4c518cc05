package dev.limen.grpc;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code grpc-timeout}.
 *
 * <pre>
 *   Timeout      = TimeoutValue TimeoutUnit
 *   TimeoutValue = 1*8DIGIT
 *   TimeoutUnit  = "H" / "M" / "S" / "m" / "u" / "n"       gRPC, PROTOCOL-HTTP2.md
 * </pre>
 *
 * <p>Invariant: never negative, never overflows; what is not of the grammar says nothing, and the
 * configured deadline stands alone. Stateless.
 */
final class GrpcTimeout {
  /** There is none, or none that can be read. */
  static final long NONE = Long.MAX_VALUE;

  private static final int MAX_DIGITS = 8;

  private GrpcTimeout() {}

  /** The timeout in nanoseconds, at most {@link Long#MAX_VALUE}, or {@link #NONE}. */
  static long nanos(@Nullable CharSequence field) {
    int digits = field == null ? 0 : field.length() - 1;
    if (field == null || digits < 1 || digits > MAX_DIGITS) {
      return NONE;
    }
    long value = 0;
    for (int i = 0; i < digits; i++) {
      char digit = field.charAt(i);
      if (digit < '0' || digit > '9') {
        return NONE;
      }
      value = value * 10 + (digit - '0');
    }
    return switch (field.charAt(digits)) {
      case 'H' -> TimeUnit.HOURS.toNanos(value);
      case 'M' -> TimeUnit.MINUTES.toNanos(value);
      case 'S' -> TimeUnit.SECONDS.toNanos(value);
      case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
      case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
      case 'n' -> value;
      default -> NONE;
    };
  }
}
