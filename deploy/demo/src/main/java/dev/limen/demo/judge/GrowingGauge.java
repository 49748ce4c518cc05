package dev.limen.demo.judge;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes the session gauge lie, in the text that goes over the wire and at the same length. */
final class GrowingGauge {
  private static final Pattern SAMPLE =
      Pattern.compile("(?m)^(limen_sessions(?:\\{[^}]*})? )(\\S+)$");

  private final AtomicInteger next = new AtomicInteger(1);

  /** One more at every look. */
  byte[] rewrite(byte[] piece) {
    return contains(piece) ? withSessions(piece, next.getAndIncrement() % 10) : piece;
  }

  private static boolean contains(byte[] piece) {
    return SAMPLE.matcher(text(piece)).find();
  }

  /** The gauge shows this digit, in as many characters as before. */
  static byte[] withSessions(byte[] piece, int digit) {
    Matcher sample = SAMPLE.matcher(text(piece));
    return sample
        .replaceAll(found -> found.group(1) + asLongAs(found.group(2), digit))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String asLongAs(String number, int digit) {
    if (number.length() < 2) {
      return Integer.toString(digit);
    }
    return digit + "." + "0".repeat(number.length() - 2);
  }

  private static String text(byte[] piece) {
    return new String(piece, StandardCharsets.ISO_8859_1);
  }
}
