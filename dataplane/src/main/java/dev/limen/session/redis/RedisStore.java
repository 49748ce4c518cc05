package dev.limen.session.redis;

import dev.limen.config.StoreConfig;
import dev.limen.metrics.Metrics;
import dev.limen.session.RefreshLeases;
import dev.limen.session.RevocationStore;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionStore;
import dev.limen.session.SpentTokens;
import dev.limen.session.StoreUnavailableException;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.output.ValueOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store of record: sessions in Redis, for any number of replicas.
 *
 * <p>Invariants: a record is written whole and with its end, or not at all ({@code MULTI}); it is
 * replaced only while it still is at the version that was read ({@code WATCH}), so nothing is
 * rolled back and nothing that was deleted comes back; a note of use ({@code SET XX KEEPTTL})
 * neither creates nor prolongs. No script is needed. Trouble of any kind arrives as {@link
 * StoreUnavailableException}, within the command deadline, and at once while Redis is away or has
 * been too slow for a while ({@link RedisBreaker}).
 *
 * <p>Stages complete on Lettuce's own event loops, which nobody else uses. Safe for all threads.
 */
public final class RedisStore implements SessionStore {
  private static final Logger LOG = LoggerFactory.getLogger(RedisStore.class);

  private final RedisConnections connections;
  private final RedisKeys keys;
  private final RedisLink link;
  private final RedisTransactions transactions;
  private final RedisLeases leases;
  private final RedisRevocations revocations;
  private final SpentTokens spentTokens;
  private final EvictionPolicy evictionPolicy = new EvictionPolicy(LOG::warn);

  private RedisStore(RedisConnections connections, StoreConfig.RedisConfig config) {
    this.connections = connections;
    this.keys = new RedisKeys(config.keyPrefix());
    this.transactions =
        new RedisTransactions(
            connections::forTransactions, connections.executor(), config.timeouts().command());
    this.link = new RedisLink(connections::shared, connections.executor(), this::onConnected);
    this.leases = new RedisLeases(this, keys, RefreshLeases.LENGTH);
    this.revocations = new RedisRevocations(link, transactions, keys);
    this.spentTokens = new RedisSpentTokens(link, keys);
  }

  /**
   * A store that begins to connect, says so, and answers from the moment that it is connected.
   *
   * @throws dev.limen.config.ConfigException if the CA file holds no certificate
   */
  public static RedisStore connect(StoreConfig.RedisConfig config, Metrics metrics) {
    return connect(config, metrics, EvictionPolicy.EVERY);
  }

  /** The same, which asks for the eviction policy this often. */
  static RedisStore connect(
      StoreConfig.RedisConfig config, Metrics metrics, Duration evictionPolicyEvery) {
    RedisStore store = new RedisStore(new RedisConnections(config), config);
    metrics.gauge(
        "limen_store_connected",
        "1 while Redis is connected, else 0",
        () -> store.link.isConnected() ? 1 : 0);
    metrics.gauge(
        "limen_store_breaker_open",
        "1 while Redis is so slow that it is not asked, else 0",
        () -> store.link.isBreakerOpen() ? 1 : 0);
    metrics.gauge(
        "limen_store_may_evict",
        "1 while the maxmemory-policy of Redis is not noeviction, else 0",
        () -> store.evictionPolicy.mayEvict() ? 1 : 0);
    store.link.start();
    long everyMillis = evictionPolicyEvery.toMillis();
    ScheduledFuture<?> _ =
        store
            .connections
            .executor()
            .scheduleWithFixedDelay(
                store::askForEvictionPolicy, everyMillis, everyMillis, TimeUnit.MILLISECONDS);
    return store;
  }

  private void onConnected() {
    transactions.connectAhead();
    askForEvictionPolicy();
  }

  /** Never throws: a timer that met an exception would not go on. */
  private void askForEvictionPolicy() {
    var _ =
        link.answer("info", () -> link.connectionFor("info").async().info("memory"))
            .thenAccept(evictionPolicy::heard);
  }

  @Override
  public String complaint() {
    return evictionPolicy.complaint();
  }

  /** Record and note of use come in one round trip: two commands in one write. */
  @Override
  public CompletionStage<@Nullable SealedSession> load(SessionKey key) {
    return link.<@Nullable SealedSession>answer(
        "load",
        () -> {
          StatefulRedisConnection<String, byte[]> connection = link.connectionFor("load");
          var record =
              new AsyncCommand<>(
                  new Command<>(
                      CommandType.HMGET,
                      new ValueListOutput<>(RedisConnections.CODEC),
                      new CommandArgs<>(RedisConnections.CODEC)
                          .addKey(keys.session(key))
                          .addKey(RedisKeys.TOKENS)
                          .addKey(RedisKeys.METADATA)
                          .addKey(RedisKeys.VERSION)
                          .addKey(RedisKeys.GENERATION)));
          var lastSeen =
              new AsyncCommand<>(
                  new Command<>(
                      CommandType.GET,
                      new ValueOutput<>(RedisConnections.CODEC),
                      new CommandArgs<>(RedisConnections.CODEC).addKey(keys.lastSeen(key))));
          connection.dispatch(List.of(record, lastSeen));
          return record.thenCombine(
              lastSeen, (fields, seen) -> RedisRecord.read(key, fields, seen));
        });
  }

  @Override
  public CompletionStage<Boolean> create(SealedSession session) {
    String key = keys.session(session.key());
    String tombstone = keys.tombstone(session.key());
    return transaction(
        "create",
        redis ->
            redis
                .watch(key, tombstone)
                .thenCombine(redis.exists(key, tombstone), (_, existing) -> existing == 0)
                .thenCompose(isFree -> writeIf(isFree, redis, session)));
  }

