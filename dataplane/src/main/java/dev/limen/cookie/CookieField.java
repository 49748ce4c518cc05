package dev.limen.cookie;

import dev.limen.bytes.Span;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds one cookie in a {@code Cookie} field value, without allocating.
 *
 * <p>Invariant: a span this class returns lies inside the value that it was given. Immutable; safe
 * for all threads.
 *
 * <pre>
 *   cookie-string = cookie-pair *( ";" SP cookie-pair )    RFC 6265, section 4.2.1
 *   cookie-pair   = cookie-name "=" cookie-value           RFC 6265, section 4.1.1
 * </pre>
 *
 * <p>Read more widely than it is written: a comma separates too, since Envoy joins the lines of an
 * HTTP/1.1 request with one; blanks are those of HTTP, space and tab; a value is never unquoted.
 *
 * <p>Of two pairs with the same name neither is taken: which one a user agent sends first depends
 * on path and age (RFC 6265, section 5.4, step 2), and a neighbour host may have planted one.
 */
public final class CookieField {
  private final byte[] nameAndEquals;

  /** Looks for the cookie named {@code name}, in exactly these characters. */
  public CookieField(String name) {
    nameAndEquals = (name + "=").getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The span of the cookie's value in {@code bytes}, {@link Span#ABSENT} if there is none, or
   * {@link Span#AMBIGUOUS} if there are several. Where a request has several fields, the caller
   * {@linkplain #combine combines} their answers.
   */
  public long find(byte[] bytes, long valueSpan) {
    if (!Span.isPresent(valueSpan)) {
      return Span.ABSENT;
    }
    int end = Span.end(valueSpan);
    long found = Span.ABSENT;
    int pair = CookiePair.skipSeparators(bytes, Span.start(valueSpan), end);
    while (pair < end) {
      int separator = CookiePair.separatorAfter(bytes, pair, end);
      int pairEnd = CookiePair.trimEnd(bytes, pair, separator);
      if (isNamed(bytes, pair, pairEnd)) {
        if (found != Span.ABSENT) {
          return Span.AMBIGUOUS;
        }
        found = Span.of(pair + nameAndEquals.length, pairEnd);
      }
      pair = CookiePair.skipSeparators(bytes, separator, end);
    }
    return found;
  }

  /** What two fields of one request say together: two cookies of one name are ambiguous. */
  public static long combine(long one, long other) {
    if (one == Span.ABSENT) {
      return other;
    }
    return other == Span.ABSENT ? one : Span.AMBIGUOUS;
  }

  private boolean isNamed(byte[] bytes, int pair, int pairEnd) {
    int valueStart = pair + nameAndEquals.length;
    return valueStart <= pairEnd
        && Arrays.equals(bytes, pair, valueStart, nameAndEquals, 0, nameAndEquals.length);
  }
}
