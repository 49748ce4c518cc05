package dev.limen.server;

import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Standard output that holds nobody up: lines wait in memory until whoever reads them does.
 *
 * <p>Invariant: who writes a line never waits for its reader, up to {@link #close}; a line is
 * written whole, or dropped whole, counted and said. What was accepted is written before the
 * process ends, if somebody reads. The log is made as if nothing stood between it and standard
 * output. Safe for all threads.
 */
final class LogOutput extends OutputStream {
  /** Lines that may wait, in bytes: some 20,000 of the usual length. */
  static final int MAX_WAITING_BYTES = 4 * 1024 * 1024;

  /** How long the end waits for a reader that does not read. */
  static final Duration CLOSE = Duration.ofSeconds(5);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final PrintStream target;
  private final Queue<byte[]> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicLong unsaid = new AtomicLong();
  private final Thread writer =
      Thread.ofPlatform().name("limen-log").daemon().unstarted(this::writeWaiting);

  /** Guarded by this. What was written of a line that has not ended. */
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /** Guarded by this. */
  private long dropped;

  /** Guarded by this. */
  private @Nullable Counter droppedTotal;

  private volatile boolean closed;

  private LogOutput(PrintStream target) {
    this.target = target;
  }

  /** In front of {@code target}, which may be as slow as it likes. */
  static LogOutput before(PrintStream target) {
    LogOutput output = new LogOutput(target);
    output.writer.start();
    return output;
  }

  /** In front of standard output; before the first logger is made, which looks for it once. */
  static LogOutput install() {
    PrintStream standard = System.out;
    LogOutput output = before(standard);
    System.setOut(new PrintStream(output, false, standard.charset()));
    return output;
  }

  /** From now on {@code metrics} show how many lines were dropped, those so far included. */
  synchronized void countIn(Metrics metrics) {
    Counter total =
        metrics.counter(
            "limen_log_lines_dropped_total", "Log lines that standard output was too slow for");
    for (long i = 0; i < dropped; i++) {
      total.increment();
    }
    droppedTotal = total;
  }

  /**
   * For a thread that may wait and has much to say: returns once half of the room is free, so that
   * the other half is left to those who may not.
   */
  void awaitRoom() {
    while (!closed && waitingBytes.get() > MAX_WAITING_BYTES / 2) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  @Override
  public synchronized void write(int oneByte) {
    write(new byte[] {(byte) oneByte}, 0, 1);
  }

  /** A long line comes in pieces. */
  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    line.write(bytes, offset, length);
    if (length > 0 && bytes[offset + length - 1] == '\n') {
      flush();
    }
  }

  @Override
  public synchronized void flush() {
    byte[] whole = line.toByteArray();
    line.reset();
    if (closed) {
      target.write(whole, 0, whole.length);
      target.flush();
    } else if (whole.length > 0) {
      accept(whole);
    }
  }

  private synchronized void accept(byte[] whole) {
    long before = waitingBytes.getAndAdd(whole.length);
    if (before + whole.length > MAX_WAITING_BYTES) {
      waitingBytes.addAndGet(-whole.length);
      dropped++;
      unsaid.incrementAndGet();
      if (droppedTotal != null) {
        droppedTotal.increment();
      }
      return;
    }
    waiting.add(whole);
    if (before == 0) {
      LockSupport.unpark(writer);
    }
  }

  private void writeWaiting() {
    while (!closed || !waiting.isEmpty()) {
      byte[] next = waiting.poll();
      if (next == null) {
        LockSupport.parkNanos(PAUSE_NANOS);
        continue;
      }
      target.write(next, 0, next.length);
      waitingBytes.addAndGet(-next.length);
      if (waiting.isEmpty()) {
        target.flush();
        sayDropped();
      }
    }
  }

  private void sayDropped() {
    long count = unsaid.getAndSet(0);
    if (count > 0) {
      LoggerFactory.getLogger(LogOutput.class)
          .warn("log lines dropped, since standard output is slow: {}", count);
    }
  }

  /** Writes what waits, for some seconds at most; what comes later is written without waiting. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(writer);
    try {
      writer.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
