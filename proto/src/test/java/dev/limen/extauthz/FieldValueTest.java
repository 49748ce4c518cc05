package dev.limen.extauthz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Received bytes made fit to be sent. */
final class FieldValueTest {
  private static byte[] sanitized(byte[] bytes) {
    byte[] copy = bytes.clone();
    FieldValue.sanitize(copy, 0, copy.length);
    return copy;
  }

  @Test
  void legalTextStaysAsItIs() {
    byte[] text = "a=1; b=\u00fc\u0800\ud7ff\ue000\uffff\ud83d\ude00\udbff\udfff~ ".getBytes(UTF_8);
    assertThat(sanitized(text)).isEqualTo(text);
  }

  @Test
  void controlCharactersBecomeExclamationMarks() {
    for (int control = 0; control < ' '; control++) {
      assertThat(sanitized(Wire.bytes('a', control, 'b'))).isEqualTo(Wire.bytes('a', '!', 'b'));
    }
    assertThat(sanitized(Wire.bytes(0x7f))).isEqualTo(Wire.bytes('!'));
  }

  @Test
  void overlongSurrogateAndCutSequencesBecomeExclamationMarksByteByByte() {
    assertThat(sanitized(Wire.bytes(0xc0, 0x80))).isEqualTo(Wire.bytes('!', '!'));
    assertThat(sanitized(Wire.bytes(0xe0, 0x9f, 0xbf))).isEqualTo(Wire.bytes('!', '!', '!'));
    assertThat(sanitized(Wire.bytes(0xed, 0xa0, 0x80))).isEqualTo(Wire.bytes('!', '!', '!'));
    assertThat(sanitized(Wire.bytes(0xf4, 0x90, 0x80, 0x80)))
        .isEqualTo(Wire.bytes('!', '!', '!', '!'));
    assertThat(sanitized(Wire.bytes(0xe2, 0x82, 'a'))).isEqualTo(Wire.bytes('!', '!', 'a'));
    assertThat(sanitized(Wire.bytes(0xe2, 0x82))).isEqualTo(Wire.bytes('!', '!'));
    assertThat(sanitized(Wire.bytes(0xe2, '\r', 0x82))).isEqualTo(Wire.bytes('!', '!', '!'));
  }

  @Test
  void nothingOutsideTheRangeIsReadOrChanged() {
    byte[] bytes = Wire.bytes(0, 0xc3, 0xbc, 0);
    FieldValue.sanitize(bytes, 1, 2);
    assertThat(bytes).isEqualTo(Wire.bytes(0, '!', 0xbc, 0));
  }

  @Test
  void whatComesOutIsLegalAndLegalTextIsNotChangedOnRandomValues() {
    SplittableRandom random = new SplittableRandom(20261123);
    byte[] telling = Wire.bytes('a', 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4);
    byte[] bytes = new byte[5];
    for (int i = 0; i < 100_000; i++) {
      for (int j = 0; j < bytes.length; j++) {
        boolean any = random.nextInt(4) == 0;
        bytes[j] = any ? (byte) random.nextInt() : telling[random.nextInt(telling.length)];
      }
      byte[] result = sanitized(bytes);
      if (!isLegal(result) || (isLegal(bytes) && !Arrays.equals(bytes, result))) {
        throw new AssertionError(HexFormat.of().formatHex(bytes));
      }
    }
  }

  private static boolean isLegal(byte[] bytes) {
    try {
      return UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes))
          .chars()
          .noneMatch(character -> character < ' ' || character == 0x7f);
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
