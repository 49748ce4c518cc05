package dev.limen.check;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One check between the question and its one answer: brings the answer back to the event loop that
 * asked, and answers {@link Decision.Unavailable} itself when the deadline passes first.
 *
 * <p>Invariant: the writer is called at most once, on the thread that asked, and never after {@link
 * #cancel}. Confined to that thread, but for {@link #onDecision} and {@link #isCancelled}, which
 * any thread may call.
 */
public final class PendingCheck implements DecisionListener {
  private static final Logger LOG = LoggerFactory.getLogger(PendingCheck.class);

  private final Thread owner = Thread.currentThread();
  private final ScheduledExecutorService loop;
  private final Consumer<Decision> writer;
  private volatile boolean answered;
  private @Nullable Future<?> deadline;

  /**
   * A check that nobody was asked yet.
   *
   * @param loop the single thread that this is called on
   * @param writer takes the one answer, on that thread
   */
  public PendingCheck(ScheduledExecutorService loop, Consumer<Decision> writer) {
    this.loop = loop;
    this.writer = writer;
  }

  /** Asks; the answer may be written before this returns. */
  public void ask(CheckHandler handler, CheckRequest request, long nowMillis) {
    try {
      handler.authorize(request, nowMillis, this);
    } catch (RuntimeException e) {
      // The class only: a message might quote the request.
      LOG.error("a check threw: {}", e.getClass().getName());
      answer(new Decision.Unavailable(Reason.INTERNAL_ERROR));
    }
    if (!answered) {
      long remainingNanos = Math.max(0, request.deadlineNanos() - System.nanoTime());
      deadline = loop.schedule(this::expire, remainingNanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void onDecision(Decision decision) {
    if (Thread.currentThread() == owner) {
      answer(decision);
    } else {
      hop(decision);
    }
  }

  @Override
  public boolean isCancelled() {
    return answered;
  }

  private void hop(Decision decision) {
    try {
      loop.execute(() -> answer(decision));
    } catch (RejectedExecutionException e) {
      // The loop was shut down, and the connection with it: nobody waits any more.
      LOG.debug("an answer came after the end: {}", Decision.label(decision));
    }
  }

  /** Nobody waits any more: whatever the answer will be, it is dropped. */
  public void cancel() {
    answered = true;
    stopWaiting();
  }

  private void expire() {
    answer(new Decision.Unavailable(Reason.DEADLINE_EXCEEDED));
  }

  private void answer(Decision decision) {
    if (answered) {
      return;
    }
    answered = true;
    stopWaiting();
    writer.accept(decision);
  }

  private void stopWaiting() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
