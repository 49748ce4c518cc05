package dev.limen.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** Words compared with spans. */
final class AsciiWordTest {
  private static final byte[] COOKIE = AsciiWord.of("cookie");
  private final byte[] bytes = AsciiWord.of("..cookie.COOKIE.cookies");

  @Test
  void aWordEqualsItselfAtAnyPlace() {
    assertThat(AsciiWord.equal(COOKIE, bytes, Span.of(2, 8))).isTrue();
    assertThat(AsciiWord.equalIgnoringCase(COOKIE, bytes, Span.of(2, 8))).isTrue();
  }

  @Test
  void caseCountsUnlessToldOtherwise() {
    assertThat(AsciiWord.equal(COOKIE, bytes, Span.of(9, 15))).isFalse();
    assertThat(AsciiWord.equalIgnoringCase(COOKIE, bytes, Span.of(9, 15))).isTrue();
    assertThat(AsciiWord.equalIgnoringCase(AsciiWord.of("CooKie"), bytes, Span.of(2, 8))).isTrue();
  }

  @Test
  void aLongerOrShorterSpanIsAnotherWord() {
    assertThat(AsciiWord.equal(COOKIE, bytes, Span.of(16, 23))).isFalse();
    assertThat(AsciiWord.equal(COOKIE, bytes, Span.of(2, 7))).isFalse();
    assertThat(AsciiWord.startsWith(COOKIE, bytes, Span.of(16, 23))).isTrue();
    assertThat(AsciiWord.startsWith(COOKIE, bytes, Span.of(16, 21))).isFalse();
  }

  @Test
  void noSpanIsNoWord() {
    for (long none : new long[] {Span.ABSENT, Span.AMBIGUOUS}) {
      assertThat(AsciiWord.equal(COOKIE, bytes, none)).isFalse();
      assertThat(AsciiWord.equalIgnoringCase(COOKIE, bytes, none)).isFalse();
      assertThat(AsciiWord.startsWith(COOKIE, bytes, none)).isFalse();
      assertThat(AsciiWord.equal(new byte[0], bytes, none)).isFalse();
    }
  }

  @Test
  void onlyTheTwentySixLettersHaveTwoCases() {
    for (int value = 0; value < 256; value++) {
      byte letter = (byte) value;
      boolean upper = 'A' <= value && value <= 'Z';
      assertThat(AsciiWord.lowerCase(letter)).isEqualTo(upper ? (byte) (value + 32) : letter);
    }
  }

  @Test
  void aWordMustBeAscii() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AsciiWord.of("a\u0080"))
        .withMessage("a word must be ASCII: index=1");
  }
}
