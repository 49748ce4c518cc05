package dev.limen.server;

import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.renewed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.server.Doors.Door;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.Sessions;
import io.lettuce.core.CopyArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a gateway hears while somebody writes in Redis. */
@Timeout(300)
class StoreAttackTest {
  private static AttackedLimen house;
  private static RedisCommands<String, String> redis;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    house = AttackedLimen.start(folder);
    redis = house.raw.commands();
  }

  @AfterAll
  static void stop() {
    house.close();
  }

  private static Asked as(Session session) {
    return Asked.with("/orders", house.cookieOf(session));
  }

  private static void copy(String from, String to) {
    assertThat(redis.copy(from, to, CopyArgs.Builder.replace(true))).isTrue();
  }

  /** Sent to sign in, at both replicas; the record stays as it is, for whoever looks into it. */
  private static void assertLogin(Door door, Session session) throws Exception {
    for (Doors doors : List.of(house.doors, house.replicaDoors)) {
      doors.ask(door, as(session)).assertNobody(401);
      doors.ask(door, as(session).navigation()).assertNobody(302);
    }
    assertThat(redis.exists(AttackedLimen.recordOf(session))).isEqualTo(1);
  }

  /** Trouble: not let pass, not sent to sign in, no cookie cleared, no record deleted. */
  private static void assertTrouble(Door door, Session session) throws Exception {
    for (Asked asked : List.of(as(session), as(session).navigation())) {
      Arrived arrived = house.doors.ask(door, asked);
      arrived.assertNobody(503);
      assertThat(arrived.all("set-cookie")).isEmpty();
      assertThat(arrived.all("retry-after")).hasSize(1);
    }
    assertThat(redis.exists(AttackedLimen.recordOf(session))).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName(
      "A69 whose record is another session's is sent to sign in, never let pass as the other")
  void whoseRecordIsAnothersIsSentToSignIn(Door door) throws Exception {
    Session alice = house.signedIn("alice");
    Session bob = house.signedIn("bob");
    String own = "own-" + door;
    copy(AttackedLimen.recordOf(alice), own);
    copy(AttackedLimen.recordOf(bob), AttackedLimen.recordOf(alice));
    long alarms = house.figure("limen_session_seal_mismatches_total", "");
    assertLogin(door, alice);
    assertThat(house.figure("limen_session_seal_mismatches_total", "")).isEqualTo(alarms + 2);
    assertThat(house.answeredFor("session_seal_mismatch")).isPositive();
    house.doors.ask(door, as(bob)).assertIs("bob");
    copy(own, AttackedLimen.recordOf(alice));
    house.doors.ask(door, as(alice)).assertIs("alice");
  }

  /*
   * No replica remembers a version between checks, so an older record that is restored whole is
   * that session's own again, and never longer-lived: the other half of the case. What would be
   * new, an older half under a newer version, opens for nobody.
   */
  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A70 an older record that is restored is the session's own, and no half of it opens")
  void anOlderRecordThatIsRestoredIsTheSessionsOwn(Door door) throws Exception {
    Session first = house.signedIn("alice");
    String record = AttackedLimen.recordOf(first);
    String older = "older-" + door;
    copy(record, older);
    long now = System.currentTimeMillis();
    assertThat(answer(renewed(house.sessions, first, first.tokens(), first.identity(), now)))
        .isNotNull();
    String newer = redis.hget(record, "v");
    house.doors.ask(door, as(first)).assertIs("alice");
    copy(older, record);
    house.doors.ask(door, as(first)).assertIs("alice");
    house.replicaDoors.ask(door, as(first)).assertIs("alice");
    redis.hset(record, "v", newer);
    assertLogin(door, first);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A71 a blob that is cut off is no session, one of 10 MiB is trouble")
  void aBlobThatIsCutOffIsNoSession(Door door) throws Exception {
    for (String field : List.of("b", "m")) {
      for (String blob : List.of("", "x", "x".repeat(100))) {
        Session session = house.signedIn("alice");
        redis.hset(AttackedLimen.recordOf(session), field, blob);
        assertLogin(door, session);
      }
      Session session = house.signedIn("alice");
      redis.hset(AttackedLimen.recordOf(session), field, "x".repeat(10 << 20));
      assertTrouble(door, session);
    }
    house.doors.ask(door, as(house.signedIn("bob"))).assertIs("bob");
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName(
      "A71 a record of another type, without a field, or with a word for a number is trouble")
  void aRecordThatIsNoRecordIsTrouble(Door door) throws Exception {
    Session ofAnotherType = house.signedIn("alice");
    redis.set(AttackedLimen.recordOf(ofAnotherType), "a string");
    assertTrouble(door, ofAnotherType);
    for (String field : List.of("b", "m", "v", "g")) {
      Session session = house.signedIn("alice");
      redis.hdel(AttackedLimen.recordOf(session), field);
      assertTrouble(door, session);
    }
    Session session = house.signedIn("alice");
    redis.hset(AttackedLimen.recordOf(session), "v", "one");
    assertTrouble(door, session);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A71 a record under a key that the ring lacks is trouble, and is counted")
  void aRecordUnderAnUnknownKeyIsTrouble(Door door) throws Exception {
    KeyRing foreign = KeyRing.of(List.of(new KeyRing.Key("k9", new byte[KeyRing.KEY_LENGTH])));
    Sessions others = new Sessions(house.store, foreign, house.config.session(), new Metrics());
    long before = house.figure("limen_sealing_keys_unknown_total", "");
    Session session = AttackedLimen.signedIn("alice", others);
    assertTrouble(door, session);
    assertThat(house.figure("limen_sealing_keys_unknown_total", "")).isEqualTo(before + 2);
    // With a cookie that was checked under that key too it looks forged, and no store is asked.
    String unverified = "__Host-limen=" + new SessionCookie(foreign).value(session.secret());
    house.doors.ask(door, Asked.with("/orders", unverified)).assertNobody(401);
    assertThat(house.figure("limen_sealing_keys_unknown_total", "")).isEqualTo(before + 2);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A72 a session of one provider is none on a route of another, and is not ended")
  void aSessionOfOneProviderIsNoneOnARouteOfAnother(Door door) throws Exception {
    Session session = house.signedIn("alice");
    Asked there = Asked.with("/other/x", house.cookieOf(session));
    long before = house.answeredFor("session_of_other_provider");
    house.doors.ask(door, there).assertNobody(401);
    Arrived away = house.doors.ask(door, there.navigation());
    away.assertNobody(302);
    assertThat(away.all("location"))
        .singleElement()
        .asString()
        .startsWith(house.other.issuer() + "/");
    assertThat(house.answeredFor("session_of_other_provider")).isEqualTo(before + 2);
    house.doors.ask(door, as(session)).assertIs("alice");
  }
}
