package dev.limen.extauthz;

/**
 * Makes received bytes fit to be sent as a header value, in the place where they stand.
 *
 * <p>Invariant: afterwards the bytes are UTF-8 without control characters, as long as before. Each
 * byte that was in the way is {@code !}, which is what Envoy's {@code sanitizeUtf8String} puts
 * there; a message with other bytes in a {@code string} would not be parsed by Envoy at all.
 *
 * <pre>
 *   UTF8-char = %x00-7F / %xC2-DF tail / %xE0 %xA0-BF tail / %xE1-EC 2tail / %xED %x80-9F tail
 *             / %xEE-EF 2tail / %xF0 %x90-BF 2tail / %xF1-F3 3tail / %xF4 %x80-8F 2tail
 *   tail      = %x80-BF                                                 RFC 3629, section 4
 * </pre>
 *
 * <p>Stateless.
 */
final class FieldValue {
  private static final byte REPLACEMENT = '!';
  private static final int DELETE = 0x7f;

  private FieldValue() {}

  static void sanitize(byte[] bytes, int start, int end) {
    int next = start;
    while (next < end) {
      int length = legalLength(bytes, next, end);
      if (length == 0) {
        bytes[next] = REPLACEMENT;
        length = 1;
      }
      next += length;
    }
  }

  /** The length of the character that stands at {@code index}, or 0 if it may not stand there. */
  private static int legalLength(byte[] bytes, int index, int end) {
    int first = bytes[index] & 0xff;
    if (first < 0x80) {
      return first >= ' ' && first != DELETE ? 1 : 0;
    }
    int length = lengthSaidBy(first);
    if (length > end - index || length == 0) {
      return 0;
    }
    int second = bytes[index + 1] & 0xff;
    if (second < leastSecond(first) || second > greatestSecond(first)) {
      return 0;
    }
    for (int i = 2; i < length; i++) {
      if ((bytes[index + i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return length;
  }

  private static int lengthSaidBy(int first) {
    if (first < 0xc2 || first > 0xf4) {
      return 0;
    }
    if (first < 0xe0) {
      return 2;
    }
    return first < 0xf0 ? 3 : 4;
  }

  private static int leastSecond(int first) {
    return switch (first) {
      case 0xe0 -> 0xa0;
      case 0xf0 -> 0x90;
      default -> 0x80;
    };
  }

  private static int greatestSecond(int first) {
    return switch (first) {
      case 0xed -> 0x9f;
      case 0xf4 -> 0x8f;
      default -> 0xbf;
    };
  }
}
