package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a provider counts as away. */
@NullMarked
class PresenceTest {
  private static final Answer NOBODY = Answer.failed(0, Outcome.UNREACHABLE);
  private static final Answer BROKEN = Answer.failed(503, Outcome.UNEXPECTED_STATUS);
  private static final Answer REFUSAL = Answer.failed(400, Outcome.MALFORMED);
  private static final boolean TOKENS = true;
  private static final boolean DISCOVERY = false;

  /** So long that nobody takes it for no wait at all. */
  private static final long LONG_MILLIS = TimeUnit.SECONDS.toMillis(20);

  private final Presence presence = new Presence();

  private void hear(Answer answer, int times) {
    for (int i = 0; i < times; i++) {
      presence.heard(answer, TOKENS);
    }
  }

  private void goAway() {
    hear(NOBODY, Presence.MAX_FAILURES);
  }

  @Test
  void isNotBelievedBeforeThreeFailuresInARow() {
    assertThat(presence.isAway()).isFalse();
    hear(NOBODY, Presence.MAX_FAILURES - 1);
    assertThat(presence.isAway()).isFalse();
    hear(NOBODY, 1);
    assertThat(presence.isAway()).isTrue();
  }

  @Test
  void failuresAtWhateverEndpointAddUpAndAnAnswerForgetsThem() {
    hear(BROKEN, 2);
    presence.heard(REFUSAL, DISCOVERY);
    hear(NOBODY, 2);
    assertThat(presence.isAway()).isFalse();
    presence.heard(BROKEN, DISCOVERY);
    assertThat(presence.isAway()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      names = {"UNREACHABLE", "TIMEOUT", "TLS", "TOO_LARGE"})
  void noAnswerIsAFailure(Outcome outcome) {
    hear(Answer.failed(0, outcome), Presence.MAX_FAILURES);
    assertThat(presence.isAway()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 502, 503, 599})
  void soIsAnErrorOfTheServer(int status) {
    hear(Answer.failed(status, Outcome.UNEXPECTED_STATUS), Presence.MAX_FAILURES);
    assertThat(presence.isAway()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 302, 400, 401, 404, 429, 499})
  void anythingElseIsSomebody(int status) {
    goAway();
    presence.heard(Answer.failed(status, Outcome.UNEXPECTED_STATUS), DISCOVERY);
    assertThat(presence.isAway()).isFalse();
  }

  @Test
  void spellsAreCountedUntilTheTokenEndpointAnswers() {
    goAway();
    hear(NOBODY, 5);
    assertThat(presence.spells()).isEqualTo(1);
    presence.heard(REFUSAL, DISCOVERY);
    goAway();
    assertThat(presence.spells()).isEqualTo(2);
    presence.heard(REFUSAL, TOKENS);
    assertThat(presence.spells()).isZero();
  }

  @Test
  void whoeverWaitsForASpellHearsOfItAtOnce() throws Exception {
    CountDownLatch heard = new CountDownLatch(1);
    Thread waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                if (presence.isAwayWithin(LONG_MILLIS)) {
                  heard.countDown();
                }
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            });
    goAway();
    assertThat(heard.await(20, TimeUnit.SECONDS)).isTrue();
    waiting.join();
  }

  @Test
  void whoeverWaitsInVainIsToldSo() throws InterruptedException {
    assertThat(presence.isAwayWithin(1)).isFalse();
    presence.stopWaiting();
    assertWakes();
  }

  @Test
  void aSpellThatIsOverIsNotHeardOf() throws InterruptedException {
    goAway();
    presence.heard(REFUSAL, TOKENS);
    long begin = System.nanoTime();
    assertThat(presence.isAwayWithin(50)).isFalse();
    assertThat(System.nanoTime() - begin)
        .as("waited for the next")
        .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(50));
  }

  @Test
  void oneThatHasBegunIsHeardOfAtOnce() throws InterruptedException {
    goAway();
    assertThat(presence.isAwayWithin(0)).isTrue();
  }

  private void assertWakes() throws InterruptedException {
    long begin = System.nanoTime();
    assertThat(presence.isAwayWithin(LONG_MILLIS)).isFalse();
    assertThat(System.nanoTime() - begin)
        .as("woken, and not at the end of its time")
        .isLessThan(TimeUnit.MILLISECONDS.toNanos(LONG_MILLIS));
  }
}
