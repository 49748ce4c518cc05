package dev.limen.cookie;

import dev.limen.bytes.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes Limen's own cookies out of a {@code Cookie} field value: they never reach a checked
 * upstream.
 *
 * <p>Invariant: every byte of the other cookies stays, in order; no pair of the result has one of
 * Limen's names. Own are the session cookie and every name that begins with {@code <session
 * name>-flow-}. Immutable; safe for all threads.
 */
public final class OwnCookies {
  /** What stands between the session cookie's name and the id of a flow. */
  public static final String FLOW_INFIX = "-flow-";

  /** More flow cookies than this in one field are not named: nobody has so many tabs. */
  public static final int MAX_FLOWS = 64;

  private final byte[] sessionName;
  private final byte[] flowPrefix;

  /** Own cookies are those of the session cookie {@code sessionName}. */
  public OwnCookies(String sessionName) {
    this.sessionName = sessionName.getBytes(StandardCharsets.US_ASCII);
    this.flowPrefix = (sessionName + FLOW_INFIX).getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether the field value holds at least one of Limen's own cookies; allocates nothing. */
  public boolean areIn(byte[] bytes, long valueSpan) {
    if (!Span.isPresent(valueSpan)) {
      return false;
    }
    int end = Span.end(valueSpan);
    int pair = CookiePair.skipSeparators(bytes, Span.start(valueSpan), end);
    while (pair < end) {
      int separator = CookiePair.separatorAfter(bytes, pair, end);
      if (isOwn(bytes, pair, separator)) {
        return true;
      }
      pair = CookiePair.skipSeparators(bytes, separator, end);
    }
    return false;
  }

  /**
   * The field value without Limen's own cookies, one character a byte (ISO-8859-1): empty if there
   * were no others, null if none was Limen's and the field may stay as it is.
   */
  public @Nullable String rest(byte[] bytes, long valueSpan) {
    byte[] rest = restBytes(bytes, valueSpan);
    return rest == null ? null : new String(rest, StandardCharsets.ISO_8859_1);
  }

  /** As {@link #rest}, in bytes. */
  public byte @Nullable [] restBytes(byte[] bytes, long valueSpan) {
    if (!areIn(bytes, valueSpan)) {
      return null;
    }
    int end = Span.end(valueSpan);
    byte[] kept = new byte[Span.length(valueSpan)];
    int length = 0;
    int pair = CookiePair.skipSeparators(bytes, Span.start(valueSpan), end);
    while (pair < end) {
      int separator = CookiePair.separatorAfter(bytes, pair, end);
      int next = CookiePair.skipSeparators(bytes, separator, end);
      if (!isOwn(bytes, pair, separator)) {
        // With the separators behind it, so that what stood between two cookies still does.
        System.arraycopy(bytes, pair, kept, length, next - pair);
        length += next - pair;
      }
      pair = next;
    }
    return Arrays.copyOf(kept, withoutLastSeparators(kept, length));
  }

  /** The names of the flow cookies in the field value, at most {@link #MAX_FLOWS}, in order. */
  public List<String> flowNames(byte[] bytes, long valueSpan) {
    List<String> names = new ArrayList<>();
    if (!Span.isPresent(valueSpan)) {
      return names;
    }
    int end = Span.end(valueSpan);
    int pair = CookiePair.skipSeparators(bytes, Span.start(valueSpan), end);
    while (pair < end && names.size() < MAX_FLOWS) {
      int separator = CookiePair.separatorAfter(bytes, pair, end);
      int nameEnd = endOfName(bytes, pair, separator);
      if (isFlow(bytes, pair, nameEnd)) {
        names.add(new String(bytes, pair, nameEnd - pair, StandardCharsets.ISO_8859_1));
      }
      pair = CookiePair.skipSeparators(bytes, separator, end);
    }
    return names;
  }

  /** The separators behind the last cookie stood before one that was taken out, or before none. */
  private static int withoutLastSeparators(byte[] kept, int length) {
    int end = length;
    while (end > 0 && CookiePair.skipSeparators(kept, end - 1, end) == end) {
      end--;
    }
    return end;
  }

  private boolean isOwn(byte[] bytes, int pair, int pairEnd) {
    int nameEnd = endOfName(bytes, pair, pairEnd);
    return Arrays.equals(bytes, pair, nameEnd, sessionName, 0, sessionName.length)
        || isFlow(bytes, pair, nameEnd);
  }

  private boolean isFlow(byte[] bytes, int pair, int nameEnd) {
    return nameEnd - pair >= flowPrefix.length
        && Arrays.equals(bytes, pair, pair + flowPrefix.length, flowPrefix, 0, flowPrefix.length);
  }

  private static int endOfName(byte[] bytes, int pair, int pairEnd) {
    int equals = pair;
    while (equals < pairEnd && bytes[equals] != '=') {
      equals++;
    }
    return CookiePair.trimEnd(bytes, pair, equals);
  }
}
