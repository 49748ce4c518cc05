package dev.limen.demo.run;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for a condition, never for a time. */
public final class Await {
  private static final long STEP_MILLIS = 20;

  private Await() {}

  /** Whether the condition came true within the limit; an exception in it counts as "not yet". */
  public static boolean until(Duration limit, Callable<Boolean> condition) {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      if (holds(condition)) {
        return true;
      }
      if (System.nanoTime() >= end || !pause()) {
        return false;
      }
    }
  }

  private static boolean holds(Callable<Boolean> condition) {
    try {
      return condition.call();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    } catch (Exception _) {
      return false;
    }
  }

  private static boolean pause() {
    try {
      Thread.sleep(STEP_MILLIS);
      return true;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
