package dev.limen.session.redis;

import dev.limen.session.RevocationStore.IndexEntry;
import dev.limen.session.RevocationStore.Listed;
import dev.limen.session.RevocationStore.SessionIndex;
import dev.limen.session.SessionKey;
import io.lettuce.core.KeyValue;
import io.lettuce.core.Range;
import io.lettuce.core.Range.Boundary;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Indexes in Redis: sorted sets of session keys by the moment at which each session began.
 *
 * <p>Invariant: an index ends, with the life of its latest entry, and has no entry that is older
 * than that life when the next one is added: no session lives as long, so what a user has of them
 * does not add up. A member that is no session key is passed over. A moment is exact in a score up
 * to 2^53 microseconds, the year 2255. Safe for all threads.
 */
final class RedisIndex implements SessionIndex {
  private final RedisLink link;
  private final RedisTransactions transactions;
  private final RedisKeys keys;

  RedisIndex(RedisLink link, RedisTransactions transactions, RedisKeys keys) {
    this.link = link;
    this.transactions = transactions;
    this.keys = keys;
  }

  @Override
  public CompletionStage<@Nullable Void> add(IndexEntry entry, List<String> names, Duration life) {
    return link.<@Nullable Void>answer(
        "index", () -> transaction(redis -> added(redis, entry, names, life)).thenApply(_ -> null));
  }

  private CompletionStage<Boolean> transaction(
      Function<RedisAsyncCommands<String, byte[]>, CompletionStage<Boolean>> steps) {
    link.requireConnected("index");
    return transactions.run("index", steps);
  }

  private CompletionStage<Boolean> added(
      RedisAsyncCommands<String, byte[]> redis,
      IndexEntry entry,
      List<String> names,
      Duration life) {
    List<CompletableFuture<?>> steps = new ArrayList<>();
    steps.add(redis.multi().toCompletableFuture());
    for (String name : names) {
      String key = keys.named(name);
      byte[] member = entry.key().toBytes();
      long oldest = entry.begunAt() - TimeUnit.NANOSECONDS.toMicros(life.toNanos());
      Range<Long> over = Range.from(Boundary.unbounded(), Boundary.excluding(oldest));
      steps.add(redis.zremrangebyscore(key, over).toCompletableFuture());
      steps.add(redis.zadd(key, (double) entry.begunAt(), member).toCompletableFuture());
      steps.add(redis.pexpire(key, life).toCompletableFuture());
    }
    CompletionStage<TransactionResult> executed = redis.exec();
    return executed.thenCompose(_ ->
        CompletableFuture.allOf(steps.toArray(CompletableFuture<?>[]::new)).thenApply(_ -> true));
  }

  @Override
  public CompletionStage<List<Listed>> list(List<String> names, int most) {
    return link.answer(
        "index",
        () -> {
          RedisAsyncCommands<String, byte[]> redis = link.connectionFor("index").async();
          return all(names.stream()
                  .map(name -> redis.zrevrangeWithScores(keys.named(name), 0, most - 1L))
                  .toList())
              .thenCompose(pages ->
                  all(
                      pages.stream()
                          .flatMap(List::stream)
                          .filter(member -> member.getValue().length == SessionKey.LENGTH)
                          .map(member -> listed(redis, member))
                          .toList()));
        });
  }

  private CompletionStage<Listed> listed(
      RedisAsyncCommands<String, byte[]> redis, ScoredValue<byte[]> member) {
    SessionKey key = SessionKey.of(member.getValue());
    IndexEntry entry = new IndexEntry(key, (long) member.getScore());
    return redis
        .mget(keys.lastSeen(key), keys.tombstone(key))
        .thenCombine(
            redis.exists(keys.session(key)),
            (notes, count) -> {
              KeyValue<String, byte[]> seen = notes.get(0);
              return new Listed(
                  entry,
                  count > 0,
                  notes.get(1).hasValue(),
                  seen.hasValue() ? RedisRecord.number("index", seen.getValue()) : 0);
            });
  }

  @Override
  public CompletionStage<@Nullable Void> remove(List<SessionKey> sessions, List<String> names) {
    byte[][] members = sessions.stream().map(SessionKey::toBytes).toArray(byte[][]::new);
    return link.<@Nullable Void>answer("index", () -> removed(members, names).thenApply(_ -> null));
  }

  private CompletionStage<List<Long>> removed(byte[][] members, List<String> names) {
    RedisAsyncCommands<String, byte[]> redis = link.connectionFor("index").async();
    return all(names.stream().map(name -> redis.zrem(keys.named(name), members)).toList());
  }

  @Override
  public CompletionStage<Integer> deleteRecords(List<SessionKey> sessions) {
    String[] records = sessions.stream().map(keys::session).toArray(String[]::new);
    String[] notes = sessions.stream().map(keys::lastSeen).toArray(String[]::new);
    return link.answer(
        "index",
        () -> {
          RedisAsyncCommands<String, byte[]> redis = link.connectionFor("index").async();
          var deleted = redis.del(records);
          return redis.del(notes).thenCombine(deleted, (_, count) -> count.intValue());
        });
  }

  /** The answers to all of them, in their order. */
  private static <T> CompletionStage<List<T>> all(List<? extends CompletionStage<T>> asked) {
    CompletableFuture<?>[] answers =
        asked.stream()
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture<?>[]::new);
    return CompletableFuture.allOf(answers)
        .thenApply(_ -> asked.stream().map(each -> each.toCompletableFuture().join()).toList());
  }
}
