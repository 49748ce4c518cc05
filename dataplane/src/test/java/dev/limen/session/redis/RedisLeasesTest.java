package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.present;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.metrics.Metrics;
import dev.limen.session.RefreshLease;
import dev.limen.session.RefreshLeases;
import dev.limen.session.RefreshLeasesContract;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import dev.limen.session.StoreUnavailableException;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What leases in a real Redis add to what all leases promise. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisLeasesTest extends RefreshLeasesContract {
  private RealRedis redis;
  private RedisStore store;
  private RealRedis.Raw raw;
  private RedisCommands<String, String> commands;

  @BeforeAll
  void start(@TempDir Path folder) {
    redis = RealRedis.start(folder);
    store = RedisStore.connect(redis.config(), new Metrics());
    RedisStoreTest.awaitConnected(store);
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

  @Override
  protected RefreshLeases leases(Duration length) {
    return new RedisLeases(store, new RedisKeys("limen:"), length);
  }

  private static String named(String letter, SessionKey key) {
    return "limen:" + letter + ":{" + key.hex() + "}";
  }

  @Test
  void aLeaseIsOneStringAndItsFenceOneHashAndNeitherIsWithoutAnEnd() {
    SessionKey key = SessionSecret.random().key();
    RefreshLease lease = present(store.leases().take(key));
    answer(store.leases().intend(lease, 4));

    assertThat(commands.get(named("l", key))).isEqualTo(lease.owner());
    assertThat(commands.hgetall(named("f", key)))
        .containsOnlyKeys("f", "p")
        .containsEntry("f", "1")
        .containsEntry("p", "4");
    assertThat(commands.pttl(named("l", key))).isBetween(1L, 15_000L);
    assertThat(commands.pttl(named("f", key))).isBetween(1L, RedisLeases.NOTE_KEPT.toMillis());
    answer(store.leases().release(lease));
    assertThat(commands.exists(named("l", key))).isZero();
    assertThat(commands.exists(named("f", key))).isOne();
  }

  @Test
  void aRenewalLetsItLastForItsWholeLengthAgain() {
    SessionKey key = SessionSecret.random().key();
    RefreshLease lease = present(store.leases().take(key));
    commands.pexpire(named("l", key), 7_000);

    assertThat(answer(store.leases().renew(lease))).isTrue();

    assertThat(commands.pttl(named("l", key))).isGreaterThan(7_000);
  }

  @Test
  void aLeaseDisturbsNoCopyOfTheRecord() {
    SessionKey key = SessionSecret.random().key();
    answer(store.create(new SealedSession(key, new byte[1], new byte[1], 1, 1, END, 1_000)));
    try (RealRedis.Raw watcher = redis.raw()) {
      watcher.commands().watch(named("s", key));

      RefreshLease lease = present(store.leases().take(key));
      answer(store.leases().intend(lease, 1));
      answer(store.leases().renew(lease));
      answer(store.leases().release(lease));

      watcher.commands().multi();
      watcher.commands().ping();
      assertThat(watcher.commands().exec().wasDiscarded()).isFalse();
    }
  }

  @Test
  void aFenceThatSomebodyElseMovedStopsTheHolderAlthoughTheLeaseIsStillIts() {
    SessionKey key = SessionSecret.random().key();
    answer(store.create(new SealedSession(key, new byte[1], new byte[1], 1, 1, END, 1_000)));
    RefreshLease lease = present(store.leases().take(key));
    commands.hincrby(named("f", key), "f", 1);

    assertThat(
            answer(
                store
                    .leases()
                    .replace(
                        lease,
                        new SealedSession(key, new byte[1], new byte[1], 2, 2, END, 1_000),
                        1)))
        .isFalse();
  }

  @Test
  void aFenceThatIsNoNumberIsTroubleAndNoLease() {
    SessionKey key = SessionSecret.random().key();
    commands.hset(named("f", key), "f", "one");

    assertThatThrownBy(() -> answer(store.leases().take(key)))
        .cause()
        .isInstanceOf(StoreUnavailableException.class);
    assertThat(commands.exists(named("l", key))).isZero();
  }

  @Test
  void noScriptIsEverSent() {
    commands.configResetstat();
    SessionKey key = SessionSecret.random().key();
    RefreshLease lease = present(store.leases().take(key));
    answer(store.leases().intend(lease, 1));
    answer(store.leases().renew(lease));
    answer(store.leases().delete(lease, 1, Duration.ofHours(1)));
    answer(store.leases().release(lease));

    assertThat(commands.info("commandstats"))
        .contains("cmdstat_watch", "cmdstat_exec")
        .doesNotContain("cmdstat_eval", "cmdstat_script", "cmdstat_fcall", "cmdstat_keys");
  }
}
