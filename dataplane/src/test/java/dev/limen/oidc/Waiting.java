package dev.limen.oidc;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition that another thread makes true. */
final class Waiting {
  private static final long LONGEST_NANOS = Duration.ofSeconds(20).toNanos();
  private static final long PAUSE_NANOS = Duration.ofMillis(5).toNanos();

  private Waiting() {}

  static void until(String sentence, BooleanSupplier condition) {
    long deadline = System.nanoTime() + LONGEST_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain until " + sentence);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
