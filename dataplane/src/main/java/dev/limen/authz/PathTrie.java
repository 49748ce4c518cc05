package dev.limen.authz;

import dev.limen.check.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one host, by path: a tree whose edges are segments.
 *
 * <p>Invariant: the most specific pattern wins, segment by segment from the left, whatever the
 * order in which patterns were added: a literal before a star, a star with more text around it
 * before one with less, and any of them before {@code /*}, which takes all that is left. Each node
 * is visited once at most and each segment is compared within itself, so that a search is linear in
 * the path for the patterns that there are. Not changed after construction; then safe for all
 * threads.
 *
 * <pre>
 *   /api/*&#47;status   root ── "api" ── * ── "status": here
 *   /api/*          root ── "api": below
 *   /report-*.pdf   root ── "report-" * ".pdf": here
 * </pre>
 */
final class PathTrie {
  /** What stands at the end of a pattern for a prefix. */
  private static final String ALL_BELOW = "/*";

  private final Node root = new Node(new byte[0], null);

  /**
   * A rule at the end of a pattern.
   *
   * @param methods those it is for; none for all
   * @param route what they need
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes to compare with; rules are compared nowhere
  record Rule(List<byte[]> methods, Route route) {
    /** Named methods before any. */
    static final Comparator<Rule> MOST_SPECIFIC_FIRST =
        Comparator.comparing(rule -> rule.methods.isEmpty());

    /** A path that can be read in two ways lets nobody pass. */
    private boolean isFor(CheckRequest request, NormalPath path) {
      return (!route.mode().passesNobody() || path.isPlain())
          && (methods.isEmpty() || isNamed(request));
    }

    private boolean isNamed(CheckRequest request) {
      for (byte[] method : methods) {
        if (request.isSame(request.target().method(), method)) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * One segment of a pattern, and what may follow it.
   *
   * <p>Invariant: {@code after} is null for a literal; otherwise the segment begins with {@code
   * before}, ends with {@code after}, and is at least as long as both.
   */
  private static final class Node {
    private static final Comparator<Node> BY_BYTES = (a, b) -> Arrays.compare(a.before, b.before);
    private static final Comparator<Node> MOST_TEXT_FIRST =
        Comparator.comparingInt((Node node) -> -node.textLength())
            .thenComparing((a, b) -> b.before.length - a.before.length)
            .thenComparing(BY_BYTES);

    private final byte[] before;
    private final byte @Nullable [] after;
    private final List<Node> literals = new ArrayList<>();
    private final List<Node> starred = new ArrayList<>();
    private final List<Rule> here = new ArrayList<>();
    private final List<Rule> below = new ArrayList<>();

    Node(byte[] before, byte @Nullable [] after) {
      this.before = before;
      this.after = after;
    }

    static Node of(String segment) {
      int star = segment.indexOf('*');
      byte[] whole = segment.getBytes(StandardCharsets.US_ASCII);
      return star < 0
          ? new Node(whole, null)
          : new Node(Arrays.copyOf(whole, star), Arrays.copyOfRange(whole, star + 1, whole.length));
    }

    Node child(String segment) {
      Node node = of(segment);
      List<Node> children = node.after == null ? literals : starred;
      for (Node child : children) {
        if (Arrays.equals(child.before, node.before) && Arrays.equals(child.after, node.after)) {
          return child;
        }
      }
      children.add(node);
      children.sort(node.after == null ? BY_BYTES : MOST_TEXT_FIRST);
      return node;
    }

    private int textLength() {
      return before.length + (after == null ? 0 : after.length);
    }

    /** A star that is a whole segment takes no empty one. */
    boolean matches(byte[] bytes, int start, int end) {
      byte[] tail = after;
      if (tail == null) {
        return Arrays.equals(bytes, start, end, before, 0, before.length);
      }
      int least = Math.max(1, before.length + tail.length);
      return end - start >= least
          && Arrays.equals(bytes, start, start + before.length, before, 0, before.length)
          && Arrays.equals(bytes, end - tail.length, end, tail, 0, tail.length);
    }

    @Nullable Node literal(byte[] bytes, int start, int end) {
      int low = 0;
      int high = literals.size() - 1;
      while (low <= high) {
        int middle = (low + high) >>> 1;
        byte[] text = literals.get(middle).before;
        int order = Arrays.compare(text, 0, text.length, bytes, start, end);
        if (order == 0) {
          return literals.get(middle);
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle - 1;
      }
      return null;
    }
  }

  /** Adds {@code rule} for {@code pattern}, whose segments were checked. */
  void add(String pattern, Rule rule) {
    boolean prefix = pattern.endsWith(ALL_BELOW);
    String segments =
        prefix ? pattern.substring(0, pattern.length() - ALL_BELOW.length()) : pattern;
    Node node = root;
    if (!segments.isEmpty()) {
      for (String segment : segments.substring(1).split("/", -1)) {
        node = node.child(segment);
      }
    }
    List<Rule> rules = prefix ? node.below : node.here;
    rules.add(rule);
    rules.sort(Rule.MOST_SPECIFIC_FIRST);
  }

  /** The route of {@code request}, which asks for {@code path}; null if no pattern fits. */
  @Nullable Route find(CheckRequest request, NormalPath path) {
    return find(root, request, path, path.start());
  }

  /** At {@code at} is the slash before the next segment, or the end of the path. */
  private static @Nullable Route find(Node node, CheckRequest request, NormalPath path, int at) {
    if (at == path.end()) {
      return first(node.here, request, path);
    }
    int start = at + 1;
    int end = path.endOfSegment(start);
    Node literal = node.literal(path.bytes(), start, end);
    Route found = literal == null ? null : find(literal, request, path, end);
    for (int i = 0; found == null && i < node.starred.size(); i++) {
      Node starred = node.starred.get(i);
      if (starred.matches(path.bytes(), start, end)) {
        found = find(starred, request, path, end);
      }
    }
    return found != null ? found : first(node.below, request, path);
  }

  private static @Nullable Route first(List<Rule> rules, CheckRequest request, NormalPath path) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).isFor(request, path)) {
        return rules.get(i).route();
      }
    }
    return null;
  }
}
