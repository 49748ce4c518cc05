package dev.limen.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Base64 with the URL-safe alphabet and without padding, written and read strictly.
 *
 * <p>Invariant: whatever {@link #decode} accepts, {@link #encode} writes back byte for byte, so a
 * value has one spelling only: no padding, no other alphabet, no white space, and the bits that a
 * last character has to spare are zero (RFC 4648, sections 3.5 and 5).
 *
 * <p>Text that is not such an encoding is a result ({@link #MALFORMED}), never an exception.
 * Stateless; safe for all threads.
 */
public final class Base64Url {
  /** The text is no canonical encoding of anything. */
  public static final int MALFORMED = -1;

  private static final byte[] ALPHABET =
      AsciiWord.of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
  private static final byte[] SIXTETS = sixtets();

  private Base64Url() {}

  /** The number of characters for {@code length} bytes. */
  public static int encodedLength(int length) {
    return Math.toIntExact(((long) length * 4 + 2) / 3);
  }

  /**
   * The number of bytes that {@code length} characters stand for, or {@link #MALFORMED} when no
   * number of bytes has that many.
   */
  public static int decodedLength(int length) {
    return length % 4 == 1 ? MALFORMED : (int) ((long) length * 3 / 4);
  }

  /** The encoding of all of {@code source}. */
  public static String encode(byte[] source) {
    byte[] text = new byte[encodedLength(source.length)];
    encode(source, Span.of(0, source.length), text, 0);
    return new String(text, StandardCharsets.US_ASCII);
  }

  /** Writes the encoding of {@code span} to {@code target}; returns the index after it. */
  public static int encode(byte[] source, long span, byte[] target, int index) {
    int next = Span.start(span);
    int end = Span.end(span);
    int out = index;
    for (; end - next >= 3; next += 3) {
      int bits = (source[next] & 0xff) << 16 | (source[next + 1] & 0xff) << 8;
      bits |= source[next + 2] & 0xff;
      target[out++] = ALPHABET[bits >>> 18];
      target[out++] = ALPHABET[bits >>> 12 & 0x3f];
      target[out++] = ALPHABET[bits >>> 6 & 0x3f];
      target[out++] = ALPHABET[bits & 0x3f];
    }
    return encodeRest(source, Span.of(next, end), target, out);
  }

  private static int encodeRest(byte[] source, long rest, byte[] target, int index) {
    int out = index;
    int next = Span.start(rest);
    if (Span.length(rest) == 1) {
      int bits = source[next] & 0xff;
      target[out++] = ALPHABET[bits >>> 2];
      target[out++] = ALPHABET[bits << 4 & 0x3f];
    } else if (Span.length(rest) == 2) {
      int bits = (source[next] & 0xff) << 8 | (source[next + 1] & 0xff);
      target[out++] = ALPHABET[bits >>> 10];
      target[out++] = ALPHABET[bits >>> 4 & 0x3f];
      target[out++] = ALPHABET[bits << 2 & 0x3f];
    }
    return out;
  }

  /**
   * Reads the characters of {@code span} and writes what they stand for to {@code target}, which
   * must have room for {@link #decodedLength} bytes from {@code index} on.
   *
   * @return the number of bytes written, or {@link #MALFORMED}; then what stands in {@code target}
   *     has no meaning
   */
  public static int decode(byte[] source, long span, byte[] target, int index) {
    int length = Span.length(span);
    int decodedLength = decodedLength(length);
    if (decodedLength == MALFORMED) {
      return MALFORMED;
    }
    int next = Span.start(span);
    int out = index;
    for (int groups = length / 4; groups > 0; groups--, next += 4) {
      int bits = group(source, next, 4);
      if (bits < 0) {
        return MALFORMED;
      }
      target[out++] = (byte) (bits >>> 16);
      target[out++] = (byte) (bits >>> 8);
      target[out++] = (byte) bits;
    }
    return decodeRest(source, Span.of(next, Span.end(span)), target, out)
        ? decodedLength
        : MALFORMED;
  }

  private static boolean decodeRest(byte[] source, long rest, byte[] target, int index) {
    int characters = Span.length(rest);
    if (characters == 0) {
      return true;
    }
    int bits = group(source, Span.start(rest), characters);
    int spareBits = characters == 2 ? 4 : 2;
    if (bits < 0 || (bits & (1 << spareBits) - 1) != 0) {
      return false;
    }
    int whole = bits >>> spareBits;
    if (characters == 2) {
      target[index] = (byte) whole;
    } else {
      target[index] = (byte) (whole >>> 8);
      target[index + 1] = (byte) whole;
    }
    return true;
  }

  /** The bits of {@code characters} characters, or a negative number if one is not ours. */
  private static int group(byte[] source, int start, int characters) {
    int bits = 0;
    int wrong = 0;
    for (int i = start; i < start + characters; i++) {
      int sixtet = SIXTETS[source[i] & 0xff];
      wrong |= sixtet;
      bits = bits << 6 | (sixtet & 0x3f);
    }
    return wrong < 0 ? MALFORMED : bits;
  }

  private static byte[] sixtets() {
    byte[] sixtets = new byte[256];
    Arrays.fill(sixtets, (byte) MALFORMED);
    for (int i = 0; i < ALPHABET.length; i++) {
      sixtets[ALPHABET[i]] = (byte) i;
    }
    return sixtets;
  }
}
