package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.Reason;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request without query, judged once: refused, plain, or readable in more than one
 * way.
 *
 * <p>Invariant: a {@linkplain #isPlain() plain} path is the request's own bytes, and no reader in
 * the field (gateway, framework, file system) takes it for another path; only such a path can be
 * public. Of any other the judged form is the most collapsed reading, so that protection is not
 * evaded by spelling. Time is linear in the length. Immutable.
 *
 * <pre>
 *   origin-form = absolute-path [ "?" query ]               RFC 9112, section 3.2.1
 *   segment     = *( unreserved / pct-encoded / sub-delims / ":" / "@" )   RFC 3986, section 3.3
 *
 *   refused     no "/" first (absolute, authority and asterisk form); "#", a blank or a control
 *               byte anywhere; in the path: a byte from 0x80, a backslash, an escape that is none,
 *               or one for a slash, a backslash or a control byte
 *   unclear     any other escape, a path parameter (";"), an empty segment, "." or "..", and
 *               bytes that stand in no segment
 * </pre>
 *
 * <p>The judged form of an unclear path: escapes of unreserved bytes decoded (RFC 3986, section
 * 6.2.2.2), parameters cut, dot segments resolved (section 5.2.4), empty segments merged.
 */
final class NormalPath {
  private static final int UNRESERVED = 1;
  private static final int PLAIN = 2;
  private static final int REFUSED_IN_PATH = 4;
  private static final int REFUSED_ANYWHERE = 8;

  /** What each byte is, since every byte of every path is asked. */
  private static final byte[] KINDS = kinds();

  private final byte[] bytes;
  private final int start;
  private final int end;
  private final boolean plain;
  private final @Nullable Reason refusal;

  private NormalPath(byte[] bytes, long span, boolean plain, @Nullable Reason refusal) {
    this.bytes = bytes;
    this.start = Span.start(span);
    this.end = Span.end(span);
    this.plain = plain;
    this.refusal = refusal;
  }

  /** Judges the request target at {@code target} in {@code bytes}: path and query. */
  static NormalPath of(byte[] bytes, long target) {
    int from = Span.start(target);
    int end = Span.end(target);
    if (!Span.isPresent(target) || from == end) {
      return refused(Reason.REQUEST_MALFORMED);
    }
    if (bytes[from] != '/') {
      return refused(Reason.TARGET_FORM_REFUSED);
    }
    int pathEnd = from;
    boolean plain = true;
    while (pathEnd < end && bytes[pathEnd] != '?') {
      if (isRefusedInPath(bytes, pathEnd, end)) {
        return refused(Reason.PATH_AMBIGUOUS);
      }
      plain &= is(PLAIN, bytes[pathEnd]) && !isAfterDotOrEmptySegment(bytes, from, pathEnd);
      pathEnd++;
    }
    for (int i = pathEnd; i < end; i++) {
      if (is(REFUSED_ANYWHERE, bytes[i])) {
        return refused(Reason.PATH_AMBIGUOUS);
      }
    }
    plain &= !endsWithDotSegment(bytes, from, pathEnd);
    return plain
        ? new NormalPath(bytes, Span.of(from, pathEnd), true, null)
        : collapsed(bytes, from, pathEnd);
  }

  /** Why the path is refused, or null if it is not. */
  @Nullable Reason refusal() {
    return refusal;
  }

  /** Whether every reader reads the same path. */
  boolean isPlain() {
    return plain;
  }

  /**
   * What is left when escapes are decoded as long as there are any, as an upstream does that
   * decodes once more than its gateway; null where that is no other path.
   */
  @Nullable NormalPath decoded() {
    if (plain || refusal != null) {
      return null;
    }
    byte[] decoded = new byte[end - start];
    int length = 0;
    for (int at = start; at < end; at++) {
      decoded[length++] = bytes[at] == '\\' ? (byte) '/' : bytes[at];
      length = shrunk(decoded, length);
    }
    NormalPath other = collapsed(decoded, 0, length);
    byte[] otherBytes = Arrays.copyOfRange(other.bytes, other.start, other.end);
    return isSame(otherBytes) ? null : other;
  }

  /** The array that the judged form stands in. */
  byte[] bytes() {
    return bytes;
  }

  /** Where the judged form begins: at its first slash. */
  int start() {
    return start;
  }

  /** Where the judged form ends. */
  int end() {
    return end;
  }

  /** Where the segment that holds {@code from} ends: at the next slash, or at the end. */
  int endOfSegment(int from) {
    int at = from;
    while (at < end && bytes[at] != '/') {
      at++;
    }
    return at;
  }

  /** Whether the judged form is exactly {@code path}. */
  boolean isSame(byte[] path) {
    return Arrays.equals(bytes, start, end, path, 0, path.length);
  }

  /** Whether the judged form begins with {@code prefix}. */
  boolean startsWith(byte[] prefix) {
    return end - start >= prefix.length
        && Arrays.equals(bytes, start, start + prefix.length, prefix, 0, prefix.length);
  }

  /** The judged form, one character a byte; for pages and tests. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(end - start);
    for (int i = start; i < end; i++) {
      text.append((char) (bytes[i] & 0xff));
    }
    return text.toString();
  }

  private static NormalPath refused(Reason reason) {
    return new NormalPath(new byte[0], Span.of(0, 0), false, reason);
  }

  private static byte[] kinds() {
    byte[] kinds = new byte[256];
    for (int b = 0; b < kinds.length; b++) {
      boolean unreserved =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || "-._~".indexOf(b) >= 0;
      boolean plain = unreserved || "/:@!$&'()*+,=".indexOf(b) >= 0;
      boolean anywhere = b <= 0x20 || b == 0x7f || b == '#';
      boolean inPath = anywhere || b >= 0x80 || b == '\\';
      kinds[b] =
          (byte)
              ((unreserved ? UNRESERVED : 0)
                  | (plain ? PLAIN : 0)
                  | (inPath ? REFUSED_IN_PATH : 0)
                  | (anywhere ? REFUSED_ANYWHERE : 0));
    }
    return kinds;
  }

  private static boolean is(int kind, int b) {
    return (KINDS[b & 0xff] & kind) != 0;
  }

  private static boolean isRefusedInPath(byte[] bytes, int at, int end) {
    byte b = bytes[at];
    if (b != '%') {
      return is(REFUSED_IN_PATH, b);
    }
    int escaped = escapedAt(bytes, at, end);
    return escaped < 0x20 || escaped == '/' || escaped == '\\' || escaped == 0x7f;
  }

  /** The byte that the escape at {@code at} stands for, or -1 if it is none. */
  private static int escapedAt(byte[] bytes, int at, int end) {
    if (end - at < 3) {
      return -1;
    }
    int high = Character.digit(bytes[at + 1], 16);
    int low = Character.digit(bytes[at + 2], 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  /**
   * Decodes the escapes that end at {@code length}, one made by another too. Each makes it shorter,
   * so that a path of {@code %25252525} takes no longer than any other.
   */
  private static int shrunk(byte[] decoded, int length) {
    int end = length;
    while (end >= 3 && decoded[end - 3] == '%') {
      int escaped = escapedAt(decoded, end - 3, end);
      if (escaped < 0) {
        break;
      }
      end -= 2;
      decoded[end - 1] = (byte) (escaped == '\\' ? '/' : escaped);
    }
    return end;
  }

  /** Whether {@code at} is a slash, and what it ends is an empty or a dot segment. */
  private static boolean isAfterDotOrEmptySegment(byte[] bytes, int from, int at) {
    return at > from
        && bytes[at] == '/'
        && (bytes[at - 1] == '/' || endsWithDotSegment(bytes, from, at));
  }

  private static boolean endsWithDotSegment(byte[] bytes, int from, int end) {
    int at = end;
    while (at > from && end - at < 3 && bytes[at - 1] == '.') {
      at--;
    }
    int dots = end - at;
    return (dots == 1 || dots == 2) && at > from && bytes[at - 1] == '/';
  }

  private static NormalPath collapsed(byte[] bytes, int from, int end) {
    byte[] judged = new byte[end - from];
    int length = 0;
    int at = from;
    boolean directory = true;
    while (at < end) {
      // At a slash: one segment with the slash before it.
      int segmentStart = length;
      judged[length++] = '/';
      at++;
      boolean inParameters = false;
      while (at < end && bytes[at] != '/') {
        int b = bytes[at] == '%' ? escapedAt(bytes, at, end) : bytes[at];
        inParameters |= bytes[at] == ';';
        if (bytes[at] == '%' && is(UNRESERVED, b)) {
          at += 2;
        } else {
          b = bytes[at];
        }
        if (!inParameters) {
          judged[length++] = (byte) b;
        }
        at++;
      }
      int segment = length - segmentStart - 1;
      directory = segment == 0 || endsWithDotSegment(judged, segmentStart, length);
      if (directory) {
        boolean up = segment == 2;
        length = up ? lastSlash(judged, segmentStart) : segmentStart;
      }
    }
    if (directory) {
      judged[length++] = '/';
    }
    return new NormalPath(judged, Span.of(0, length), false, null);
  }

  /** Where the segment before {@code length} begins, at its slash; 0 above the root. */
  private static int lastSlash(byte[] judged, int length) {
    int at = length;
    while (at > 0 && judged[at - 1] != '/') {
      at--;
    }
    return Math.max(0, at - 1);
  }
}
