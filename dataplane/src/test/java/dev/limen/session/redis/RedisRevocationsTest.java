package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.present;
import static dev.limen.session.SessionFixtures.renewed;
import static dev.limen.session.SessionFixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.RevocationContract;
import dev.limen.session.RevocationScope;
import dev.limen.session.RevocationStore;
import dev.limen.session.Revocations.Revoked;
import dev.limen.session.SealedSession;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import io.lettuce.core.RestoreArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Revocations on a real Redis: what somebody restores, what a replica says, what has an end. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisRevocationsTest extends RevocationContract {
  private static final SessionLookup REVOKED = new SessionLookup.None(Reason.SESSION_REVOKED);

  private final KeyRing keys = KeyRing.generated();
  private RealRedis redis;
  private RedisStore store;
  private RealRedis.Raw raw;
  private RedisCommands<String, String> commands;
  private Sessions sessions;

  @BeforeAll
  void start(@TempDir Path folder) {
    redis = RealRedis.start(folder);
    store = RedisStore.connect(redis.config(), new Metrics());
    RedisStoreTest.awaitConnected(store);
    raw = redis.raw();
    commands = raw.commands();
    sessions = new Sessions(store, keys, config(), new Metrics());
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

  @Test
  void anIndexKeepsWhatIsAsOldAsItsLifeAndNothingOlder() {
    Duration life = Duration.ofMinutes(10);
    long lifeMicros = TimeUnit.MINUTES.toMicros(10);
    List<String> name = List.of("u:{of-one-user}");
    for (long begunAt : new long[] {1, 2, lifeMicros + 2}) {
      SessionKey key = SessionSecret.random().key();
      answer(
          store
              .revocations()
              .index()
              .add(new RevocationStore.IndexEntry(key, begunAt), name, life));
    }

    assertThat(answer(store.revocations().index().list(name, 10)))
        .extracting(listed -> listed.entry().begunAt())
        .containsExactly(lifeMicros + 2, 2L);
  }

  private Session login(String person) {
    return answer(sessions.create(identity(person), tokens(1), SessionContext.UNKNOWN, NOW));
  }

  private SessionLookup find(Session session) {
    return answer(sessions.find(session.secret(), NOW));
  }

  private static String nameOf(String kind, SessionKey key) {
    return "limen:" + kind + ":{" + key.hex() + "}";
  }

  @Test
  @DisplayName("I4 a record that somebody restores is revoked, and no refresh takes it up")
  void aRecordThatSomebodyRestoresIsRevoked() {
    Session session = login("restored");
    String name = nameOf("s", session.key());
    byte[] backup = commands.dump(name);
    SealedSession read = present(store.load(session.key()));
    answer(sessions.revocations().revoke(new RevocationScope.OneSession(session.key())));
    assertThat(find(session)).isEqualTo(new SessionLookup.None(Reason.SESSION_UNKNOWN));

    commands.restore(name, backup, RestoreArgs.Builder.ttl(60_000));

    assertThat(find(session)).isEqualTo(REVOKED);
    SealedSession next =
        new SealedSession(read.key(), read.tokens(), read.metadata(), 2, 2, NOW + 1, NOW);
    assertThat(answer(store.replace(next, 1))).isFalse();
    assertThat(answer(renewed(sessions, session, tokens(2), session.identity(), NOW))).isNull();
  }

  @Test
  @DisplayName("I4 a session that its user ended does not come back with a backup either")
  void aSessionThatEndedDoesNotComeBackWithABackup() {
    for (boolean byRefresh : new boolean[] {false, true}) {
      Session session = login("ended");
      String name = nameOf("s", session.key());
      byte[] backup = commands.dump(name);
      if (byRefresh) {
        assertThat(answer(sessions.end(present(sessions.lease(session.key())), session))).isTrue();
      } else {
        answer(sessions.end(session.key()));
      }

      commands.restore(name, backup, RestoreArgs.Builder.ttl(60_000));

      assertThat(find(session)).as("ended by refresh: %s", byRefresh).isEqualTo(REVOKED);
    }
  }

  @Test
  @DisplayName("I4 a user's session that a backup brings back is under the watermark")
  void aUsersSessionThatABackupBringsBackIsUnderTheWatermark() {
    Session session = login("backup");
    String name = nameOf("s", session.key());
    byte[] backup = commands.dump(name);
    answer(sessions.revocations().revoke(new RevocationScope.User("https://idp", "backup")));

    commands.restore(name, backup, RestoreArgs.Builder.ttl(60_000));

    assertThat(find(session)).isEqualTo(REVOKED);
  }

  @Test
  void everyMarkStandsForTheAbsoluteTimeoutAndAnHourAndEveryIndexEnds() {
    commands.flushall();
    Session session = login("life");
    answer(sessions.revocations().revoke(new RevocationScope.OneSession(session.key())));
    login("life");
    answer(sessions.revocations().revoke(new RevocationScope.User("https://idp", "life")));
    answer(sessions.revocations().revoke(new RevocationScope.Everyone()));
    login("life");

    long marks = Duration.ofHours(13).toMillis();
    List<String> kept = commands.keys("limen:[xwui]:*");
    assertThat(kept).hasSizeGreaterThanOrEqualTo(5);
    assertThat(kept)
        .allSatisfy(key -> assertThat(commands.pttl(key)).isBetween(marks - 60_000, marks));
    assertThat(commands.keys("*")).allMatch(key -> commands.pttl(key) > 0);
    assertThat(commands.keys("*")).noneMatch(key -> key.contains("life"));
    commands.flushall();
  }

  @Test
  void aMarkThatIsNoNumberIsTroubleAndNotALiveSession() {
    Session session = login("broken");
    commands.set("limen:w:{all}", "soon");
    try {
      assertThatThrownBy(() -> find(session))
          .cause()
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageStartingWith("store marks failed: ");
      assertThatThrownBy(
              () -> answer(sessions.revocations().revoke(new RevocationScope.Everyone())))
          .cause()
          .isInstanceOf(StoreUnavailableException.class);
    } finally {
      commands.del("limen:w:{all}");
    }
    assertThat(find(session)).isEqualTo(new SessionLookup.Found(session));
  }

  @Test
  void anIndexThatIsBrokenKeepsNoRevocationFromBeingDone() {
    Session session = login("index");
    for (String index : commands.keys("limen:[ui]:*")) {
      commands.set(index, "no sorted set");
    }

    Revoked revoked =
        answer(sessions.revocations().revoke(new RevocationScope.User("https://idp", "index")));

    assertThat(revoked).isEqualTo(new Revoked(0, true));
    assertThat(find(session)).isEqualTo(REVOKED);
    commands.keys("limen:[ui]:*").forEach(commands::del);
  }

  @Test
  void aSearchFindsEverySessionOnceAndNothingElse() {
    commands.flushall();
    List<SessionKey> stored =
        IntStream.range(0, RedisSearch.PAGE + 50)
            .mapToObj(_ -> SessionSecret.random().key())
            .toList();
    stored.forEach(key -> commands.hset(nameOf("s", key), "v", "1"));
    commands.set("limen:s:{not-a-key}", "x");
    commands.set("limen:t:{" + stored.getFirst().hex() + "}", "1");

    assertThat(answer(store.search(_ -> true))).isEqualTo(Set.copyOf(stored));
    assertThat(answer(store.search(stored.get(7)::equals))).containsExactly(stored.get(7));
    assertThat(answer(store.search(_ -> false))).isEmpty();
    commands.flushall();
  }

  @Test
  void aReplicaThatAnswersConfirmsAndOneThatIsSilentDoesNotAndItIsDoneHere(@TempDir Path folder) {
    try (RealRedis replica = RealRedis.start(folder, "--replicaof", "127.0.0.1 " + redis.port())) {
      awaitReplica();
      awaitConfirmed(new RevocationScope.User("https://idp", "replicated"));
      Session session = login("replicated");

      replica.freeze();
      Revoked revoked =
          answer(sessions.revocations().revoke(new RevocationScope.OneSession(session.key())));

      assertThat(revoked).isEqualTo(new Revoked(1, false));
      assertThat(commands.exists(nameOf("x", session.key()))).isEqualTo(1);
      assertThat(
              answer(sessions.revocations().revoke(new RevocationScope.Everyone())).isConfirmed())
          .isFalse();
      replica.thaw();
    }
  }

  /** A replica on a busy machine may take longer than the wait: then again, until it does not. */
  private void awaitConfirmed(RevocationScope scope) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!answer(sessions.revocations().revoke(scope)).isConfirmed()) {
      assertThat(System.nanoTime()).as("waited for the replica's word").isLessThan(deadline);
    }
  }

  /** Until the replica has said that it has everything; asked of Redis, with ample time. */
  private void awaitReplica() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    commands.set("limen:awaited", "1");
    while (commands.waitForReplication(1, 100) < 1) {
      assertThat(System.nanoTime()).as("waited for the replica").isLessThan(deadline);
    }
    commands.del("limen:awaited");
  }
}
