package dev.limen.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's time of day, held against its monotonic clock: sessions and tokens end by the wall
 * clock, and somebody may set that.
 *
 * <pre>
 *   agree ── differ by more than MAX_DRIFT ──► jumped: goes on by the monotonic clock
 *     ▲                                          │
 *     └──────────────── agree again ─────────────┤
 *                                                └─ after MAX_EXTRAPOLATION ─► not known any more
 * </pre>
 *
 * <p>Invariant: what it says moves on as the monotonic clock does, but for {@link #MAX_DRIFT} in
 * each {@link #WINDOW}, in which a clock that is slewed stays; so a clock that is set ends no
 * session and lets none live longer. It has to be read once in each window at least: an errand
 * does. Safe for all threads.
 */
final class SteadyClock implements InstantSource {
  /** How far the wall clock may move against the monotonic one within a window. */
  static final Duration MAX_DRIFT = Duration.ofSeconds(5);

  /** How often the two are brought together. */
  static final Duration WINDOW = Duration.ofMinutes(1);

  /** How long the monotonic clock alone is good enough. */
  static final Duration MAX_EXTRAPOLATION = Duration.ofMinutes(10);

  /** Both clocks were read in one moment if it was no longer than this. */
  private static final Duration MOMENT = Duration.ofMillis(100);

  private static final int MAX_READINGS = 20;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long MILLIS_PER_SECOND = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(SteadyClock.class);

  private final LongSupplier wallMillis;
  private final LongSupplier monotonicNanos;
  private volatile Agreement last;

  /**
   * The last moment at which both clocks agreed.
   *
   * @param jumpedAtNanos when they were first seen to differ since; null if they do not
   */
  private record Agreement(long wallMillis, long nanos, @Nullable Long jumpedAtNanos) {
    long millisAt(long nowNanos) {
      return wallMillis + (nowNanos - nanos) / NANOS_PER_MILLI;
    }

    boolean holds(long wall, long nowNanos) {
      return Math.abs(wall - millisAt(nowNanos)) <= MAX_DRIFT.toMillis();
    }

    boolean isDue(long nowNanos) {
      return jumpedAtNanos != null || nowNanos - nanos >= WINDOW.toNanos();
    }
  }

  /** The system's clocks. */
  SteadyClock() {
    this(System::currentTimeMillis, System::nanoTime);
  }

  SteadyClock(LongSupplier wallMillis, LongSupplier monotonicNanos) {
    this.wallMillis = wallMillis;
    this.monotonicNanos = monotonicNanos;
    this.last = new Agreement(wallMillis.getAsLong(), monotonicNanos.getAsLong(), null);
  }

  /** Epoch milliseconds: the wall clock's, or what it would say had nobody set it. */
  @Override
  public long millis() {
    Agreement known = last;
    long wall = wallMillis.getAsLong();
    long nanos = monotonicNanos.getAsLong();
    boolean agree = known.holds(wall, nanos);
    if (agree ? known.isDue(nanos) : known.jumpedAtNanos() == null) {
      known = compared();
      agree = known.jumpedAtNanos() == null;
    }
    return agree ? wall : known.millisAt(nanos);
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
  }

  /** Whether the time of day is known well enough to let anybody in by it. */
  boolean isKnown() {
    Long jumpedAt = last.jumpedAtNanos();
    return jumpedAt == null || monotonicNanos.getAsLong() - jumpedAt <= MAX_EXTRAPOLATION.toNanos();
  }

  /** By how much the wall clock is ahead of what this says, in seconds; 0 while both agree. */
  long jumpSeconds() {
    millis();
    Agreement known = last;
    long ahead = wallMillis.getAsLong() - known.millisAt(monotonicNanos.getAsLong());
    return known.jumpedAtNanos() == null ? 0 : ahead / MILLIS_PER_SECOND;
  }

  private synchronized Agreement compared() {
    Agreement known = last;
    long wall = 0;
    long nanos = 0;
    long took = Long.MAX_VALUE;
    // A thread that is held up between the two readings sees a jump where there is none.
    for (int i = 0; i < MAX_READINGS && took > MOMENT.toNanos(); i++) {
      nanos = monotonicNanos.getAsLong();
      wall = wallMillis.getAsLong();
      took = monotonicNanos.getAsLong() - nanos;
    }
    boolean agree = known.holds(wall, nanos);
    if (agree && known.isDue(nanos)) {
      sayOver(known);
      known = new Agreement(wall, nanos, null);
    } else if (!agree && known.jumpedAtNanos() == null) {
      sayJumped(wall - known.millisAt(nanos));
      known = new Agreement(known.wallMillis(), known.nanos(), nanos);
    }
    last = known;
    return known;
  }

  private static void sayJumped(long byMillis) {
    LOG.error(
        "clock_jump: the system's clock moved by {} s and was expected to move with the monotonic"
            + " clock; going on by that one for {} min, then checks are answered with 503. Set the"
            + " clock right, or restart if it is right now; slew it rather than set it",
        byMillis / MILLIS_PER_SECOND,
        MAX_EXTRAPOLATION.toMinutes());
  }

  private static void sayOver(Agreement known) {
    if (known.jumpedAtNanos() != null) {
      LOG.warn("clock_jump is over: the system's clock is as it was expected to be");
    }
  }
}
