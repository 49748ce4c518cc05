package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionSecret;
import dev.limen.session.Tokens;
import java.time.Duration;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When tokens are renewed. */
final class RefreshTimingTest {
  private static final long ISSUED = 1_800_000_000_000L;
  private static final long HOUR = 3_600_000;

  private final RefreshTiming timing = new RefreshTiming(Duration.ofSeconds(60));

  private static Session session(long lifeMillis, @Nullable String refreshToken, long generation) {
    return session(SessionSecret.random(), lifeMillis, refreshToken, generation);
  }

  private static Session session(
      SessionSecret secret, long lifeMillis, @Nullable String refreshToken, long generation) {
    Tokens tokens = new Tokens("i", "a", refreshToken, ISSUED + lifeMillis, 0, ISSUED);
    return new Session(
        secret,
        SessionFixture.alice(),
        tokens,
        generation,
        generation,
        ISSUED - HOUR,
        ISSUED + 12 * HOUR,
        ISSUED,
        SessionContext.UNKNOWN,
        1);
  }

  private LongStream millisAhead(long lifeMillis) {
    return LongStream.range(0, 2_000)
        .map(i -> ISSUED + lifeMillis - timing.dueAtMillis(session(lifeMillis, "r", 1 + i % 9)));
  }

  @Test
  void aLongLivedTokenIsRenewedASetTimeAheadGiveOrTakeAQuarter() {
    assertThat(millisAhead(HOUR).min().orElseThrow()).isBetween(45_000L, 47_000L);
    assertThat(millisAhead(HOUR).max().orElseThrow()).isBetween(73_000L, 75_000L);
    assertThat(millisAhead(HOUR).average().orElseThrow()).isBetween(59_000d, 61_000d);
  }

  @Test
  void aShortLivedTokenIsRenewedInTheLastFifthOfItsLifeGiveOrTakeAQuarter() {
    assertThat(millisAhead(60_000).min().orElseThrow()).isBetween(9_000L, 9_400L);
    assertThat(millisAhead(60_000).max().orElseThrow()).isBetween(14_600L, 15_000L);
  }

  @Test
  void everyCheckAndEveryReplicaSaysTheSame() {
    SessionSecret secret = SessionSecret.random();
    long due = timing.dueAtMillis(session(secret, HOUR, "r", 3));
    RefreshTiming elsewhere = new RefreshTiming(Duration.ofSeconds(60));
    assertThat(elsewhere.dueAtMillis(session(secret, HOUR, "r", 3))).isEqualTo(due);
    assertThat(timing.dueAtMillis(session(secret, HOUR, "r", 4))).isNotEqualTo(due);
  }

  @Test
  void dueIsFromThatMomentOn() {
    Session session = session(HOUR, "r", 1);
    long due = timing.dueAtMillis(session);
    assertThat(timing.isDue(session, due - 1)).isFalse();
    assertThat(timing.isDue(session, due)).isTrue();
    assertThat(timing.isDue(session, ISSUED + 2 * HOUR)).isTrue();
  }

  @Test
  void expiredIsFromTheEndOn() {
    Session session = session(HOUR, "r", 1);
    assertThat(timing.isExpired(session, ISSUED + HOUR - 1)).isFalse();
    assertThat(timing.isExpired(session, ISSUED + HOUR)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "3600, 600, 600",
    "600, 3600, 600",
    "600, 0, 600",
    "0, 600, 600",
    "600, 600, 600",
  })
  void theTokensEndWithTheFirstOfThoseThatGoUpstream(
      long accessSeconds, long idTokenSeconds, long endSeconds) {
    Tokens tokens = new Tokens("i", "a", "r", end(accessSeconds), 0, ISSUED, end(idTokenSeconds));
    Session session =
        new Session(
            SessionSecret.random(),
            SessionFixture.alice(),
            tokens,
            1,
            1,
            ISSUED - HOUR,
            ISSUED + 12 * HOUR,
            ISSUED,
            SessionContext.UNKNOWN,
            1);
    assertThat(timing.isExpired(session, end(endSeconds) - 1)).isFalse();
    assertThat(timing.isExpired(session, end(endSeconds))).isTrue();
    assertThat(end(endSeconds) - timing.dueAtMillis(session)).isBetween(44_000L, 76_000L);
    assertThat(timing.isDue(session, end(endSeconds) - 44_000)).isTrue();
    assertThat(timing.isDue(session, end(endSeconds) - 76_000)).isFalse();
  }

  private static long end(long seconds) {
    return seconds == 0 ? 0 : ISSUED + seconds * 1_000;
  }

  @Test
  void withoutARefreshTokenNothingIsEverDue() {
    Session session = session(HOUR, null, 1);
    assertThat(timing.isDue(session, ISSUED + 2 * HOUR)).isFalse();
    assertThat(timing.isExpired(session, ISSUED + 2 * HOUR)).isTrue();
  }

  @Test
  void aTokenThatNamesNoEndNeverExpires() {
    Session session = session(-ISSUED, "r", 1);
    assertThat(timing.isDue(session, Long.MAX_VALUE)).isFalse();
    assertThat(timing.isExpired(session, Long.MAX_VALUE)).isFalse();
  }

  @Test
  void noTimeAheadMeansAtTheEnd() {
    RefreshTiming none = new RefreshTiming(Duration.ZERO);
    assertThat(none.dueAtMillis(session(HOUR, "r", 1))).isEqualTo(ISSUED + HOUR);
  }
}
