package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.metrics.Metrics;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import dev.limen.session.SessionStoreContract;
import dev.limen.session.StoreUnavailableException;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the store of record adds to what every store promises, on a real Redis that is well. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisStoreTest extends SessionStoreContract {
  private RealRedis redis;
  private RedisStore store;
  private RealRedis.Raw raw;
  private RedisCommands<String, String> commands;

  @BeforeAll
  void start(@TempDir Path folder) {
    redis = RealRedis.start(folder);
    store = RedisStore.connect(redis.config(), new Metrics());
    awaitConnected(store);
    raw = redis.raw();
    commands = raw.commands();
  }

  @AfterAll
  void stop() {
    raw.close();
    store.close();
    redis.close();
  }

  @Override
  protected SessionStore store() {
    return store;
  }

  /** Asks until it answers; a store that was just made is still connecting. */
  static void awaitConnected(RedisStore store) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (store.ping().handle((_, trouble) -> trouble != null).toCompletableFuture().join()) {
      assertThat(System.nanoTime()).as("waited for Redis").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void aSessionIsOneHashAndOneNoteOfUseAndBothEndWithIt() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));

    assertThat(commands.hgetall(recordOf(session.key())))
        .containsOnlyKeys("b", "m", "v", "g")
        .containsEntry("v", "1")
        .containsEntry("g", "11")
        .containsEntry("b", "first");
    assertThat(commands.get(noteOf(session.key()))).isEqualTo("1000");
    assertThat(commands.pexpiretime(recordOf(session.key()))).isEqualTo(END);
    assertThat(commands.pexpiretime(noteOf(session.key()))).isEqualTo(END);
  }

  @Test
  void noKeyIsWithoutAnEnd() {
    for (int i = 0; i < 20; i++) {
      SealedSession session = session(SessionSecret.random().key(), 1, "first");
      answer(store.create(session));
      answer(store.touch(session.key(), 2_000));
      answer(store.replace(session(session.key(), 2, "second"), 1));
      answer(store.touch(session.key(), 3_000));
      answer(store.touch(SessionSecret.random().key(), 3_000));
    }

    assertThat(commands.keys("limen:*")).isNotEmpty().allMatch(key -> commands.pttl(key) > 0);
  }

  @Test
  void aTouchNeitherMovesTheEndNorCountsAsAWriteOfTheRecord() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));
    try (RealRedis.Raw watcher = redis.raw()) {
      watcher.commands().watch(recordOf(session.key()));

      answer(store.touch(session.key(), 5_000));

      watcher.commands().multi();
      watcher.commands().ping();
      assertThat(watcher.commands().exec().wasDiscarded()).isFalse();
    }
    assertThat(commands.get(noteOf(session.key()))).isEqualTo("5000");
    assertThat(commands.pexpiretime(noteOf(session.key()))).isEqualTo(END);
    assertThat(commands.pexpiretime(recordOf(session.key()))).isEqualTo(END);
  }

  @Test
  void aTouchOfNothingLeavesNothing() {
    SessionKey key = SessionSecret.random().key();

    answer(store.touch(key, 5_000));

    assertThat(commands.exists(recordOf(key), noteOf(key))).isZero();
  }

  @Test
  void aDeletionLeavesNothing() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));

    answer(store.revocations().bury(session.key(), LIFE));

    assertThat(commands.exists(recordOf(session.key()), noteOf(session.key()))).isZero();
  }

  @Test
  void aReplacementMovesTheEndOfBothKeys() {
    SessionKey key = SessionSecret.random().key();
    answer(store.create(session(key, 1, "first")));
    SealedSession sooner =
        new SealedSession(key, new byte[1], new byte[1], 2, 2, END - 7_000, 2_000);

    assertThat(answer(store.replace(sooner, 1))).isTrue();

    assertThat(commands.pexpiretime(recordOf(key))).isEqualTo(END - 7_000);
    assertThat(commands.pexpiretime(noteOf(key))).isEqualTo(END - 7_000);
    assertThat(commands.get(noteOf(key))).isEqualTo("2000");
  }

  @Test
  void aRecordThatExpiresBetweenReadAndWriteIsNotBroughtBackI4() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));
    commands.pexpire(recordOf(session.key()), 1);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (commands.exists(recordOf(session.key())) != 0) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }

    assertThat(answer(store.replace(session(session.key(), 2, "late"), 1))).isFalse();

    assertThat(commands.exists(recordOf(session.key()))).isZero();
  }

  @Test
  void aSessionWhoseNoteOfUseIsGoneIsStillThere() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));
    commands.del(noteOf(session.key()));

    assertThatHolds(
        session.key(),
        new SealedSession(session.key(), session.tokens(), session.metadata(), 1, 11, 0, 0));
  }

  @Test
  void sevenHundredTransactionsAtOnceAllComeThrough() {
    List<SealedSession> sessions =
        IntStream.range(0, 700)
            .mapToObj(i -> session(SessionSecret.random().key(), 1, "session " + i))
            .toList();

    List<CompletableFuture<Boolean>> created =
        sessions.stream().map(session -> store.create(session).toCompletableFuture()).toList();

    assertThat(created).allSatisfy(creation -> assertThat(answer(creation)).isTrue());
    sessions.forEach(session -> assertThatHolds(session.key(), session));
  }

  @Test
  @DisplayName("A71 a record of another type is trouble")
  void aRecordOfAnotherTypeIsTroubleAndNotNoSessionA71() {
    SessionKey key = SessionSecret.random().key();
    commands.set(recordOf(key), "not a hash");

    assertThatTroubleComes(store.load(key).toCompletableFuture(), "load");
    assertThatTroubleComes(store.replace(session(key, 2, "x"), 1).toCompletableFuture(), "replace");
    assertThat(answer(store.create(session(key, 1, "x")))).isFalse();
    answer(store.revocations().bury(key, LIFE));
    assertThat(answer(store.load(key))).isNull();
  }

  @Test
  @DisplayName("A71 a note of use of another type is trouble")
  void aNoteOfUseOfAnotherTypeIsTroubleA71() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));
    commands.del(noteOf(session.key()));
    commands.lpush(noteOf(session.key()), "not a string");

    assertThatTroubleComes(store.load(session.key()).toCompletableFuture(), "load");
  }

  @Test
  @DisplayName("A71 a record that lacks a field is trouble")
  void aRecordThatLacksAFieldIsTroubleAndNotNoSessionA71() {
    for (String field : List.of("b", "m", "v", "g")) {
      SealedSession session = session(SessionSecret.random().key(), 1, "first");
      answer(store.create(session));
      commands.hdel(recordOf(session.key()), field);

      assertThatTroubleComes(store.load(session.key()).toCompletableFuture(), "load");
    }
  }

  @Test
  void aNumberThatIsNoneIsTroubleA71() {
    for (String number :
        List.of("", "-1", "+1", " 1", "1.0", "9999999999999999999", "٣", "one", "1\n")) {
      SealedSession session = session(SessionSecret.random().key(), 1, "first");
      answer(store.create(session));
      commands.hset(recordOf(session.key()), "v", number);

      assertThatTroubleComes(store.load(session.key()).toCompletableFuture(), "load");
    }
  }

  @Test
  void aValueAtTheLimitIsReadAndOneByteMoreIsTroubleA71() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));
    commands.hset(recordOf(session.key()), "m", "x".repeat(SealedSession.MAX_VALUE_LENGTH));
    assertThat(answer(store.load(session.key()))).isNotNull();

    commands.hset(recordOf(session.key()), "m", "x".repeat(SealedSession.MAX_VALUE_LENGTH + 1));

    assertThatTroubleComes(store.load(session.key()).toCompletableFuture(), "load");
  }

  @Test
  @DisplayName("A71 a blob of 10 MiB is trouble, and the next session is fine")
  void aBlobOfTenMebibytesIsTroubleAndTheNextSessionIsFineA71() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    SealedSession next = session(SessionSecret.random().key(), 1, "next");
    answer(store.create(session));
    answer(store.create(next));
    commands.hset(recordOf(session.key()), "b", "x".repeat(10 << 20));

    assertThatTroubleComes(store.load(session.key()).toCompletableFuture(), "load");
    awaitConnected(store);
    assertThatHolds(next.key(), next);
  }

  @Test
  void noScriptAndNoBlockingCommandIsEverSent() {
    commands.configResetstat();
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store.create(session));
    answer(store.load(session.key()));
    answer(store.touch(session.key(), 2_000));
    answer(store.replace(session(session.key(), 2, "second"), 1));
    answer(store.revocations().bury(session.key(), LIFE));

    String statistics = commands.info("commandstats");

    assertThat(statistics)
        .contains("cmdstat_watch", "cmdstat_multi", "cmdstat_exec", "cmdstat_hmget")
        .doesNotContain("cmdstat_eval", "cmdstat_script", "cmdstat_fcall", "cmdstat_keys");
  }

  private static void assertThatTroubleComes(CompletableFuture<?> stage, String operation) {
    assertThatThrownBy(() -> answer(stage))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageStartingWith("store " + operation + " failed: ");
  }

  private static String recordOf(SessionKey key) {
    return "limen:s:{" + key.hex() + "}";
  }

  private static String noteOf(SessionKey key) {
    return "limen:t:{" + key.hex() + "}";
  }
}
