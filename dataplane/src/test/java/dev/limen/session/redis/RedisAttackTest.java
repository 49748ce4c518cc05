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
import dev.limen.crypto.UnknownKeyException;
import dev.limen.metrics.Metrics;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What somebody who may write to Redis gets out of it: no identity but the session's own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisAttackTest {
  private static final SessionLookup MISMATCH =
      new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH);

  private final Metrics metrics = new Metrics();
  private RealRedis redis;
  private RedisStore store;
  private RealRedis.Raw raw;
  private RedisCommands<byte[], byte[]> commands;
  private Sessions sessions;

  @BeforeAll
  void start(@TempDir Path folder) {
    redis = RealRedis.start(folder);
    store = RedisStore.connect(redis.config(), new Metrics());
    RedisStoreTest.awaitConnected(store);
    raw = redis.raw();
    commands = raw.client().connect(ByteArrayCodec.INSTANCE).sync();
    sessions = new Sessions(store, KeyRing.generated(), config(), metrics);
  }

  @AfterAll
  void stop() {
    raw.close();
    store.close();
    redis.close();
  }

  private Session login(String person) {
    return answer(sessions.create(identity(person), tokens(1), SessionContext.UNKNOWN, NOW));
  }

  private SessionLookup find(Session session) {
    return answer(sessions.find(session.secret(), NOW));
  }

  private static byte[] record(Session session) {
    return ("limen:s:{" + session.key().hex() + "}").getBytes(StandardCharsets.US_ASCII);
  }

  private Map<byte[], byte[]> copyOf(Session session) {
    return commands.hgetall(record(session));
  }

  @Test
  @DisplayName("A69 another session's value under a key is no session, with an alarm, and stays")
  void anotherSessionsValueIsNoSession() {
    Session alice = login("alice");
    Session bob = login("bob");
    Map<byte[], byte[]> own = copyOf(alice);
    commands.hset(record(alice), copyOf(bob));
    assertThat(find(alice)).isEqualTo(MISMATCH);
    assertThat(find(bob)).isEqualTo(new SessionLookup.Found(bob));
    assertThat(new String(metrics.scrape(), StandardCharsets.UTF_8))
        .contains("limen_session_seal_mismatches_total");
    commands.hset(record(alice), own);
    assertThat(find(alice)).isEqualTo(new SessionLookup.Found(alice));
  }

  @Test
  @DisplayName("A69 no single field of another session's opens either")
  void noFieldOfAnotherSessionOpens() {
    Session alice = login("alice");
    Session bob = login("bob");
    for (String field : new String[] {"b", "m"}) {
      byte[] name = field.getBytes(StandardCharsets.US_ASCII);
      byte[] own = commands.hget(record(alice), name);
      commands.hset(record(alice), name, commands.hget(record(bob), name));
      assertThat(find(alice)).isEqualTo(MISMATCH);
      commands.hset(record(alice), name, own);
    }
    assertThat(find(alice)).isEqualTo(new SessionLookup.Found(alice));
  }

  /*
   * Limen keeps no copy of a session between checks, so no replica remembers a higher version: what
   * holds is the other half of the case.
   */
  @Test
  @DisplayName("A70 an older value that is restored is that session's own, and no half of it opens")
  void anOlderValueIsTheSessionsOwn() {
    Session first = login("alice");
    Map<byte[], byte[]> older = copyOf(first);
    Session second = present(renewed(sessions, first, tokens(2), identity("alice"), NOW));
    byte[] version = "v".getBytes(StandardCharsets.US_ASCII);
    byte[] newer = commands.hget(record(first), version);
    commands.hset(record(first), older);
    assertThat(find(first)).isEqualTo(new SessionLookup.Found(first));
    assertThat(first.identity().subject()).isEqualTo(second.identity().subject());
    assertThat(first.absoluteExpiresAtMillis()).isEqualTo(second.absoluteExpiresAtMillis());
    commands.hset(record(first), version, newer);
    assertThat(find(first)).isEqualTo(MISMATCH);
  }

  @Test
  @DisplayName("A71 a blob that is cut anywhere is no session or trouble, and nothing else escapes")
  void aBlobThatIsCutIsNoSession() {
    Session alice = login("alice");
    for (String field : new String[] {"b", "m"}) {
      byte[] name = field.getBytes(StandardCharsets.US_ASCII);
      byte[] whole = commands.hget(record(alice), name);
      for (int length = 0; length < whole.length; length++) {
        commands.hset(record(alice), name, Arrays.copyOf(whole, length));
        assertThat(find(alice)).as("%s cut at %d", field, length).isEqualTo(MISMATCH);
      }
      commands.hset(record(alice), name, whole);
    }
    assertThat(find(alice)).isEqualTo(new SessionLookup.Found(alice));
  }

  @Test
  @DisplayName("A71 a record under an unknown key id is trouble, and is not deleted")
  void anUnknownKeyIdIsTrouble() {
    Session alice = login("alice");
    byte[] key = new byte[KeyRing.KEY_LENGTH];
    Sessions others =
        new Sessions(store, KeyRing.of(List.of(new KeyRing.Key("k9", key))), config(), metrics);
    assertThatThrownBy(() -> answer(others.find(alice.secret(), NOW)))
        .cause()
        .isInstanceOf(UnknownKeyException.class);
    assertThat(find(alice)).isEqualTo(new SessionLookup.Found(alice));
  }
}
