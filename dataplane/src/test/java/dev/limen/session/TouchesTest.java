package dev.limen.session;

import static dev.limen.session.SessionFixtures.HOUR;
import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a session's use is noted, and that remembering it is bounded. */
class TouchesTest {
  private static final int LIMIT = 100;

  @ParameterizedTest
  @CsvSource({"1000, 250", "4000, 1000", "240000, 60000", "240004, 60000", "3600000, 60000"})
  void theIntervalIsAQuarterOfTheIdleTimeoutAndAtMostAMinute(long idleMillis, long intervalMillis) {
    assertThat(new Touches(idleMillis).intervalMillis()).isEqualTo(intervalMillis);
  }

  @Test
  void aTouchIsDueAtTheIntervalAndNotBefore() {
    Touches touches = new Touches(HOUR);
    Session session = seenAt(NOW);

    assertThat(touches.isDue(session, NOW + 59_999)).isFalse();
    assertThat(touches.isDue(session, NOW + 60_000)).isTrue();
    assertThat(touches.isDue(session, NOW + 60_000)).isFalse();
    assertThat(touches.isDue(session, NOW + 119_999)).isFalse();
    assertThat(touches.isDue(session, NOW + 120_000)).isTrue();
  }

  @Test
  void oneSessionsTouchIsNotAnothers() {
    Touches touches = new Touches(HOUR);

    assertThat(touches.isDue(seenAt(NOW), NOW + 60_000)).isTrue();
    assertThat(touches.isDue(seenAt(NOW), NOW + 60_000)).isTrue();
  }

  @Test
  void atTheLimitOldTouchesAreForgottenAndNoMoreThanTheLimitAreRemembered() {
    Touches touches = new Touches(HOUR, LIMIT);
    for (int i = 0; i < LIMIT; i++) {
      touches.isDue(seenAt(NOW), NOW + 60_000 + i % 2);
    }
    assertThat(touches.remembered()).isEqualTo(LIMIT);

    assertThat(touches.isDue(seenAt(NOW), NOW + 120_000)).isTrue();
    assertThat(touches.remembered()).isEqualTo(LIMIT / 2 + 1);
  }

  @Test
  void whenAllTouchesAreFreshAllAreForgotten() {
    Touches touches = new Touches(HOUR, LIMIT);
    for (int i = 0; i < LIMIT; i++) {
      touches.isDue(seenAt(NOW), NOW + 60_000);
    }

    assertThat(touches.isDue(seenAt(NOW), NOW + 60_001)).isTrue();
    assertThat(touches.remembered()).isEqualTo(1);
  }

  private static Session seenAt(long millis) {
    return new Session(
        SessionSecret.random(), identity("alice"), tokens(1), 1, 1, NOW, NOW + 12 * HOUR, millis);
  }
}
