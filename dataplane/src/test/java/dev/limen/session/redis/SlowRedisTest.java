package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.metrics.Metrics;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionSecret;
import dev.limen.session.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Redis that keeps its connections and answers too late.
 *
 * <p>How many commands it was sent is Redis' own count, asked for when it is well again: nothing
 * here depends on how long anything took.
 */
class SlowRedisTest {
  private static final Pattern HMGET = Pattern.compile("cmdstat_hmget:calls=([0-9]+)");
  private static final int AT_ONCE = 2 * RedisBreaker.LEAST_CALLS;

  @TempDir private Path folder;
  private final Metrics metrics = new Metrics();
  private RealRedis redis;
  private RedisStore store;

  /** Loads that were answered, or whose deadline passed. */
  private int sent;

  @BeforeEach
  void start() {
    redis = RealRedis.start(folder);
    store = RedisStore.connect(redis.strictConfig(), metrics);
    RedisStoreTest.awaitConnected(store);
  }

  @AfterEach
  void stop() {
    store.close();
    redis.close();
  }

  private boolean isOpen() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8)
        .contains("\nlimen_store_breaker_open 1.0");
  }

  /** Null for an answer. */
  private @Nullable Reason load() {
    return count(reasonOf(store.load(SessionSecret.random().key())));
  }

  private @Nullable Reason count(@Nullable Reason reason) {
    sent += reason == Reason.STORE_SLOW ? 0 : 1;
    return reason;
  }

  private static @Nullable Reason reasonOf(CompletionStage<?> asked) {
    CompletableFuture<@Nullable Throwable> trouble = new CompletableFuture<>();
    asked.whenComplete((_, thrown) -> trouble.complete(thrown));
    return answer(trouble) instanceof StoreUnavailableException unavailable
        ? unavailable.reason()
        : null;
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for it").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** From now on Redis does not answer, and that has been found out. */
  private void freezeUntilOpen() {
    redis.freeze();
    await(() -> {
      List<CompletionStage<?>> loads = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        loads.add(store.load(SessionSecret.random().key()));
      }
      loads.forEach(each -> count(reasonOf(each)));
      return isOpen();
    });
  }

  @Test
  void whileItIsOpenNoCheckReachesRedisAndAfterwardsAllAreAnswered() {
    freezeUntilOpen();
    int before = sent;

    for (int i = 0; i < 10_000; i++) {
      assertThat(load()).isEqualTo(Reason.STORE_SLOW);
    }
    assertThat(reasonOf(store.ping())).as("not ready").isEqualTo(Reason.STORE_SLOW);
    assertThat(sent).isEqualTo(before);

    redis.thaw();
    await(() -> !isOpen());
    await(() -> load() == null);
    try (RealRedis.Raw raw = redis.raw()) {
      Matcher calls = HMGET.matcher(raw.commands().info("commandstats"));
      assertThat(calls.find()).isTrue();
      assertThat(Integer.parseInt(calls.group(1))).isEqualTo(sent);
    }
    RedisStoreTest.awaitConnected(store);
  }

  @Test
  void whatWasBegunBeforeMayStillBeStored() {
    freezeUntilOpen();
    SealedSession session =
        new SealedSession(
            SessionSecret.random().key(), bytes("t"), bytes("m"), 1, 1, 4_000_000_000_000L, 1_000);

    assertThat(reasonOf(store.create(session))).isEqualTo(Reason.STORE_UNAVAILABLE);
    assertThat(reasonOf(store.revocations().bury(session.key(), Duration.ofHours(1))))
        .isEqualTo(Reason.STORE_UNAVAILABLE);
    assertThat(reasonOf(store.touch(session.key(), 1))).isEqualTo(Reason.STORE_SLOW);
    redis.thaw();
  }

  @Test
  void aRestartIsNoLongerAnOutageForIt() throws InterruptedException {
    freezeUntilOpen();

    redis.kill();
    await(() -> load() == Reason.STORE_UNAVAILABLE);
    redis.startAgain();

    // So few a second that they open nothing, however slow this machine is.
    Reason reason = load();
    for (int i = 0; i < 300 && reason != null; i++) {
      assertThat(reason).isEqualTo(Reason.STORE_UNAVAILABLE);
      Thread.sleep(2_000 / RedisBreaker.LEAST_CALLS);
      reason = load();
    }
    assertThat(reason).isNull();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
