package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A time of day that nobody can set. */
@NullMarked
class SteadyClockTest {
  private static final long START = Instant.parse("2026-11-26T12:00:00Z").toEpochMilli();
  private static final long DRIFT = SteadyClock.MAX_DRIFT.toMillis();

  private long wall = START;
  private long nanos = 7;
  private final SteadyClock clock = new SteadyClock(() -> wall, () -> nanos);

  /** Both clocks move on, the wall clock by so much more. */
  private void pass(Duration time, long moreMillis) {
    nanos += time.toNanos();
    wall += time.toMillis() + moreMillis;
  }

  @Test
  void aClockThatNobodySetsIsBelieved() {
    for (int i = 0; i < 1_000; i++) {
      pass(Duration.ofSeconds(7), 0);
      assertThat(clock.millis()).isEqualTo(wall);
    }
    assertThat(clock.instant().toEpochMilli()).isEqualTo(wall);
    assertThat(clock.isKnown()).isTrue();
    assertThat(clock.jumpSeconds()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1})
  void atTheDriftThatIsAllowedInAWindowTheWallClockIsBelieved(long way) {
    pass(SteadyClock.WINDOW, way * DRIFT);
    assertThat(clock.millis()).isEqualTo(wall);
    assertThat(clock.jumpSeconds()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1})
  void oneMillisecondMoreIsAJumpAndTheMonotonicClockGoesOn(long way) {
    pass(SteadyClock.WINDOW, way * (DRIFT + 1));
    assertThat(clock.millis()).isEqualTo(START + SteadyClock.WINDOW.toMillis());
    assertThat(clock.jumpSeconds()).isEqualTo(way * 5);
    assertThat(clock.isKnown()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {-3_600_000, 3_600_000, Integer.MAX_VALUE, Long.MIN_VALUE / 2})
  void aClockThatIsSetMovesNobodysTime(long by) {
    wall += by;
    for (int i = 1; i <= 100; i++) {
      pass(Duration.ofSeconds(1), 0);
      assertThat(clock.millis()).isEqualTo(START + i * 1_000L);
    }
  }

  @Test
  void aClockThatIsSlewedIsFollowedHoweverFarItGoes() {
    for (int i = 0; i < 60; i++) {
      pass(SteadyClock.WINDOW, DRIFT);
      assertThat(clock.millis()).isEqualTo(wall);
    }
    assertThat(wall - START).isEqualTo(TimeUnit.HOURS.toMillis(1) + 60 * DRIFT);
  }

  @Test
  void stepsThatAreSmallAddUpWithinAWindow() {
    pass(Duration.ofSeconds(20), 2_500);
    assertThat(clock.millis()).isEqualTo(wall);
    pass(Duration.ofSeconds(20), 2_501);
    assertThat(clock.millis()).isEqualTo(START + 40_000);
  }

  @Test
  void aClockThatIsSetRightAgainIsBelievedAgain() {
    pass(Duration.ofSeconds(1), 60_000);
    assertThat(clock.millis()).isEqualTo(START + 1_000);
    pass(Duration.ofSeconds(1), -60_000);
    assertThat(clock.millis()).isEqualTo(wall).isEqualTo(START + 2_000);
    assertThat(clock.jumpSeconds()).isZero();
  }

  @Test
  void theMonotonicClockIsGoodEnoughForTenMinutesAndNotForOneMillisecondMore() {
    pass(Duration.ofSeconds(1), 60_000);
    clock.millis();
    pass(SteadyClock.MAX_EXTRAPOLATION, 0);
    assertThat(clock.isKnown()).isTrue();
    pass(Duration.ofMillis(1), 0);
    assertThat(clock.isKnown()).isFalse();
    assertThat(clock.millis()).as("for whoever still asks").isEqualTo(START + 601_001);
  }

  @Test
  void aClockThatWasSetRightAfterItWasTooLateIsKnownAgain() {
    pass(Duration.ofSeconds(1), 60_000);
    clock.millis();
    pass(SteadyClock.MAX_EXTRAPOLATION.multipliedBy(2), 0);
    assertThat(clock.isKnown()).isFalse();
    wall -= 60_000;
    assertThat(clock.millis()).isEqualTo(wall);
    assertThat(clock.isKnown()).isTrue();
  }

  @Test
  void aThreadThatIsHeldUpBetweenTheTwoReadingsSeesNoJump() {
    int[] heldUp = {0};
    SteadyClock read =
        new SteadyClock(
            () -> wall,
            () -> {
              if (heldUp[0]-- > 0) {
                pass(Duration.ofSeconds(20), 0);
              }
              return nanos;
            });
    heldUp[0] = 5;
    read.millis();
    assertThat(read.jumpSeconds()).isZero();
    assertThat(read.millis()).isEqualTo(wall);
  }
}
