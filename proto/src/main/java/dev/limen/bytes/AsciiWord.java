package dev.limen.bytes;

/**
 * Words known beforehand, such as header names, compared with spans of received bytes.
 *
 * <p>Invariant: a comparison reads no byte outside the span that it was given, and letters are
 * folded for ASCII alone (RFC 9110, section 5.1: field names are case-insensitive tokens), so no
 * byte above 0x7f ever equals another. Not constant in time: for words, never for secrets.
 * Stateless; safe for all threads.
 */
public final class AsciiWord {
  private static final int ASCII_END = 0x80;

  private AsciiWord() {}

  /** The bytes of {@code text}, which must be ASCII. */
  public static byte[] of(String text) {
    byte[] word = new byte[text.length()];
    for (int i = 0; i < word.length; i++) {
      char character = text.charAt(i);
      if (character >= ASCII_END) {
        throw new IllegalArgumentException("a word must be ASCII: index=" + i);
      }
      word[i] = (byte) character;
    }
    return word;
  }

  /** Whether {@code span} of {@code bytes} is exactly {@code word}; no span is no word. */
  public static boolean equal(byte[] word, byte[] bytes, long span) {
    if (!Span.isPresent(span) || Span.length(span) != word.length) {
      return false;
    }
    int start = Span.start(span);
    for (int i = 0; i < word.length; i++) {
      if (bytes[start + i] != word[i]) {
        return false;
      }
    }
    return true;
  }

  /** Like {@link #equal}, taking {@code A} to {@code Z} for their lower-case letters. */
  public static boolean equalIgnoringCase(byte[] word, byte[] bytes, long span) {
    if (!Span.isPresent(span) || Span.length(span) != word.length) {
      return false;
    }
    int start = Span.start(span);
    for (int i = 0; i < word.length; i++) {
      if (lowerCase(bytes[start + i]) != lowerCase(word[i])) {
        return false;
      }
    }
    return true;
  }

  /** Whether {@code span} of {@code bytes} begins with {@code prefix}, byte for byte. */
  public static boolean startsWith(byte[] prefix, byte[] bytes, long span) {
    if (!Span.isPresent(span) || Span.length(span) < prefix.length) {
      return false;
    }
    int start = Span.start(span);
    return equal(prefix, bytes, Span.of(start, start + prefix.length));
  }

  /** The lower-case letter for {@code A} to {@code Z}; every other byte is itself. */
  public static byte lowerCase(byte letter) {
    return 'A' <= letter && letter <= 'Z' ? (byte) (letter + ('a' - 'A')) : letter;
  }
}
