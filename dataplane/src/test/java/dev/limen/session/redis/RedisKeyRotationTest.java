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

import dev.limen.bytes.Span;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.metrics.Metrics;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ring is rotated in two steps, on replicas over one Redis, one after the other. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisKeyRotationTest {
  private RealRedis redis;
  private RedisStore one;
  private RedisStore other;

  @BeforeAll
  void start(@TempDir Path folder) {
    redis = RealRedis.start(folder);
    one = RedisStore.connect(redis.config(), new Metrics());
    other = RedisStore.connect(redis.config(), new Metrics());
    RedisStoreTest.awaitConnected(one);
    RedisStoreTest.awaitConnected(other);
  }

  @AfterAll
  void stop() {
    one.close();
    other.close();
    redis.close();
  }

  /** A replica whose ring holds these keys, the first of them active. */
  private static final class Replica {
    final Metrics metrics = new Metrics();
    final Sessions sessions;
    final SessionCookie cookie;

    Replica(RedisStore store, String ring) {
      KeyRing keys = KeyRing.of(Arrays.stream(ring.split(" ")).map(Replica::key).toList());
      sessions = new Sessions(store, keys, config(), metrics);
      cookie = new SessionCookie(keys);
    }

    private static KeyRing.Key key(String id) {
      byte[] bytes = new byte[KeyRing.KEY_LENGTH];
      Arrays.fill(bytes, (byte) id.charAt(1));
      return new KeyRing.Key(id, bytes);
    }

    Session login() {
      return answer(sessions.create(identity("alice"), tokens(1), SessionContext.UNKNOWN, NOW));
    }

    /** The secret in a cookie that another replica set. */
    @Nullable SessionSecret secretIn(String value) {
      byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
      return cookie.parse(bytes, Span.of(0, bytes.length));
    }

    SessionLookup find(Session session) {
      return answer(sessions.find(session.secret(), NOW));
    }
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    // one replica,  another beside it
    "k1,             k1 k2",             // step 1 goes round: the new key is accepted
    "k1 k2,          k2 k1",             // step 2 goes round: the new key is active
    "k2 k1,          k2",                // the old key leaves, past the absolute timeout
  })
  // spotless:on
  @DisplayName(
      "at every step each replica reads, renews and knows by its cookie what the other made")
  void noStepLocksAnybodyOut(String ring, String nextRing) {
    Replica old = new Replica(one, ring);
    Replica next = new Replica(other, nextRing);
    for (List<Replica> pair : List.of(List.of(old, next), List.of(next, old))) {
      Session made = pair.getFirst().login();
      Replica reader = pair.getLast();

      assertThat(reader.secretIn(pair.getFirst().cookie.value(made.secret())))
          .extracting(SessionSecret::key)
          .isEqualTo(made.key());
      assertThat(reader.find(made)).isEqualTo(new SessionLookup.Found(made));
      Session renewed = present(renewed(reader.sessions, made, tokens(2), identity("alice"), NOW));
      assertThat(pair.getFirst().find(made)).isEqualTo(new SessionLookup.Found(renewed));
    }
  }

  @Test
  @DisplayName(
      "A71 a key that leaves too early is trouble and an alarm, and brings back all it left")
  void aKeyThatLeavesTooEarlyIsTroubleAndAnAlarm() {
    Session made = new Replica(one, "k1 k2").login();
    Replica without = new Replica(other, "k2");

    assertThatThrownBy(() -> without.find(made)).cause().isInstanceOf(UnknownKeyException.class);
    assertThat(new String(without.metrics.scrape(), StandardCharsets.UTF_8))
        .contains("limen_sealing_keys_unknown_total 1");
    assertThat(new Replica(other, "k2 k1").find(made)).isEqualTo(new SessionLookup.Found(made));
  }
}
