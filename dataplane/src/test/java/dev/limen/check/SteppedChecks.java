package dev.limen.check;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decides in several steps, each after a while, as a slow store and a refresh would; allows in the
 * end. Before each step it asks whether anybody waits still, and stops if nobody does.
 */
public final class SteppedChecks implements CheckHandler, AutoCloseable {
  /** Steps of a check that goes the whole way. */
  public static final int STEPS = 5;

  private static final Decision ALLOW =
      new Decision.Allow(
          new HeaderMutations(List.of(new HeaderField("x-auth-request-user", "a")), List.of()));

  private final ScheduledExecutorService store = Executors.newSingleThreadScheduledExecutor();
  private final int stepMillis;
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger steps = new AtomicInteger();

  /** Each step takes {@code stepMillis}. */
  public SteppedChecks(int stepMillis) {
    this.stepMillis = stepMillis;
  }

  @Override
  public void authorize(CheckRequest request, DecisionListener listener) {
    begun.incrementAndGet();
    next(STEPS, listener);
  }

  private void next(int left, DecisionListener listener) {
    if (left == 0 || listener.isCancelled()) {
      listener.onDecision(left == 0 ? ALLOW : new Decision.Unavailable(Reason.DEADLINE_EXCEEDED));
      return;
    }
    steps.incrementAndGet();
    ScheduledFuture<?> _ =
        store.schedule(() -> next(left - 1, listener), stepMillis, TimeUnit.MILLISECONDS);
  }

  /** How many checks were asked for. */
  public int begunCount() {
    return begun.get();
  }

  /** How many steps were taken for all of them. */
  public int stepCount() {
    return steps.get();
  }

  @Override
  public void close() {
    store.shutdownNow();
  }
}
