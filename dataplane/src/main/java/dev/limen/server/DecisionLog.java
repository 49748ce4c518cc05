package dev.limen.server;

import dev.limen.check.CheckFigures;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.LoggingConfig.Decisions;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each answer to a check, as {@code logging.decisions} wants it.
 *
 * <p>Invariant: an event loop only puts a line into a bounded queue and never waits; what does not
 * fit is dropped, counted and said. A line is visible ASCII ({@link DecisionLine}), so nothing that
 * a request holds can begin another one.
 */
final class DecisionLog implements AutoCloseable {
  /** What {@code log4j2.xml} calls the logger of these lines. */
  static final String LOGGER = "limen.decisions";

  /** Lines that may wait for the log. */
  static final int MAX_WAITING = 8_192;

  private static final Logger LOG = LoggerFactory.getLogger(DecisionLog.class);
  private static final Logger LINES = LoggerFactory.getLogger(LOGGER);

  /** How long a line waits for a writer that had nothing to do: nobody is woken for it. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private static final long SAY_DROPPED_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long CLOSE_MILLIS = 1_000;

  private final Decisions wanted;

  /**
   * Without a lock: the writer may lose its processor while it holds one, and a loop wait for it.
   */
  private final Queue<DecisionLine> waiting = new ConcurrentLinkedQueue<>();

  private final AtomicInteger waitingCount = new AtomicInteger();
  private final Consumer<DecisionLine> out;
  private final Counter droppedTotal;
  private final AtomicLong dropped = new AtomicLong();
  private final @Nullable Thread writer;
  private volatile boolean closed;

  private DecisionLog(Decisions wanted, Metrics metrics, Consumer<DecisionLine> out) {
    this.wanted = wanted;
    this.out = out;
    this.droppedTotal =
        metrics.counter(
            "limen_decision_lines_dropped_total",
            "Lines about decisions that the log was too slow for");
    this.writer =
        wanted == Decisions.NONE
            ? null
            : Thread.ofPlatform().name("limen-decision-log").daemon().unstarted(this::write);
  }

  /** A log that writes from now on, each line once {@code room} has returned. */
  static DecisionLog startWithin(Runnable room, Decisions wanted, Metrics metrics) {
    return start(
        wanted,
        metrics,
        line -> {
          room.run();
          LINES.info(DecisionLine.PATTERN, line.fields());
        });
  }

  /** The same into {@code out}, which may be as slow as it likes. */
  static DecisionLog start(Decisions wanted, Metrics metrics, Consumer<DecisionLine> out) {
    DecisionLog log = new DecisionLog(wanted, metrics, out);
    if (log.writer != null) {
      log.writer.start();
    }
    return log;
  }

  /** What one door tells its figures, and this log hears too. */
  CheckFigures beside(String protocol, CheckFigures figures) {
    return new Listening(protocol, figures);
  }

  /** Writes what is waiting, for a moment at most. */
  @Override
  public void close() {
    closed = true;
    if (writer != null) {
      try {
        writer.join(CLOSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void add(DecisionLine line) {
    if (waitingCount.incrementAndGet() > MAX_WAITING) {
      waitingCount.decrementAndGet();
      dropped.incrementAndGet();
      droppedTotal.increment();
      return;
    }
    waiting.add(line);
  }

  private void write() {
    long saidNanos = System.nanoTime() - SAY_DROPPED_NANOS;
    while (!closed || !waiting.isEmpty()) {
      DecisionLine line = waiting.poll();
      if (line == null) {
        LockSupport.parkNanos(PAUSE_NANOS);
      } else {
        waitingCount.decrementAndGet();
        out.accept(line);
      }
      if (dropped.get() > 0 && System.nanoTime() - saidNanos >= SAY_DROPPED_NANOS) {
        saidNanos = System.nanoTime();
        LOG.warn("decision lines dropped, since the log is slow: {}", dropped.getAndSet(0));
      }
    }
  }

  private boolean isWanted(Decision decision) {
    return switch (wanted) {
      case NONE -> false;
      case DENIED -> !(decision instanceof Decision.Allow);
      case ALL -> true;
    };
  }

  private final class Listening implements CheckFigures {
    private final String protocol;
    private final CheckFigures figures;

    Listening(String protocol, CheckFigures figures) {
      this.protocol = protocol;
      this.figures = figures;
    }

    @Override
    public void answered(CheckRequest request, Decision decision, long startedNanos) {
      figures.answered(request, decision, startedNanos);
      if (isWanted(decision)) {
        add(DecisionLine.of(protocol, request, decision, System.nanoTime() - startedNanos));
      }
    }

    /** No decision, so no line. */
    @Override
    public void cancelled(CheckRequest request) {
      figures.cancelled(request);
    }

    @Override
    public void page(Decision sent) {
      figures.page(sent);
    }

    @Override
    public void refused(Reason reason) {
      figures.refused(reason);
    }
  }
}
