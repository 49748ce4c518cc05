package dev.limen.authz;

import dev.limen.check.CheckRequest;
import java.util.concurrent.TimeUnit;

/**
 * The time left for one check.
 *
 * <p>Invariant: the one place below the doors that reads the monotonic clock: how long to wait is
 * known only when the waiting begins, which is after the store has answered.
 */
final class Deadline {
  /** What a refresh leaves of a check's time, to write the answer. */
  static final long REFRESH_MARGIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** The longest that a check waits for a refresh. */
  static final long REFRESH_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private Deadline() {}

  /** Nanoseconds until {@code request} must be answered, at least 0. */
  static long remainingNanos(CheckRequest request) {
    return Math.max(0, request.deadlineNanos() - System.nanoTime());
  }

  /** Nanoseconds that {@code request} may wait for a refresh, at least 0. */
  static long refreshWaitNanos(CheckRequest request) {
    long left = remainingNanos(request) - REFRESH_MARGIN_NANOS;
    return Math.clamp(left, 0, REFRESH_WAIT_NANOS);
  }
}