  @Override
  public CompletionStage<Boolean> replace(SealedSession session, long expectedVersion) {
    return transaction(
        "replace",
        redis ->
            watched(redis, session.key(), expectedVersion)
                .thenCompose(isCurrent -> writeIf(isCurrent, redis, session)));
  }

  /**
   * Watches a record and its tombstone from now on, and says whether the one is at {@code
   * expectedVersion} and there is none of the other.
   */
  CompletionStage<Boolean> watched(
      RedisAsyncCommands<String, byte[]> redis, SessionKey sessionKey, long expectedVersion) {
    String key = keys.session(sessionKey);
    String tombstone = keys.tombstone(sessionKey);
    byte[] expected = RedisRecord.decimal(expectedVersion);
    return redis
        .watch(key, tombstone)
        .thenCombine(
            redis.hget(key, RedisKeys.VERSION),
            (_, version) -> version != null && Arrays.equals(version, expected))
        .thenCombine(
            redis.exists(tombstone), (isCurrent, tombstones) -> isCurrent && tombstones == 0);
  }

  @Override
  public CompletionStage<@Nullable Void> touch(SessionKey key, long lastSeenAtMillis) {
    return link.<@Nullable Void>answer(
        "touch",
        () ->
            link.connectionFor("touch")
                .async()
                .set(
                    keys.lastSeen(key),
                    RedisRecord.decimal(lastSeenAtMillis),
                    SetArgs.Builder.xx().keepttl())
                .thenApply(_ -> null));
  }

  @Override
  public CompletionStage<Boolean> delete(SessionKey key, long expectedVersion, Duration life) {
    return transaction(
        "delete",
        redis ->
            watched(redis, key, expectedVersion)
                .thenCompose(isCurrent -> deleteIf(isCurrent, redis, key, life)));
  }

  @Override
  public RevocationStore revocations() {
    return revocations;
  }

  /**
   * Every stored session whose key {@code wanted} takes, page by page: for an operator's search.
   */
  public CompletionStage<Set<SessionKey>> search(Predicate<SessionKey> wanted) {
    return link.answer(
        "search", () -> new RedisSearch(link.connectionFor("search").async(), keys, wanted).run());
  }

  @Override
  public SpentTokens spentTokens() {
    return spentTokens;
  }

  @Override
  public CompletionStage<@Nullable Void> ping() {
    return link.<@Nullable Void>answer(
        "ping", () -> link.connectionFor("ping").async().ping().thenApply(_ -> null));
  }

  @Override
  public void close() {
    link.close();
    connections.close();
  }

  @Override
  public RefreshLeases leases() {
    return leases;
  }

  /** Whether there is such a key. */
  CompletionStage<Boolean> exists(String operation, String key) {
    return link.answer(
        operation,
        () -> link.connectionFor(operation).async().exists(key).thenApply(count -> count > 0));
  }

  /** Runs {@code steps} on a connection of their own. */
  <T extends @Nullable Object> CompletionStage<T> transaction(
      String operation, Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> steps) {
    return link.<T>answer(
        operation,
        () -> {
          // A connection of its own would find out too, but only after its connect timeout.
          link.requireConnected(operation);
          return transactions.run(operation, steps);
        });
  }

  /** Ends the watch, or writes record, note of use and their end in one transaction. */
  CompletionStage<Boolean> writeIf(
      boolean condition, RedisAsyncCommands<String, byte[]> redis, SealedSession session) {
    if (!condition) {
      return redis.unwatch().thenApply(_ -> false);
    }
    String key = keys.session(session.key());
    String lastSeenKey = keys.lastSeen(session.key());
    long end = session.expiresAtMillis();
    if (end <= 0) {
      // Redis would refuse the end alone and keep the record.
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("a session that is stored has an end"));
    }
    byte[] lastSeen = RedisRecord.decimal(session.lastSeenAtMillis());
    var begun = redis.multi();
    var written = redis.hset(key, RedisRecord.fields(session));
    var ended = redis.pexpireat(key, end);
    var noted = redis.set(lastSeenKey, lastSeen, SetArgs.Builder.pxAt(end));
    CompletionStage<TransactionResult> executed = redis.exec();
    return executed.thenCompose(result ->
        result.wasDiscarded()
            ? CompletableFuture.completedFuture(false)
            // Each of them fails by itself inside a transaction that succeeds.
            : CompletableFuture.allOf(
                    begun.toCompletableFuture(),
                    written.toCompletableFuture(),
                    ended.toCompletableFuture(),
                    noted.toCompletableFuture())
                .thenApply(_ -> true));
  }

  /**
   * Ends the watch, or deletes record and note of use and sets the tombstone, in one transaction.
   */
  CompletionStage<Boolean> deleteIf(
      boolean condition, RedisAsyncCommands<String, byte[]> redis, SessionKey key, Duration life) {
    if (!condition) {
      return redis.unwatch().thenApply(_ -> false);
    }
    var begun = redis.multi();
    var deleted = redis.del(keys.session(key), keys.lastSeen(key));
    var barred = redis.set(keys.tombstone(key), RedisKeys.STANDS, SetArgs.Builder.px(life));
    CompletionStage<TransactionResult> executed = redis.exec();
    return executed.thenCompose(result ->
        result.wasDiscarded()
            ? CompletableFuture.completedFuture(false)
            : begun
                .thenCombine(barred, (_, _) -> true)
                .thenCombine(deleted, (_, count) -> count > 0));
  }
}
