package dev.limen.http;

import dev.limen.check.HeaderField;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the figures on a thread of its own: to read them waits for writers in steps of half a
 * millisecond and walks through the whole JVM, and the event loops answer checks.
 *
 * <p>Invariant: one scrape at a time, {@link #MAX_WAITING} behind it, and the next is told so at
 * once. An answer is given on the loop of its exchange. Source: HdrHistogram's {@code
 * WriterReaderPhaser.flipPhase}. Safe for all threads.
 */
final class Scrapes implements AutoCloseable {
  /** A second Prometheus, or a person beside it. */
  static final int MAX_WAITING = 1;

  /** What the thread is called. */
  static final String THREAD_NAME = "limen-scrape";

  private static final Logger LOG = LoggerFactory.getLogger(Scrapes.class);
  private static final HeaderField NO_STORE = new HeaderField("cache-control", "no-store");
  private static final HttpAnswer BUSY = refusal("others are being told already");
  private static final HttpAnswer FAILED = refusal("the figures cannot be read");

  private final ManagementServer.Exposition exposition;
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_WAITING),
          Thread.ofPlatform().name(THREAD_NAME).daemon().factory());

  Scrapes(ManagementServer.Exposition exposition) {
    this.exposition = exposition;
  }

  /** Answers {@code exchange} with the figures, later, or with 503. */
  void answer(Exchange exchange) {
    try {
      thread.execute(() -> handOver(exchange, scrape()));
    } catch (RejectedExecutionException e) {
      exchange.answer(BUSY);
    }
  }

  private HttpAnswer scrape() {
    try {
      HeaderField type = new HeaderField("content-type", exposition.contentType());
      return HttpAnswer.of(200, List.of(type, NO_STORE), exposition.scrape());
    } catch (RuntimeException e) {
      LOG.warn("the figures cannot be read: {}", e.getClass().getName());
      return FAILED;
    }
  }

  /** A loop that takes no task any more has closed the connection, too. */
  private static void handOver(Exchange exchange, HttpAnswer answer) {
    try {
      exchange.loop().execute(() -> exchange.answer(answer));
    } catch (RejectedExecutionException e) {
      LOG.debug("a scrape came too late: the process is on its way out");
    }
  }

  private static HttpAnswer refusal(String words) {
    HeaderField plain = new HeaderField("content-type", "text/plain; charset=utf-8");
    byte[] body = (words + "\n").getBytes(StandardCharsets.UTF_8);
    return HttpAnswer.of(503, List.of(plain, NO_STORE), body);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
