package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.metrics.Metrics;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionFixtures;
import dev.limen.session.SessionSecret;
import dev.limen.session.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis dead, back, frozen, slow, full, or never there.
 *
 * <p>With deadlines of 100 ms on a machine that may be busy, what has to succeed is asked for until
 * it does; what has to fail has to fail in time at the first try.
 */
class RedisOutageTest {
  private static final long END = 4_000_000_000_000L;

  /** A connect and two steps take 500 ms at most; the rest is for a busy machine. */
  private static final Duration WELL_UNDER_A_SECOND = Duration.ofMillis(900);

  @TempDir Path folder;

  @Test
  void aKilledServerIsTroubleAtOnceAndAReturnedOneServesTheSameSessionWithinTwoSeconds() {
    try (RealRedis redis =
            RealRedis.start(folder, "--appendonly", "yes", "--appendfsync", "always");
        RedisStore store = connected(redis)) {
      SealedSession session = kept(store);

      redis.kill();
      for (int i = 0; i < 20; i++) {
        assertThatEveryCallFailsInTime(store, session);
      }
      redis.startAgain();

      long returned = System.nanoTime();
      RedisStoreTest.awaitConnected(store);
      assertThat(Duration.ofNanos(System.nanoTime() - returned)).isLessThan(Duration.ofSeconds(2));
      assertThat(loaded(store, session).tokens()).isEqualTo(session.tokens());
      awaitReplaced(store, session);
    }
  }

  @Test
  void whileTheServerIsAwayTheAnswerComesWithoutWaiting() {
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = connected(redis)) {
      redis.kill();
      awaitTrouble(store);

      long start = System.nanoTime();
      for (int i = 0; i < 1_000; i++) {
        assertThatTroubleComes(store.load(SessionSecret.random().key()));
      }

      // One deadline each would be 100 s.
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  @Test
  void aServerThatWasNeverThereDoesNotStopTheStartAndIsUsedOnceItComes() {
    try (RealRedis redis = RealRedis.start(folder)) {
      redis.kill();
      try (RedisStore store = RedisStore.connect(redis.strictConfig(), new Metrics())) {
        assertThatTroubleComes(store.ping());
        assertThatEveryCallFailsInTime(store, session("lost"));

        redis.startAgain();

        RedisStoreTest.awaitConnected(store);
        kept(store);
      }
    }
  }

  @Test
  void aFrozenServerRunsIntoTheDeadlineAndAThawedOneIsUsedAgain() {
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = connected(redis)) {
      SealedSession session = kept(store);
      redis.freeze();

      assertThatEveryCallFailsInTime(store, session);
      assertThatEveryCallFailsInTime(store, session);
      redis.thaw();

      RedisStoreTest.awaitConnected(store);
      loaded(store, session);
      awaitReplaced(store, session);
    }
  }

