package dev.limen.cookie;

/**
 * The grammar that finding and removing share: where a cookie-pair begins and ends.
 *
 * <p>Invariant: every index returned lies between the two it was given, and no byte is looked at
 * more than a fixed number of times, so a whole field costs time linear in its length. Source: RFC
 * 6265, section 4.2.1, and a comma as in {@link CookieField}.
 */
final class CookiePair {
  private CookiePair() {}

  /** The first byte from {@code from} that belongs to a pair, or {@code end}. */
  static int skipSeparators(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end && (isSeparator(bytes[at]) || isBlank(bytes[at]))) {
      at++;
    }
    return at;
  }

  /** The separator that ends the pair at {@code pair}, or {@code end}. */
  static int separatorAfter(byte[] bytes, int pair, int end) {
    int at = pair;
    while (at < end && !isSeparator(bytes[at])) {
      at++;
    }
    return at;
  }

  /** The end of what begins at {@code start}, without the blanks before {@code end}. */
  static int trimEnd(byte[] bytes, int start, int end) {
    int at = end;
    while (at > start && isBlank(bytes[at - 1])) {
      at--;
    }
    return at;
  }

  private static boolean isSeparator(byte b) {
    return b == ';' || b == ',';
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }
}
