package dev.limen.session.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spares those who ask a Redis that is slow the wait for a deadline that it would not keep.
 *
 * <pre>
 *   closed ── half of the calls in 2 s are late ──► open ──┐ a probe, after a pause
 *     ▲                                              ▲ └───┘ that grows
 *     └── a probe is answered in time, or the ────────┘
 *         connection is lost
 * </pre>
 *
 * <p>Invariant: opens for late answers alone, and closes by one probe that is answered in time,
 * whoever asks or does not ask meanwhile. An error is an answer: a Redis that is full or read-only
 * said so in time, and can be read. A lost connection is no matter of this class: {@link RedisLink}
 * knows of it at once. The lock is never held while anything is awaited. Safe for all threads.
 */
final class RedisBreaker {
  /** Calls that ended so long ago are forgotten, to the tenth. */
  static final Duration WINDOW = Duration.ofSeconds(2);

  /** Late ones among them, from which on it is open. */
  static final int LATE_PERCENT = 50;

  /**
   * Calls that are too few to judge by. Below ten in a second a fork for a snapshot, or one slow
   * command of somebody else, would make a share of half; and waiting for so few costs little.
   */
  static final int LEAST_CALLS = 20;

  /** Between a failure and the next probe, at least. */
  static final Duration MIN_PAUSE = Duration.ofMillis(100);

  /** And at most: a Redis that is well again is used within this and one deadline. */
  static final Duration MAX_PAUSE = Duration.ofSeconds(1);

  private static final int SLICES = 10;
  private static final long SLICE_NANOS = WINDOW.toNanos() / SLICES;
  private static final int MAX_DOUBLINGS = 4;
  private static final int MAX_CAUSES = 8;

  private static final Logger LOG = LoggerFactory.getLogger(RedisBreaker.class);

  private final Time time;
  private final Supplier<CompletionStage<?>> probe;

  private final Object lock = new Object();
  private final long[] sliceNumbers = new long[SLICES];
  private final int[] calls = new int[SLICES];
  private final int[] late = new int[SLICES];

  /** Goes up whenever it opens or closes, so that a probe knows whether it is still wanted. */
  private volatile long turn;

  private volatile boolean open;

  /** A clock that never goes back, and pauses. */
  interface Time {
    long nanoTime();

    /** Runs {@code task} after so long, and not on the thread that asks for it. */
    void later(long millis, Runnable task);
  }

  /** {@code probe} asks Redis, past this breaker, for the least that it can answer. */
  RedisBreaker(Time time, Supplier<CompletionStage<?>> probe) {
    this.time = time;
    this.probe = probe;
  }

  /** Whether to refuse at once. */
  boolean isOpen() {
    return open;
  }

  /** How a call that was sent has ended; null for a good end. What was refused here is no call. */
  void heard(@Nullable Throwable trouble) {
    boolean isLate = trouble != null && isCausedBy(trouble, RedisCommandTimeoutException.class);
    if (!isLate && !isAnswer(trouble)) {
      return;
    }
    long opened = count(isLate);
    if (opened != 0) {
      LOG.warn(
          "Redis answers too slowly; until it answers a PING in time, checks that need it are"
              + " answered with 503 at once");
      probeLater(opened, 0);
    }
  }

  /** The connection is lost, and what was heard of it says nothing about the next one. */
  void reset() {
    close();
  }

  /** The number of the turn, if this call opens it; else 0. */
  private long count(boolean isLate) {
    synchronized (lock) {
      if (open) {
        return 0;
      }
      long number = Math.floorDiv(time.nanoTime(), SLICE_NANOS);
      int slice = (int) Math.floorMod(number, (long) SLICES);
      if (sliceNumbers[slice] != number) {
        sliceNumbers[slice] = number;
        calls[slice] = 0;
        late[slice] = 0;
      }
      calls[slice]++;
      if (!isLate) {
        return 0;
      }
      late[slice]++;
      if (!isTooSlow(number)) {
        return 0;
      }
      open = true;
      return ++turn;
    }
  }

  private boolean isTooSlow(long now) {
    long allCalls = 0;
    long allLate = 0;
    for (int i = 0; i < SLICES; i++) {
      if (now - sliceNumbers[i] < SLICES) {
        allCalls += calls[i];
        allLate += late[i];
      }
    }
    return allCalls >= LEAST_CALLS && allLate * 100 >= allCalls * LATE_PERCENT;
  }

  private boolean close() {
    synchronized (lock) {
      Arrays.fill(calls, 0);
      Arrays.fill(late, 0);
      turn++;
      boolean wasOpen = open;
      open = false;
      return wasOpen;
    }
  }

  /** With jitter, so that replicas do not ask at the same moment. */
  private void probeLater(long opened, int failures) {
    long doubled = (2 * MIN_PAUSE.toMillis()) << Math.min(failures, MAX_DOUBLINGS);
    long longest = Math.min(MAX_PAUSE.toMillis(), doubled);
    long millis = longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1);
    time.later(millis, () -> probe(opened, failures));
  }

  private void probe(long opened, int failures) {
    if (turn != opened) {
      return;
    }
    var _ =
        probe
            .get()
            .whenComplete((_, trouble) -> {
              if (turn != opened) {
                return;
              }
              if (!isAnswer(trouble)) {
                probeLater(opened, failures + 1);
              } else if (close()) {
                LOG.info("Redis answers in time again");
              }
            });
  }

  private static boolean isAnswer(@Nullable Throwable trouble) {
    return trouble == null || isCausedBy(trouble, RedisCommandExecutionException.class);
  }

  private static boolean isCausedBy(Throwable trouble, Class<? extends Throwable> kind) {
    Throwable each = trouble;
    for (int depth = 0; depth < MAX_CAUSES && each != null; depth++) {
      if (kind.isInstance(each)) {
        return true;
      }
      each = each.getCause();
    }
    return false;
  }
}
