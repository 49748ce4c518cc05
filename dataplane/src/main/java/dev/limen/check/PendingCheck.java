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
 * <p>Invariant: who was not cancelled gets one answer: the writer is called on the thread that
 * asked, never after {@link #cancel}, and a second time only if it threw, with 503. Confined to
 * that thread, but for {@link #onDecision} and {@link #isCancelled}, which any thread may call.
 */
public final class PendingCheck implements DecisionListener {
  private static final Logger LOG = LoggerFactory.getLogger(PendingCheck.class);
  private static final Decision DEFECT = new Decision.Unavailable(Reason.INTERNAL_ERROR);

  private final Thread owner = Thread.currentThread();
  private final ScheduledExecutorService loop;
  private final Consumer<Decision> writer;
  private volatile boolean answered;
  private @Nullable Future<?> deadline;

  /**
   * A check that nobody was asked yet.
   *
   * @param loop the single thread that this is called on
   * @param writer takes the one answer, on that thread; what it throws, it throws before it writes
   */
  public PendingCheck(ScheduledExecutorService loop, Consumer<Decision> writer) {
    this.loop = loop;
    this.writer = writer;
  }

  /** Asks; the answer may be written before this returns. */
  public void ask(CheckHandler handler, CheckRequest request) {
    try {
      handler.authorize(request, this);
    } catch (RuntimeException e) {
      // The class only: a message might quote the request.
      LOG.error("a check threw: {}", e.getClass().getName());
      answer(DEFECT);
    }
    waitAtMost(request.deadlineNanos() - System.nanoTime());
  }

  /** Gives whoever was asked so much time from now, if it has not answered yet. */
  public void waitAtMost(long nanos) {
    if (!answered) {
      deadline = loop.schedule(this::expire, Math.max(0, nanos), TimeUnit.NANOSECONDS);
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

  private void hop(@Nullable Decision decision) {
    try {
      loop.execute(() -> answer(decision));
    } catch (RejectedExecutionException e) {
      // The loop was shut down, and the connection with it: nobody waits any more.
      LOG.debug("an answer came after the end");
    }
  }

  /**
   * Nobody waits any more: whatever the answer will be, it is dropped.
   *
   * @return whether it was still to come
   */
  public boolean cancel() {
    boolean waited = !answered;
    answered = true;
    stopWaiting();
    return waited;
  }

  private void expire() {
    answer(new Decision.Unavailable(Reason.DEADLINE_EXCEEDED));
  }

  /** Null breaks the contract of whoever decides, and is answered as the defect that it is. */
  private void answer(@Nullable Decision decision) {
    if (answered) {
      return;
    }
    answered = true;
    stopWaiting();
    if (!isWritten(decision == null ? DEFECT : decision)) {
      isWritten(DEFECT);
    }
  }

  private boolean isWritten(Decision decision) {
    try {
      writer.accept(decision);
      return true;
    } catch (RuntimeException e) {
      // The class only: a message might quote a value.
      LOG.error("an answer could not be written: {}", e.getClass().getName());
      return false;
    }
  }

  private void stopWaiting() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }
}
