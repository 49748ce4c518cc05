package dev.limen.session.redis;

import dev.limen.session.RevocationStore;
import dev.limen.session.Revocations.Revoked;
import dev.limen.session.SessionKey;
import dev.limen.session.StoreUnavailableException;
import io.lettuce.core.KeyValue;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Watermarks and tombstones in Redis.
 *
 * <p>Invariants: a watermark is written only while it still is what was read ({@code WATCH}), so it
 * is never lowered; the record of a session and its tombstone change in one step ({@code MULTI}).
 * The clock is Redis' own ({@code TIME}). A mark that is not a number is trouble, and never "not
 * revoked". No script is needed. Safe for all threads.
 */
final class RedisRevocations implements RevocationStore {
  /**
   * Attempts at one watermark. Of those that want to raise it at once one succeeds in each round,
   * and whoever lost finds it raised to a later moment than its own.
   */
  static final int MAX_ATTEMPTS = 16;

  private final RedisLink link;
  private final RedisTransactions transactions;
  private final RedisKeys keys;
  private final RedisIndex index;

  RedisRevocations(RedisLink link, RedisTransactions transactions, RedisKeys keys) {
    this.link = link;
    this.transactions = transactions;
    this.keys = keys;
    this.index = new RedisIndex(link, transactions, keys);
  }

  @Override
  public CompletionStage<Long> moment() {
    return link.answer("moment", () -> moment(link.connectionFor("moment").async()));
  }

  @Override
  public CompletionStage<Marks> marks(SessionKey key, List<String> watermarks) {
    String[] names =
        Stream.concat(Stream.of(keys.tombstone(key)), watermarks.stream().map(keys::named))
            .toArray(String[]::new);
    return link.answer(
        "marks",
        () -> link.connectionFor("marks").async().mget(names).thenApply(RedisRevocations::read));
  }

  private static Marks read(List<KeyValue<String, byte[]>> values) {
    long latest = 0;
    for (KeyValue<String, byte[]> watermark : values.subList(1, values.size())) {
      if (watermark.hasValue()) {
        latest = Math.max(latest, RedisRecord.number("marks", watermark.getValue()));
      }
    }
    return new Marks(values.getFirst().hasValue(), latest);
  }

  @Override
  public CompletionStage<Revoked> raise(String watermark, long atLeast, Duration life) {
    String name = keys.named(watermark);
    return transaction(
        "revoke",
        redis ->
            moment(redis)
                .thenCompose(now -> raised(redis, name, Math.max(now, atLeast), life, 1))
                .thenCompose(_ -> confirmed(redis, 0)));
  }

  /** True when the watermark is at {@code least} or later. */
  private static CompletionStage<Boolean> raised(
      RedisAsyncCommands<String, byte[]> redis,
      String name,
      long least,
      Duration life,
      int attempt) {
    if (attempt > MAX_ATTEMPTS) {
      return CompletableFuture.failedFuture(
          new StoreUnavailableException("revoke", "others write the same watermark"));
    }
    return redis
        .watch(name)
        .thenCombine(
            redis.get(name), (_, value) -> value == null ? 0L : RedisRecord.number("revoke", value))
        .thenCompose(standing ->
            standing >= least
                ? redis.unwatch().thenApply(_ -> true)
                : written(redis, name, least, life))
        .thenCompose(isDone ->
            isDone
                ? CompletableFuture.completedFuture(true)
                : raised(redis, name, least, life, attempt + 1));
  }

  private static CompletionStage<Boolean> written(
      RedisAsyncCommands<String, byte[]> redis, String name, long moment, Duration life) {
    var begun = redis.multi();
    var written = redis.set(name, RedisRecord.decimal(moment), SetArgs.Builder.px(life));
    CompletionStage<TransactionResult> executed = redis.exec();
    return executed.thenCompose(result ->
        result.wasDiscarded()
            ? CompletableFuture.completedFuture(false)
            : begun.thenCombine(written, (_, _) -> true));
  }

  @Override
  public CompletionStage<Revoked> bury(SessionKey key, Duration life) {
    return transaction(
        "delete",
        redis -> {
          var begun = redis.multi();
          var deleted = redis.del(keys.session(key));
          var forgotten = redis.del(keys.lastSeen(key));
          var barred = redis.set(keys.tombstone(key), RedisKeys.STANDS, SetArgs.Builder.px(life));
          return redis
              .exec()
              .thenCompose(_ ->
                  CompletableFuture.allOf(
                      begun.toCompletableFuture(),
                      forgotten.toCompletableFuture(),
                      barred.toCompletableFuture()))
              .thenCompose(_ -> deleted)
              .thenCompose(count -> confirmed(redis, count.intValue()));
        });
  }

  @Override
  public SessionIndex index() {
    return index;
  }

  private static CompletionStage<Long> moment(RedisAsyncCommands<String, byte[]> redis) {
    return redis
        .time()
        .thenApply(time ->
            TimeUnit.SECONDS.toMicros(RedisRecord.number("moment", time.get(0)))
                + RedisRecord.number("moment", time.get(1)));
  }

  /** On the connection that wrote: what is confirmed is what was sent on it before. */
  private static CompletionStage<Revoked> confirmed(
      RedisAsyncCommands<String, byte[]> redis, int ended) {
    return ReplicaWord.of(redis).thenApply(isConfirmed -> new Revoked(ended, isConfirmed));
  }

  private CompletionStage<Revoked> transaction(
      String operation,
      Function<RedisAsyncCommands<String, byte[]>, CompletionStage<Revoked>> steps) {
    return link.answer(
        operation,
        () -> {
          link.requireConnected(operation);
          return transactions.run(operation, steps);
        });
  }
}
