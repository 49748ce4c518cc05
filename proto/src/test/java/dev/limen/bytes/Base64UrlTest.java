package dev.limen.bytes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One spelling a value. */
@DisplayName("RFC 4648, section 5, without padding")
final class Base64UrlTest {
  /** What {@code text} stands for, or an array that is no answer to any text if it is malformed. */
  private static byte[] decode(String text) {
    byte[] source = text.getBytes(ISO_8859_1);
    byte[] target = new byte[source.length + 1];
    int length = Base64Url.decode(source, Span.of(0, source.length), target, 1);
    return length == Base64Url.MALFORMED
        ? "MALFORMED".getBytes(ISO_8859_1)
        : Arrays.copyOfRange(target, 1, 1 + length);
  }

  private static void refuse(String text) {
    assertThat(decode(text)).as(text).isEqualTo("MALFORMED".getBytes(ISO_8859_1));
  }

  @Test
  void everyValueIsWrittenAsTheJdkWritesItAndReadBack() {
    SplittableRandom random = new SplittableRandom(4648);
    for (int i = 0; i < 20_000; i++) {
      byte[] value = new byte[i % 70];
      random.nextBytes(value);
      String text = Base64Url.encode(value);

      assertThat(text).isEqualTo(Base64.getUrlEncoder().withoutPadding().encodeToString(value));
      assertThat(decode(text)).isEqualTo(value);
      assertThat(Base64Url.encodedLength(value.length)).isEqualTo(text.length());
      assertThat(Base64Url.decodedLength(text.length())).isEqualTo(value.length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"A", "AAAAA", "QQ==", "QUI=", "QQ=", "=", "AAAA=", "QQ QQ", "QUJD\n"})
  void paddingWhiteSpaceAndImpossibleLengthsAreRefused(String text) {
    refuse(text);
  }

  @Test
  void everyCharacterOutsideTheAlphabetIsRefusedAtEveryPlace() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (char character = 0; character < 256; character++) {
      for (int place = 0; place < 7 && alphabet.indexOf(character) < 0; place++) {
        refuse("A".repeat(place) + character + "A".repeat(6 - place));
        refuse("A".repeat(place) + character + "A".repeat(7 - place));
      }
    }
  }

  @Test
  void aTextIsAcceptedOnlyIfItIsWhatItsValueIsWrittenAs() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int canonical = 0;
    for (int i = 0; i < alphabet.length(); i++) {
      char last = alphabet.charAt(i);
      for (String text : new String[] {"Q" + last, "QU" + last}) {
        byte[] value = decode(text);
        boolean accepted = !Arrays.equals(value, "MALFORMED".getBytes(ISO_8859_1));
        canonical += accepted ? 1 : 0;
        assertThat(accepted).isEqualTo(Base64Url.encode(value).equals(text));
      }
    }
    assertThat(canonical).isEqualTo(4 + 16);
  }

  @Test
  void aSpanIsReadAndWrittenWhereItStands() {
    byte[] source = "xxQUJDxx".getBytes(ISO_8859_1);
    byte[] target = new byte[5];

    assertThat(Base64Url.decode(source, Span.of(2, 6), target, 1)).isEqualTo(3);
    assertThat(target).containsExactly(0, 'A', 'B', 'C', 0);
    byte[] text = new byte[4];
    assertThat(Base64Url.encode(target, Span.of(1, 3), text, 1)).isEqualTo(4);
    assertThat(text).containsExactly(0, 'Q', 'U', 'I');
  }
}