  @Test
  void aSlowServerRunsIntoTheDeadlineOfOneCommand() {
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = connected(redis);
        RealRedis.Raw raw = redis.raw()) {
      SealedSession session = kept(store);
      raw.sleepFor("1.5");
      awaitTrouble(store);

      long start = System.nanoTime();
      assertThatTroubleComes(store.load(session.key()));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(WELL_UNDER_A_SECOND);

      RedisStoreTest.awaitConnected(store);
      loaded(store, session);
    }
  }

  @Test
  void asManyCommandsAsMayWaitForAFrozenServerWaitAndTheNextIsRefusedAtOnce() {
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = patient(redis)) {
      redis.freeze();
      List<CompletableFuture<?>> waiting = new ArrayList<>();
      for (int i = 0; i < RedisConnections.MAX_IN_FLIGHT; i++) {
        waiting.add(store.ping().toCompletableFuture());
      }

      // Lettuce's own words, which are nobody's promise but the library's.
      assertThat(rootOf(refusalOf(store.ping())))
          .hasMessageContaining("size exceeded: " + RedisConnections.MAX_IN_FLIGHT);
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      redis.thaw();

      waiting.forEach(SessionFixtures::answer);
    }
  }

  @Test
  void asManyTransactionsAsMayWaitForAConnectionWaitAndTheNextIsRefusedAtOnce() {
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = patient(redis)) {
      redis.freeze();
      List<CompletableFuture<?>> waiting = new ArrayList<>();
      for (int i = 0; i < RedisTransactions.CONNECTIONS + RedisTransactions.MAX_WAITING; i++) {
        waiting.add(store.create(session("late")).toCompletableFuture());
      }

      assertThat(refusalOf(store.create(session("one more"))))
          .hasMessage("store create failed: too many transactions are waiting");
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      redis.thaw();

      waiting.forEach(SessionFixtures::answer);
    }
  }

  @Test
  void aFullServerIsTroubleAndForgetsNobody() {
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = ample(redis);
        RealRedis.Raw raw = redis.raw()) {
      SealedSession session = kept(store);
      raw.commands().configSet("maxmemory", "1mb");
      SealedSession refused = session("refused");

      assertThatTroubleComes(store.create(refused));
      assertThatTroubleComes(store.replace(next(session), 1));

      raw.commands().configSet("maxmemory", "0");
      assertThat(loaded(store, session).version()).isEqualTo(1);
      assertThat(answer(store.load(refused.key()))).isNull();
      assertThat(raw.commands().keys("limen:*")).hasSize(2);
    }
  }

  @Test
  void aServerThatRefusesWritesIsTroubleAndReadingGoesOn() {
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = ample(redis);
        RealRedis.Raw raw = redis.raw()) {
      SealedSession session = kept(store);
      raw.commands().configSet("min-replicas-to-write", "1");

      assertThatTroubleComes(store.replace(next(session), 1));
      assertThatTroubleComes(store.revocations().bury(session.key(), Duration.ofHours(1)));

      assertThat(loaded(store, session).version()).isEqualTo(1);
    }
  }

  @Test
  void aWrongPasswordIsTroubleAndIsInNoMessage() {
    try (RealRedis redis = RealRedis.start(folder, "--requirepass", "right-canary");
        RedisStore store =
            RedisStore.connect(redis.config("redis", "", "wrong-canary"), new Metrics())) {
      assertThatThrownBy(() -> answer(store.ping()))
          .cause()
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageNotContaining("canary");
    }
  }

  @Test
  void aPasswordAndAnAclUserAreAccepted() {
    try (RealRedis redis =
            RealRedis.start(
                folder,
                "--requirepass",
                "default-canary",
                "--user",
                "limen",
                "on",
                ">acl-canary",
                "~limen:*",
                "+@all",
                "-@dangerous",
                "-@scripting");
        RedisStore byDefault =
            RedisStore.connect(redis.config("redis", "", "default-canary"), new Metrics());
        RedisStore byName =
            RedisStore.connect(redis.config("redis", "limen", "acl-canary"), new Metrics())) {
      RedisStoreTest.awaitConnected(byDefault);
      RedisStoreTest.awaitConnected(byName);

      SealedSession session = kept(byName);

      awaitReplaced(byName, session);
      assertThat(loaded(byDefault, session).version()).isEqualTo(2);
    }
  }

  @Test
  void aClosedStoreAnswersWithTrouble() {
    try (RealRedis redis = RealRedis.start(folder)) {
      RedisStore store = connected(redis);
      store.close();

      assertThatTroubleComes(store.load(SessionSecret.random().key()));
      assertThatTroubleComes(store.create(session("late")));
      store.close();
    }
  }

  private static RedisStore connected(RealRedis redis) {
    RedisStore store = RedisStore.connect(redis.strictConfig(), new Metrics());
    RedisStoreTest.awaitConnected(store);
    return store;
  }

  private static RedisStore ample(RealRedis redis) {
    RedisStore store = RedisStore.connect(redis.config(), new Metrics());
    RedisStoreTest.awaitConnected(store);
    return store;
  }

  /** With deadlines that no test reaches, and every connection made. */
  private static RedisStore patient(RealRedis redis) {
    RedisStore store = RedisStore.connect(redis.patientConfig(), new Metrics());
    RedisStoreTest.awaitConnected(store);
    List<CompletionStage<?>> asked = new ArrayList<>();
    for (int i = 0; i < 4 * RedisTransactions.CONNECTIONS; i++) {
      asked.add(store.create(session("early")));
    }
    asked.forEach(SessionFixtures::answer);
    return store;
  }

  /** The trouble that comes long before any deadline. */
  private static Throwable refusalOf(CompletionStage<?> stage) {
    CompletableFuture<@Nullable Throwable> trouble = new CompletableFuture<>();
    stage.whenComplete((_, thrown) -> trouble.complete(thrown));
    Throwable thrown = answer(trouble);
    assertThat(thrown).isInstanceOf(StoreUnavailableException.class);
    return Objects.requireNonNull(thrown);
  }

  private static Throwable rootOf(Throwable trouble) {
    Throwable cause = trouble.getCause();
    return cause == null ? trouble : rootOf(cause);
  }

  private static void awaitTrouble(RedisStore store) {
    await(() -> store.ping().handle((_, trouble) -> trouble != null));
  }

  /** A session that is stored for certain, even if a first answer came too late. */
  private static SealedSession kept(RedisStore store) {
    SealedSession session = session("kept");
    await(() ->
        store
            .create(session)
            .handle((_, _) -> true)
            .thenCompose(_ -> store.load(session.key()))
            .handle((loaded, trouble) -> trouble == null && loaded != null));
    return session;
  }

  /** The session as the store holds it; "no session" is not taken for an answer. */
  private static SealedSession loaded(RedisStore store, SealedSession session) {
    List<SealedSession> loaded = new ArrayList<>();
    await(() ->
        store
            .load(session.key())
            .handle((found, trouble) -> {
              assertThat(trouble != null || found != null).isTrue();
              return found != null && loaded.add(found);
            }));
    return loaded.getFirst();
  }

  /** Until the record is at the next version; whichever of the tries did it. */
  private static void awaitReplaced(RedisStore store, SealedSession session) {
    await(() ->
        store
            .replace(next(session), 1)
            .handle((_, _) -> true)
            .thenCompose(_ -> store.load(session.key()))
            .handle(
                (loaded, trouble) -> trouble == null && loaded != null && loaded.version() == 2));
  }

  private static void await(Supplier<CompletionStage<Boolean>> condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!answer(condition.get())) {
      assertThat(System.nanoTime()).as("waited for it").isLessThan(deadline);
    }
  }

  private static void assertThatEveryCallFailsInTime(RedisStore store, SealedSession session) {
    List<Supplier<CompletionStage<?>>> calls =
        List.of(
            () -> store.load(session.key()),
            () -> store.create(session("late")),
            () -> store.replace(next(session), 1),
            () -> store.touch(session.key(), 2_000),
            store::ping);
    for (Supplier<CompletionStage<?>> call : calls) {
      long start = System.nanoTime();
      assertThatTroubleComes(call.get());
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(WELL_UNDER_A_SECOND);
    }
  }

  private static void assertThatTroubleComes(CompletionStage<?> stage) {
    CompletableFuture<@Nullable Throwable> trouble = new CompletableFuture<>();
    stage.whenComplete((_, thrown) -> trouble.complete(thrown));
    assertThat(answer(trouble)).isInstanceOf(StoreUnavailableException.class);
  }

  private static SealedSession session(String tokens) {
    return new SealedSession(
        SessionSecret.random().key(), bytes(tokens), bytes("who"), 1, 1, END, 1_000);
  }

  private static SealedSession next(SealedSession session) {
    return new SealedSession(session.key(), bytes("renewed"), bytes("who"), 2, 2, END, 2_000);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
