package dev.limen.session;

import dev.limen.check.Reason;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns at the store: checks that come together must not become a wave there.
 *
 * <p>Invariant: never more turns under way than {@code session.store.maxLoads}, in this process,
 * whatever configuration began them. Those that wait have theirs in the order in which they came,
 * within {@link #MAX_WAIT} by the monotonic clock, or {@link StoreUnavailableException} in its
 * place; no more wait than {@link #MAX_WAITING}. Safe for all threads.
 */
final class LoadTurns {
  /** The longest wait: a check that waited longer would hardly have its answer in time. */
  static final Duration MAX_WAIT = Duration.ofMillis(50);

  /** As many as the default of 256 at once gets done in the longest wait, at 3 ms a load. */
  static final int MAX_WAITING = 4_096;

  private static final CompletionStage<@Nullable Void> AT_ONCE =
      CompletableFuture.completedFuture(null);

  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final int maxUnderWay;
  private final Counter refused;
  private final LongSupplier nanoTime;
  private final Timer timer;
  private int underWay;
  private boolean isTimed;

  /** At most {@code maxUnderWay} at once. */
  LoadTurns(int maxUnderWay, Metrics metrics) {
    this(
        maxUnderWay,
        metrics,
        System::nanoTime,
        (nanos, errand) ->
            CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(errand));
  }

  LoadTurns(int maxUnderWay, Metrics metrics, LongSupplier nanoTime, Timer timer) {
    this.maxUnderWay = maxUnderWay;
    this.nanoTime = nanoTime;
    this.timer = timer;
    this.refused =
        metrics.counter(
            "limen_store_loads_refused_total",
            "Loads of sessions that got no turn at the store in time");
    metrics.gauge(
        "limen_store_loads_in_flight", "Loads of sessions that have their turn", this::underWay);
    metrics.gauge(
        "limen_store_loads_waiting", "Loads of sessions that wait for their turn", this::waiting);
  }

  /** Runs an errand after a while, on a thread of its own. */
  @FunctionalInterface
  interface Timer {
    void later(long nanos, Runnable errand);
  }

  /** Somebody who waits, and since when. */
  private record Waiting(CompletableFuture<@Nullable Void> turn, long sinceNanos) {}

  /** A turn, at once if there is one left; {@link #end} gives it back. */
  CompletionStage<@Nullable Void> take() {
    synchronized (this) {
      if (underWay < maxUnderWay) {
        underWay++;
        return AT_ONCE;
      }
      if (waiting.size() < MAX_WAITING) {
        Waiting last = new Waiting(new CompletableFuture<>(), nanoTime.getAsLong());
        waiting.add(last);
        watch();
        return last.turn;
      }
    }
    refused.increment();
    return CompletableFuture.failedFuture(overloaded());
  }

  /** Hands the turn to whoever waits longest, and not too long. */
  void end() {
    List<Waiting> late;
    Waiting next;
    synchronized (this) {
      late = takeLate();
      next = waiting.poll();
      if (next == null) {
        underWay--;
      }
    }
    // Not on this thread: thousands that end at once would be thousands of calls deep.
    if (next != null) {
      next.turn.completeAsync(() -> null);
    }
    if (!late.isEmpty()) {
      var _ = CompletableFuture.runAsync(() -> refuse(late));
    }
  }

  /** Turns under way. */
  synchronized int underWay() {
    return underWay;
  }

  /** Those that wait for one. */
  synchronized int waiting() {
    return waiting.size();
  }

  /** Sees to it that whoever waits longest does not wait too long; one look serves all. */
  private void watch() {
    Waiting first = waiting.peek();
    if (first != null && !isTimed) {
      isTimed = true;
      timer.later(MAX_WAIT.toNanos() + 1 - waited(first), this::look);
    }
  }

  private void look() {
    List<Waiting> late;
    synchronized (this) {
      isTimed = false;
      late = takeLate();
      watch();
    }
    refuse(late);
  }

  private List<Waiting> takeLate() {
    List<Waiting> late = new ArrayList<>(0);
    Waiting first = waiting.peek();
    while (first != null && waited(first) > MAX_WAIT.toNanos()) {
      late.add(waiting.remove());
      first = waiting.peek();
    }
    return late;
  }

  private long waited(Waiting one) {
    return nanoTime.getAsLong() - one.sinceNanos;
  }

  private void refuse(List<Waiting> late) {
    for (Waiting each : late) {
      refused.increment();
      each.turn.completeExceptionally(overloaded());
    }
  }

  private static StoreUnavailableException overloaded() {
    return new StoreUnavailableException(
        "load", "too many loads are under way", Reason.STORE_OVERLOADED);
  }
}
