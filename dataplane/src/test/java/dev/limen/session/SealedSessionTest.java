package dev.limen.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How long the sealed values of a record may be. */
class SealedSessionTest {
  private static final int LIMIT = SealedSession.MAX_VALUE_LENGTH;

  private static SealedSession of(int tokensLength, int metadataLength) {
    return new SealedSession(
        SessionSecret.random().key(),
        new byte[tokensLength],
        new byte[metadataLength],
        1,
        1,
        2_000,
        1_000);
  }

  @Test
  void valuesOfTheGreatestLengthAreNotTooLong() {
    assertThat(of(LIMIT, LIMIT).isTooLong()).isFalse();
  }

  @Test
  void eitherValueOneByteLongerIsTooLong() {
    assertThat(of(LIMIT + 1, 0).isTooLong()).isTrue();
    assertThat(of(0, LIMIT + 1).isTooLong()).isTrue();
  }

  @Test
  void nothingOfASessionIsInWhatALogWouldShow() {
    assertThat(of(1, 1).toString()).isEqualTo("SealedSession[version=1]");
  }
}
