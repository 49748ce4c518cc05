package dev.limen.demo.judge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be read in a cookie that only looks sealed. */
final class SealedTest {
  private static final String STATE = "c3RhdGUgb2YgMTYgYnl0ZXM";

  @Test
  void aTextAsItStands() {
    assertThat(Sealed.shows("v1." + STATE + ".x", STATE)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "12", "123", "1234"})
  void aTextInsideBase64WhereverItBegins(String before) {
    String json = before + "{\"state\":\"" + STATE + "\"}";
    assertThat(Sealed.shows("v1." + encoded(json), STATE)).isTrue();
    assertThat(Sealed.shows(before + encoded(json), STATE)).isTrue();
  }

  @Test
  void theBytesThatTheTextStandsFor() {
    assertThat(Sealed.shows(encoded("xstate of 16 bytesy"), STATE)).isTrue();
  }

  @Test
  void nothingInBytesThatAreSealed() {
    assertThat(Sealed.shows(encoded("something else that is no shorter"), STATE)).isFalse();
    assertThat(Sealed.shows("abc", "")).isFalse();
    assertThat(Sealed.shows("", STATE)).isFalse();
  }

  @Test
  void oneCharacterIsFlippedAndTheLengthStays() {
    assertThat(Sealed.flipped("abcde")).isEqualTo("abAde");
    assertThat(Sealed.flipped("abAde")).isEqualTo("abBde");
  }

  private static String encoded(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
  }
}
