package dev.limen.faults;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A thread that wants nothing but to be woken, and tells the weather when that was late.
 *
 * <p>Invariant: knows nothing of what is tested, so no fault of Limen passes for one of the
 * machine.
 */
final class Pulse implements AutoCloseable {
  private static final long BEAT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** A check goes through several threads, and each is as late as this one. */
  private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Weather weather;
  private final Thread thread;
  private volatile boolean isStopped;

  private Pulse(Weather weather) {
    this.weather = weather;
    this.thread = Thread.ofPlatform().daemon().name("pulse").unstarted(this::beat);
  }

  static Pulse of(Weather weather) {
    Pulse pulse = new Pulse(weather);
    pulse.thread.start();
    return pulse;
  }

  private void beat() {
    long before = System.nanoTime();
    while (!isStopped) {
      FaultKind.pause(Duration.ofNanos(BEAT_NANOS));
      long now = System.nanoTime();
      if (now - before - BEAT_NANOS > LATE_NANOS) {
        weather.machineWasBusy(before, now);
      }
      before = now;
    }
  }

  @Override
  public void close() {
    isStopped = true;
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
