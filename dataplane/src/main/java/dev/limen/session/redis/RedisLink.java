package dev.limen.session.redis;

import dev.limen.session.StoreUnavailableException;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection that all plain commands share, from before the first success on.
 *
 * <pre>
 *   start ──► connecting ──► connected ◄──────┐
 *                 │  ▲           │            │ Lettuce's own watchdog
 *                 └──┘           ▼            │
 *             after a pause   disconnected ───┘
 * </pre>
 *
 * <p>Invariant: whoever asks while it is not connected is told so at once; nothing queues for a
 * Redis that is away, and none of those who can do without is kept waiting by one that is slow
 * ({@link RedisBreaker}). Lettuce reconnects what was connected once; the way there is here, since
 * it gives up when the first attempt fails. Safe for all threads.
 */
final class RedisLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

  /** Between attempts; with a connect of 300 ms, a Redis that is back is used within 2 s. */
  static final Duration MIN_PAUSE = Duration.ofMillis(100);

  /** Between attempts, at most. */
  static final Duration MAX_PAUSE = Duration.ofSeconds(1);

  private final Supplier<CompletionStage<StatefulRedisConnection<String, byte[]>>> connector;
  private final ScheduledExecutorService executor;
  private final Runnable onConnected;
  private final RedisBreaker breaker;

  private volatile @Nullable StatefulRedisConnection<String, byte[]> connection;
  private volatile boolean closed;

  RedisLink(
      Supplier<CompletionStage<StatefulRedisConnection<String, byte[]>>> connector,
      ScheduledExecutorService executor,
      Runnable onConnected) {
    this.connector = connector;
    this.executor = executor;
    this.onConnected = onConnected;
    this.breaker = new RedisBreaker(new ExecutorTime(), this::probe);
  }

  /** Begins to connect, and goes on until it succeeds or is closed. */
  void start() {
    attempt(0);
  }

  /** Whether a command would be sent. */
  boolean isConnected() {
    StatefulRedisConnection<String, byte[]> current = connection;
    return current != null && current.isOpen();
  }

  /** Whether Redis is so slow that it is not asked. */
  boolean isBreakerOpen() {
    return breaker.isOpen();
  }

  /** What {@code call} comes to; the breaker hears of it. */
  <T extends @Nullable Object> CompletionStage<T> answer(
      String operation, RedisAnswers.Call<T> call) {
    return RedisAnswers.answer(operation, call, breaker);
  }

  /** The connection, if {@code operation} is to be sent on it now. */
  StatefulRedisConnection<String, byte[]> connectionFor(String operation) {
    StatefulRedisConnection<String, byte[]> current = openConnection(operation);
    if (breaker.isOpen()) {
      throw StoreUnavailableException.tooSlow(operation);
    }
    return current;
  }

  /**
   * Refuses a transaction while there is no connection; the breaker does not. Who begins something
   * reads first, so what comes here meanwhile is the end of what was begun before: a token that was
   * spent and has to be stored, a lease to be renewed, a session to be ended. They are few, and
   * wait for their own deadlines.
   */
  void requireConnected(String operation) {
    openConnection(operation);
  }

  private StatefulRedisConnection<String, byte[]> openConnection(String operation) {
    StatefulRedisConnection<String, byte[]> current = connection;
    if (current == null || !current.isOpen()) {
      throw new StoreUnavailableException(operation, "not connected");
    }
    return current;
  }

  private CompletionStage<?> probe() {
    try {
      return openConnection("ping").async().ping();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Ends the attempts, Lettuce's own too: they would go on while its event loops end. */
  void close() {
    closed = true;
    StatefulRedisConnection<String, byte[]> current = connection;
    if (current != null) {
      var _ = current.closeAsync();
    }
  }

  private void attempt(int failures) {
    if (closed) {
      return;
    }
    connector
        .get()
        .whenComplete((connected, trouble) -> {
          if (connected == null) {
            retry(failures + 1, trouble);
          } else {
            connected(connected);
          }
        });
  }

  private void retry(int failures, @Nullable Throwable trouble) {
    if (closed) {
      return;
    }
    if (failures == 1) {
      LOG.warn("Redis cannot be reached, going on trying: {}", kindOf(trouble));
    }
    long doubled = MIN_PAUSE.toMillis() << Math.min(failures, 4);
    long pauseMillis = Math.min(MAX_PAUSE.toMillis(), doubled);
    long jitteredMillis = pauseMillis / 2 + ThreadLocalRandom.current().nextLong(pauseMillis / 2);
    var _ = executor.schedule(() -> attempt(failures), jitteredMillis, TimeUnit.MILLISECONDS);
  }

  private void connected(StatefulRedisConnection<String, byte[]> connected) {
    connection = connected;
    connected.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisConnected(RedisChannelHandler<?, ?> handler, SocketAddress address) {
            LOG.info("Redis is connected again");
            onConnected.run();
          }

          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
            breaker.reset();
            if (!closed) {
              LOG.warn("Redis is disconnected; checks that need it are answered with 503");
            }
          }
        });
    if (closed) {
      return;
    }
    LOG.info("Redis is connected");
    onConnected.run();
  }

  /** The process' clock, and pauses that end with the store. */
  private final class ExecutorTime implements RedisBreaker.Time {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public void later(long millis, Runnable task) {
      try {
        var _ = executor.schedule(task, millis, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException _) {
        // The store is closed: nobody asks any more.
      }
    }
  }

  /** The root's class, and the first word of a server's error: such as WRONGPASS. */
  private static String kindOf(@Nullable Throwable trouble) {
    if (trouble == null) {
      return "unknown";
    }
    Throwable root = trouble;
    for (int depth = 0; depth < 8 && root.getCause() != null; depth++) {
      root = root.getCause();
    }
    String kind = root.getClass().getSimpleName();
    String message = root.getMessage();
    return root instanceof RedisCommandExecutionException && message != null
        ? kind + " " + message.split(" ", 2)[0]
        : kind;
  }
}
