package dev.limen.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that keep sessions safe, each switched off in turn: what then goes wrong is what the
 * rule is for. With all of them on, nothing does.
 *
 * <p>The processes of a test are its own; what one leaves in Redis concerns no other, since each
 * has people of its own.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SwitchesTest {
  private static final int USERS = 40;

  /** No token expires here unless a scene wants it to. */
  private static final Duration TOKENS = Duration.ofMinutes(30);

  /** No machine is so slow that Redis is away. */
  private static final Map<String, String> SETTINGS =
      Map.of("LIMEN_SESSION_STORE_REDIS_TIMEOUTS_COMMAND", "10s");

  private static final String GRANTED = "ok";
  private static final String SPENT = "invalid_grant";

  private static Fleet fleet;
  private static Scenes scenes;

  @BeforeAll
  static void start() throws IOException {
    fleet = Fleet.start(new Fleet.Plan(2, USERS, TOKENS, SETTINGS));
    scenes = new Scenes(fleet);
  }

  @AfterAll
  static void stop() {
    fleet.close();
  }

  /** So many replicas from now on, and none of them knows that rule. */
  private static void restart(int count, Switch off) throws IOException {
    fleet.replicas.forEach(Replica::kill);
    String classes = off.compiledIn(fleet.folder).toString();
    List<Replica> needed = fleet.replicas.subList(0, count);
    for (Replica replica : needed) {
      replica.becomes(classes);
      replica.launchAgain();
    }
    needed.forEach(Replica::awaitReady);
  }

  @Test
  @Order(1)
  void withEveryRuleNothingGoesWrong() throws IOException {
    assertThat(scenes.looksOfACrowd(Scenes.LOOKS_OF_ONE))
        .as("single flight: looks at the lease by a crowd")
        .isEqualTo(Scenes.LOOKS_OF_ONE);
    Scenes.Presented presented = scenes.presentedByTwo();
    assertThat(presented.meanwhile())
        .as("lease: presented by two at once")
        .containsExactly(GRANTED);
    assertThat(presented.inTheEnd())
        .as("read again: presented by one after the other")
        .containsExactly(GRANTED);
    assertThat(scenes.outcomesOfALostRotation())
        .as("intent: what a lost rotation is called")
        .contains("lost_rotation")
        .doesNotContain("session_ended_by_provider");
    assertThat(scenes.recordsAfterALateCommit())
        .as("compare-and-set: records that a late commit has made")
        .isZero();
    assertThat(scenes.whoIsInARestoredRecordOf(scenes.someone()))
        .as("tombstone: who is back with a record from a backup")
        .isEqualTo(Scenes.NOBODY);
    assertThat(scenes.whoIsLeftAfterASignOutEverywhereOf(scenes.someone()))
        .as("watermark: who is left after a sign-out everywhere")
        .isEqualTo(Scenes.NOBODY);
    assertThat(scenes.whoIsInARecordOf(scenes.someone(), scenes.someone()))
        .as("associated data: who one is with somebody else's metadata")
        .isEqualTo(Scenes.NOBODY);
  }

  @Test
  @Order(2)
  void withoutSingleFlightEachOfACrowdLooksAtTheLease() throws IOException {
    restart(1, Switch.withoutSingleFlight());
    assertThat(scenes.looksOfACrowd(Scenes.CROWD)).isGreaterThanOrEqualTo(Scenes.CROWD);
  }

  @Test
  @Order(3)
  void withoutTheLeaseTwoPresentOneTokenAtOnce() throws IOException {
    restart(2, Switch.withoutLease());
    assertThat(scenes.presentedByTwo().meanwhile()).containsExactly(GRANTED, SPENT);
  }

  @Test
  @Order(4)
  void withoutReadingAgainWhoeverWaitedPresentsASpentToken() throws IOException {
    restart(2, Switch.withoutReadAgain());
    Scenes.Presented presented = scenes.presentedByTwo();
    assertThat(presented.meanwhile()).as("kept apart by the lease").containsExactly(GRANTED);
    assertThat(presented.inTheEnd()).containsExactly(GRANTED, SPENT);
  }

  @Test
  @Order(5)
  void withoutTheIntentALostRotationLooksLikeAnEndByTheProvider() throws IOException {
    restart(1, Switch.withoutIntent());
    assertThat(scenes.outcomesOfALostRotation())
        .contains("session_ended_by_provider")
        .doesNotContain("lost_rotation");
  }

  @Test
  @Order(6)
  void withoutCompareAndSetALateCommitMakesARecordThatHadGone() throws IOException {
    restart(1, Switch.withoutCompareAndSet());
    assertThat(scenes.recordsAfterALateCommit()).isEqualTo(1);
  }

  @Test
  @Order(7)
  void withoutTheTombstoneARestoredRecordIsASessionAgain() throws IOException {
    restart(1, Switch.withoutTombstone());
    String user = scenes.someone();
    assertThat(scenes.whoIsInARestoredRecordOf(user)).isEqualTo(user);
  }

  @Test
  @Order(8)
  void withoutTheWatermarkASessionThatNoIndexNamesIsNotEnded() throws IOException {
    restart(1, Switch.withoutWatermark());
    String user = scenes.someone();
    assertThat(scenes.whoIsLeftAfterASignOutEverywhereOf(user)).isEqualTo(user);
  }

  @Test
  @Order(9)
  void withoutAssociatedDataOneIsWhoeverTheMetadataIsAbout() throws IOException {
    restart(1, Switch.withoutAssociatedData());
    String user = scenes.someone();
    String other = scenes.someone();
    assertThat(scenes.whoIsInARecordOf(user, other)).isEqualTo(other);
  }
}
