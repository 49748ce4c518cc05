package dev.limen.authz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.limen.bytes.Span;
import dev.limen.check.Reason;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Any bytes as a request target: they are refused, plain, judged and decoded as a slow reader says
 * that replaces and splits text; and what is plain is the same path to the JDK's own reader.
 *
 * <p>Invariant: the slow reader shares no code with the judge.
 */
@NullMarked
class NormalPathFuzz {
  private static final Pattern ESCAPE = Pattern.compile("%([0-9A-Fa-f]{2})");
  private static final String UNRESERVED = "[A-Za-z0-9._~-]";

  /** What a reader makes of a target: of a refused one, nothing but why. */
  private record Reading(
      @Nullable Reason refusal, boolean plain, String path, @Nullable String decoded) {
    static Reading refused(Reason reason) {
      return new Reading(reason, false, "", null);
    }
  }

  @FuzzTest
  void aSplittingReaderAgrees(byte[] target) {
    Reading judged = judged(target);
    Reading expected = slow(new String(target, StandardCharsets.ISO_8859_1));
    require(judged.equals(expected), "judged " + judged + ", expected " + expected);
    if (judged.plain) {
      URI uri = URI.create("http://host" + judged.path);
      require(judged.path.equals(uri.normalize().getPath()), "the JDK reads another path");
    }
  }

  /** In the middle of other bytes, which a judge that looks too far takes for the path's. */
  private static Reading judged(byte[] target) {
    byte[] bytes = new byte[target.length + 8];
    System.arraycopy("/../".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 4);
    System.arraycopy(target, 0, bytes, 4, target.length);
    System.arraycopy("2e/#".getBytes(StandardCharsets.US_ASCII), 0, bytes, target.length + 4, 4);
    NormalPath path = NormalPath.of(bytes, Span.of(4, 4 + target.length));
    return new Reading(
        path.refusal(), path.isPlain(), path.toString(), Objects.toString(path.decoded(), null));
  }

  private static Reading slow(String target) {
    if (!target.startsWith("/")) {
      return Reading.refused(
          target.isEmpty() ? Reason.REQUEST_MALFORMED : Reason.TARGET_FORM_REFUSED);
    }
    String path = target.replaceAll("(?s)\\?.*", "");
    boolean clear =
        target.matches("[^\\x00-\\x20\\x7f#]*")
            && ESCAPE.matcher(path).replaceAll("").matches("[!-~&&[^%\\\\]]*")
            && !path.matches("(?i).*%([01][0-9a-f]|2f|5c|7f).*");
    if (!clear) {
      return Reading.refused(Reason.PATH_AMBIGUOUS);
    }
    String judged = resolved(unescaped(path, UNRESERVED));
    boolean plain = path.matches("[A-Za-z0-9._~/:@!$&'()*+,=-]*") && judged.equals(path);
    String decoded = resolved(unescapedThroughAndThrough(judged).replace('\\', '/'));
    return new Reading(null, plain, judged, plain || decoded.equals(judged) ? null : decoded);
  }

  private static String unescapedThroughAndThrough(String path) {
    String before = path;
    String after = unescaped(before, "(?s).");
    while (!after.equals(before)) {
      before = after;
      after = unescaped(before, "(?s).");
    }
    return after;
  }

  /** Decodes, once, each escape of a character that matches {@code which}. */
  private static String unescaped(String path, String which) {
    return ESCAPE
        .matcher(path)
        .replaceAll(escape -> Matcher.quoteReplacement(meant(escape, which)));
  }

  private static String meant(MatchResult escape, String which) {
    String character = Character.toString(Integer.parseInt(escape.group(1), 16));
    return character.matches(which) ? character : escape.group();
  }

  /** Parameters cut, dot segments resolved, empty segments merged. */
  private static String resolved(String path) {
    Deque<String> kept = new ArrayDeque<>();
    String last = "";
    for (String segment : path.replaceAll(";[^/]*", "").substring(1).split("/", -1)) {
      if (segment.equals("..")) {
        kept.pollLast();
      } else if (!segment.equals(".") && !segment.isEmpty()) {
        kept.addLast(segment);
      }
      last = segment;
    }
    boolean directory = last.isEmpty() || last.equals(".") || last.equals("..");
    return "/" + String.join("/", kept) + (directory && !kept.isEmpty() ? "/" : "");
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
