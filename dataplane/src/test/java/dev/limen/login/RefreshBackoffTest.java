package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionSecret;
import org.junit.jupiter.api.Test;

/** How long a failing provider is left alone. */
final class RefreshBackoffTest {
  private static final Reason AWAY = Reason.PROVIDER_UNAVAILABLE;

  private double chance;
  private final RefreshBackoff backoff = new RefreshBackoff(3, () -> chance);
  private final SessionKey session = SessionSecret.random().key();

  private long pauseOf(SessionKey key, String provider) {
    long millis = 0;
    while (backoff.pause(key, provider, millis) != null) {
      millis++;
    }
    return millis;
  }

  @Test
  void aSessionWaitsTwiceAsLongEachTimeUpToALimit() {
    long[] expected = {1_000, 2_000, 4_000, 8_000, 10_000, 10_000};
    for (int i = 0; i < expected.length; i++) {
      backoff.failed(session, "p" + i, AWAY, 0);
      assertThat(pauseOf(session, "unknown")).isEqualTo(expected[i]);
    }
  }

  @Test
  void aPauseIsShorterByUpToAQuarterSoThatWhatFailedTogetherComesBackApart() {
    chance = 1;
    backoff.failed(session, "main", AWAY, 0);
    assertThat(pauseOf(session, "unknown")).isEqualTo(750);
    chance = 0.5;
    backoff.failed(session, "main", AWAY, 0);
    backoff.failed(session, "main", AWAY, 0);
    assertThat(pauseOf(session, "unknown")).isEqualTo(3_500);
    assertThat(pauseOf(SessionSecret.random().key(), "main")).isEqualTo(219);
  }

  @Test
  void noTwoOfManySessionsThatFailedTogetherNeedComeBackTogether() {
    RefreshBackoff many = new RefreshBackoff();
    long early = 0;
    for (int i = 0; i < 1_000; i++) {
      SessionKey key = SessionSecret.random().key();
      many.failed(key, "p" + i, AWAY, 0);
      assertThat(many.pause(key, "unknown", 749)).isNotNull();
      assertThat(many.pause(key, "unknown", 1_000)).isNull();
      early += many.pause(key, "unknown", 875) == null ? 1 : 0;
    }
    assertThat(early).isBetween(300L, 700L);
  }

  @Test
  void allSessionsWaitFromTheThirdFailureInARowOn() {
    long[] expected = {0, 0, 250, 500, 1_000, 2_000, 4_000, 4_000};
    SessionKey other = SessionSecret.random().key();
    for (long pause : expected) {
      backoff.failed(SessionSecret.random().key(), "main", AWAY, 0);
      assertThat(pauseOf(other, "main")).isEqualTo(pause);
    }
    assertThat(pauseOf(other, "another")).isZero();
  }

  @Test
  void oneSuccessForgetsAll() {
    for (int i = 0; i < 5; i++) {
      backoff.failed(session, "main", AWAY, 0);
    }
    backoff.succeeded(session, "main");
    assertThat(backoff.pause(session, "main", 0)).isNull();
    backoff.failed(session, "main", AWAY, 0);
    assertThat(pauseOf(session, "main")).isEqualTo(1_000);
  }

  @Test
  void onceThePauseIsOverOneAsksAndTheOthersWaitForAsLongAgain() {
    SessionKey first = SessionSecret.random().key();
    SessionKey second = SessionSecret.random().key();
    for (int i = 0; i < 3; i++) {
      backoff.failed(SessionSecret.random().key(), "main", AWAY, 0);
    }
    assertThat(backoff.claim(first, "main", 249)).isEqualTo(AWAY);
    assertThat(backoff.claim(first, "main", 250)).isNull();
    assertThat(backoff.claim(second, "main", 250)).isEqualTo(AWAY);
    assertThat(backoff.claim(second, "main", 499)).isEqualTo(AWAY);
    assertThat(backoff.claim(second, "main", 500)).isNull();
    backoff.succeeded(second, "main");
    assertThat(backoff.claim(first, "main", 500)).isNull();
    assertThat(backoff.claim(second, "main", 500)).isNull();
  }

  @Test
  void aProviderThatWorksIsAskedByAllAtOnce() {
    backoff.failed(session, "main", AWAY, 0);
    for (int i = 0; i < 3; i++) {
      assertThat(backoff.claim(SessionSecret.random().key(), "main", 0)).isNull();
    }
  }

  @Test
  void aProviderThatRefusesThisClientIsLeftAloneForFourSecondsAtOnce() {
    backoff.failed(session, "main", Reason.CLIENT_REFUSED_BY_PROVIDER, 0);
    assertThat(pauseOf(SessionSecret.random().key(), "main")).isEqualTo(4_000);
  }

  @Test
  void theReasonIsRemembered() {
    backoff.failed(session, "main", Reason.CLIENT_REFUSED_BY_PROVIDER, 0);
    assertThat(backoff.pause(session, "main", 1)).isEqualTo(Reason.CLIENT_REFUSED_BY_PROVIDER);
  }

  @Test
  void theOldestSessionMakesRoom() {
    backoff.failed(session, "a", AWAY, 0);
    for (int i = 0; i < 2; i++) {
      backoff.failed(SessionSecret.random().key(), "b", AWAY, 0);
    }
    assertThat(backoff.pause(session, "unknown", 0)).isNotNull();
    backoff.failed(SessionSecret.random().key(), "b", AWAY, 0);
    assertThat(backoff.pause(session, "unknown", 0)).isNull();
    assertThat(backoff.size()).isEqualTo(3);
  }
}
