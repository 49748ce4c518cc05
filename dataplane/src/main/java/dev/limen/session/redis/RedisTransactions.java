package dev.limen.session.redis;

import dev.limen.session.StoreUnavailableException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A few connections for transactions, each used by one transaction at a time.
 *
 * <p>Invariant: what {@code WATCH} watches and what {@code MULTI} gathers belongs to a connection,
 * so a connection is lent to one transaction, never reconnects (the watch would be lost and the
 * write unguarded), and is thrown away after any trouble, since nobody knows what state it is in.
 * Source: redis.io, "Transactions", optimistic locking using check-and-set.
 *
 * <p>At most {@link #MAX_WAITING} transactions wait, and none for ever. The lock guards two queues
 * and is never held while anything is awaited. Safe for all threads.
 */
final class RedisTransactions {
  /** Connections: at 1 ms a round trip and two of them, 2,000 renewals a second. */
  static final int CONNECTIONS = 4;

  /** Transactions that may wait for a connection. */
  static final int MAX_WAITING = 1024;

  /**
   * How long each of them waits, in deadlines of one command: with 100 ms for that, a connect of
   * 300 ms and two steps, a commit is answered within a second.
   */
  static final int MAX_WAIT_IN_COMMANDS = 5;

  private final Supplier<CompletionStage<StatefulRedisConnection<String, byte[]>>> connector;
  private final Executor executor;
  private final long maxWaitMillis;

  private final Object lock = new Object();
  private final Deque<Lane> idle = new ArrayDeque<>();
  private final Deque<CompletableFuture<Lane>> waiting = new ArrayDeque<>();

  RedisTransactions(
      Supplier<CompletionStage<StatefulRedisConnection<String, byte[]>>> connector,
      Executor executor,
      Duration commandDeadline) {
    this.connector = connector;
    this.executor = executor;
    this.maxWaitMillis = commandDeadline.multipliedBy(MAX_WAIT_IN_COMMANDS).toMillis();
    for (int i = 0; i < CONNECTIONS; i++) {
      idle.add(new Lane());
    }
  }

  /** Runs {@code transaction} on a connection of its own until its stage completes. */
  <T extends @Nullable Object> CompletionStage<T> run(
      String operation,
      Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> transaction) {
    return acquire(operation)
        // Not on the thread that hands the lane over: where each transaction fails at once, as on a
        // connection that was just lost, a thousand that wait would be a thousand calls deep.
        .thenComposeAsync(
            lane ->
                lane.connection()
                    .thenCompose(connection -> transaction.apply(connection.async()))
                    .whenComplete((_, trouble) -> {
                      if (trouble != null) {
                        lane.discard();
                      }
                      release(lane);
                    }),
            executor);
  }

  /** Makes the connections before the first login needs one; what fails is made when needed. */
  void connectAhead() {
    for (int i = 0; i < CONNECTIONS; i++) {
      var _ = run("connect", _ -> CompletableFuture.completedFuture(true));
    }
  }

  private CompletableFuture<Lane> acquire(String operation) {
    CompletableFuture<Lane> waiter = new CompletableFuture<>();
    synchronized (lock) {
      Lane lane = idle.poll();
      if (lane != null) {
        return CompletableFuture.completedFuture(lane);
      }
      if (waiting.size() >= MAX_WAITING) {
        return CompletableFuture.failedFuture(
            new StoreUnavailableException(operation, "too many transactions are waiting"));
      }
      waiting.add(waiter);
    }
    return waiter
        .orTimeout(maxWaitMillis, TimeUnit.MILLISECONDS)
        .whenComplete((_, trouble) -> {
          if (trouble != null) {
            forgetThoseWhoGaveUp();
          }
        });
  }

  private void forgetThoseWhoGaveUp() {
    synchronized (lock) {
      waiting.removeIf(CompletableFuture::isDone);
    }
  }

  private void release(Lane lane) {
    while (true) {
      CompletableFuture<Lane> next;
      synchronized (lock) {
        next = waiting.poll();
        if (next == null) {
          idle.add(lane);
          return;
        }
      }
      // Outside the lock. False if it has given up meanwhile.
      if (next.complete(lane)) {
        return;
      }
    }
  }

  /** One connection, made when first needed and again after trouble. */
  private final class Lane {
    private volatile @Nullable StatefulRedisConnection<String, byte[]> connection;

    CompletionStage<StatefulRedisConnection<String, byte[]>> connection() {
      StatefulRedisConnection<String, byte[]> current = connection;
      if (current != null && current.isOpen()) {
        return CompletableFuture.completedFuture(current);
      }
      discard();
      try {
        return connector
            .get()
            .thenApply(made -> {
              connection = made;
              return made;
            });
      } catch (RuntimeException e) {
        // A lane that threw here would never be handed back.
        return CompletableFuture.failedFuture(e);
      }
    }

    void discard() {
      StatefulRedisConnection<String, byte[]> current = connection;
      connection = null;
      if (current != null) {
        var _ = current.closeAsync();
      }
    }
  }
}
