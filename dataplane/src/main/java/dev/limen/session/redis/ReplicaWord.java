package dev.limen.session.redis;

import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Whether a replica has what was just written.
 *
 * <p>Invariant: true only if a replica said so, or Redis knows none; trouble and silence are false.
 * What was written stands on the primary either way. Source: redis.io, {@code WAIT}, which speaks
 * of the writes of its own connection, and {@code INFO replication}.
 */
final class ReplicaWord {
  /** How long a replica may take; a failover that soon is what the wait is about. */
  static final Duration PATIENCE = Duration.ofMillis(100);

  private static final String NONE = "connected_slaves:0";

  private ReplicaWord() {}

  /** Asks on the connection that wrote. */
  static CompletionStage<Boolean> of(RedisAsyncCommands<String, byte[]> redis) {
    return redis
        .info("replication")
        .thenCompose(info ->
            info.lines().anyMatch(NONE::equals)
                ? CompletableFuture.completedFuture(true)
                : redis.waitForReplication(1, PATIENCE.toMillis()).thenApply(count -> count > 0))
        .exceptionally(_ -> false);
  }
}
