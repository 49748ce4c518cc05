package dev.limen.demo.judge;

import dev.limen.demo.run.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What somebody without a key can read in a sealed cookie, and do to it.
 *
 * <p>Invariant: a text is found as it stands, and inside base64url (RFC 4648, section 5) wherever
 * that begins in the value.
 */
final class Sealed {
  private static final int GROUP = 4;

  private Sealed() {}

  /** Whether the text, or the bytes that it is the base64url of, can be read in the value. */
  static boolean shows(String value, String text) {
    if (text.isEmpty()) {
      return false;
    }
    if (value.contains(text)) {
      return true;
    }
    byte[] bytes = decoded(text);
    for (String piece : value.split("[^A-Za-z0-9_-]")) {
      for (int start = 0; start < Math.min(GROUP, piece.length()); start++) {
        byte[] inside = decoded(piece.substring(start));
        boolean found =
            Bytes.contains(inside, text) || (bytes.length > 0 && Bytes.indexOf(inside, bytes) >= 0);
        if (found) {
          return true;
        }
      }
    }
    return false;
  }

  /** As many whole groups as there are; nothing of what is not base64url. */
  private static byte[] decoded(String text) {
    String whole = text.length() % GROUP == 1 ? text.substring(0, text.length() - 1) : text;
    try {
      return Base64.getUrlDecoder().decode(whole.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException _) {
      return new byte[0];
    }
  }

  /** The same but for one character in its middle. */
  static String flipped(String value) {
    int middle = value.length() / 2;
    char other = value.charAt(middle) == 'A' ? 'B' : 'A';
    return value.substring(0, middle) + other + value.substring(middle + 1);
  }
}
