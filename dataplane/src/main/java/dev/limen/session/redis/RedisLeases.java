package dev.limen.session.redis;

import dev.limen.session.RefreshLease;
import dev.limen.session.RefreshLeases;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import io.lettuce.core.KeyValue;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Leases in Redis, for any number of replicas.
 *
 * <p>Invariant: what a holder does is done in one transaction ({@code MULTI}) that watches lease,
 * fence and record, so that nothing is written for a lease that ended meanwhile. Neither key is the
 * record, and neither has its prefix: taking a lease disturbs no copy of the session. No script is
 * needed. Safe for all threads.
 */
final class RedisLeases implements RefreshLeases {
  /** Fence and note are kept for this long after they were written. */
  static final Duration NOTE_KEPT = Duration.ofHours(24);

  private final RedisStore store;
  private final RedisKeys keys;
  private final long lengthMillis;

  RedisLeases(RedisStore store, RedisKeys keys, Duration length) {
    this.store = store;
    this.keys = keys;
    this.lengthMillis = length.toMillis();
  }

  /** Most who ask while somebody holds it are told so by one plain command. */
  @Override
  public CompletionStage<@Nullable RefreshLease> take(SessionKey key) {
    return store
        .exists("lease", keys.lease(key))
        .<@Nullable RefreshLease>thenCompose(isHeld ->
            isHeld
                ? CompletableFuture.completedFuture(null)
                : store.<@Nullable RefreshLease>transaction("lease", redis -> take(redis, key)));
  }

  private CompletionStage<@Nullable RefreshLease> take(
      RedisAsyncCommands<String, byte[]> redis, SessionKey key) {
    var watched = redis.watch(keys.lease(key), keys.fence(key));
    var held = redis.exists(keys.lease(key));
    return redis
        .hmget(keys.fence(key), RedisKeys.FENCE, RedisKeys.PRESENTED)
        .thenCombine(watched, (fields, _) -> fields)
        .thenCombine(held, (fields, count) -> count > 0 ? null : following(key, fields))
        .<@Nullable RefreshLease>thenCompose(lease -> takeIfFree(redis, lease));
  }

  private static RefreshLease following(SessionKey key, List<KeyValue<String, byte[]>> fields) {
    long[] numbers =
        fields.stream()
            .mapToLong(
                field -> field.hasValue() ? RedisRecord.number("lease", field.getValue()) : 0)
            .toArray();
    return new RefreshLease(key, RefreshLease.randomOwner(), numbers[0] + 1, numbers[1]);
  }

  private CompletionStage<@Nullable RefreshLease> takeIfFree(
      RedisAsyncCommands<String, byte[]> redis, @Nullable RefreshLease lease) {
    if (lease == null) {
      return redis.unwatch().<@Nullable RefreshLease>thenApply(_ -> null);
    }
    return executed(
            redis,
            () ->
                List.of(
                    redis.set(
                        keys.lease(lease.key()),
                        ownerOf(lease),
                        SetArgs.Builder.nx().px(lengthMillis)),
                    redis.hset(
                        keys.fence(lease.key()),
                        RedisKeys.FENCE,
                        RedisRecord.decimal(lease.fence())),
                    redis.pexpire(keys.fence(lease.key()), NOTE_KEPT.toMillis())))
        .<@Nullable RefreshLease>thenApply(taken -> taken ? lease : null);
  }

  @Override
  public CompletionStage<Boolean> renew(RefreshLease lease) {
    return whileHeld(
        "lease", lease, redis -> List.of(redis.pexpire(keys.lease(lease.key()), lengthMillis)));
  }

  @Override
  public CompletionStage<Boolean> intend(RefreshLease lease, long generation) {
    return whileHeld(
        "lease",
        lease,
        redis ->
            List.of(
                redis.hset(
                    keys.fence(lease.key()), RedisKeys.PRESENTED, RedisRecord.decimal(generation)),
                redis.pexpire(keys.fence(lease.key()), NOTE_KEPT.toMillis())));
  }

  @Override
  public CompletionStage<Boolean> replace(
      RefreshLease lease, SealedSession session, long expectedVersion) {
    return store.transaction(
        "replace",
        redis ->
            held(redis, lease)
                .thenCombine(
                    store.watched(redis, lease.key(), expectedVersion), Boolean::logicalAnd)
                .thenCompose(may -> store.writeIf(may, redis, session)));
  }

  @Override
  public CompletionStage<Boolean> delete(RefreshLease lease, long expectedVersion, Duration life) {
    return store.transaction(
        "delete",
        redis ->
            held(redis, lease)
                .thenCombine(
                    store.watched(redis, lease.key(), expectedVersion), Boolean::logicalAnd)
                .thenCompose(may -> store.deleteIf(may, redis, lease.key(), life)));
  }

  @Override
  public CompletionStage<@Nullable Void> release(RefreshLease lease) {
    return whileHeld("lease", lease, redis -> List.of(redis.del(keys.lease(lease.key()))))
        .<@Nullable Void>thenApply(_ -> null);
  }

  /** Commands of a holder. */
  private interface Commands {
    List<CompletionStage<?>> sendOn(RedisAsyncCommands<String, byte[]> redis);
  }

  /** Runs them in one transaction if the lease holds; else false. */
  private CompletionStage<Boolean> whileHeld(
      String operation, RefreshLease lease, Commands commands) {
    return store.transaction(
        operation,
        redis ->
            held(redis, lease)
                .thenCompose(holds ->
                    holds
                        ? executed(redis, () -> commands.sendOn(redis))
                        : redis.unwatch().thenApply(_ -> false)));
  }

  /** Watches lease and fence from now on, and says whether they are this lease's. */
  private CompletionStage<Boolean> held(
      RedisAsyncCommands<String, byte[]> redis, RefreshLease lease) {
    var watched = redis.watch(keys.lease(lease.key()), keys.fence(lease.key()));
    var owner = redis.get(keys.lease(lease.key()));
    var fence = redis.hget(keys.fence(lease.key()), RedisKeys.FENCE);
    return watched.thenCombine(
        owner.thenCombine(
            fence,
            (ownerNow, fenceNow) ->
                MessageDigest.isEqual(ownerNow, ownerOf(lease))
                    && MessageDigest.isEqual(fenceNow, RedisRecord.decimal(lease.fence()))),
        (_, holds) -> holds);
  }

  private static CompletionStage<Boolean> executed(
      RedisAsyncCommands<String, byte[]> redis, Supplier<List<CompletionStage<?>>> commands) {
    var begun = redis.multi();
    List<CompletionStage<?>> sent = commands.get();
    CompletionStage<TransactionResult> executed = redis.exec();
    return executed.thenCompose(result ->
        result.wasDiscarded()
            ? CompletableFuture.completedFuture(false)
            // Each of them fails by itself inside a transaction that succeeds.
            : begun.thenCombine(
                CompletableFuture.allOf(
                    sent.stream()
                        .map(CompletionStage::toCompletableFuture)
                        .toArray(CompletableFuture<?>[]::new)),
                (_, _) -> true));
  }

  private static byte[] ownerOf(RefreshLease lease) {
    return lease.owner().getBytes(StandardCharsets.US_ASCII);
  }
}
