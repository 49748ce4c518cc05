package dev.limen.check;

import dev.limen.bytes.Span;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The question that a gateway asks: may this request pass, and as whom? Whatever the wire, the
 * fields are spans into one byte array, and none of them is copied to be looked at.
 *
 * <p>Invariant: every span lies inside {@link #bytes()}; the array does not change while the check
 * is under way, so it may be read after an asynchronous answer from the store. Confined to one
 * check, but for its {@linkplain #notes() notes}. Source: Envoy's {@code
 * AttributeContext.HttpRequest} (attribute_context.proto).
 *
 * <p>Headers have lower-case names. Which of several entries of one name count was decided by
 * whoever filled this in, by the rules of its wire; what stands here counts.
 */
public final class CheckRequest {
  /** More headers than this are refused before a check is made. */
  public static final int MAX_HEADERS = 1_000;

  private static final int INITIAL_HEADERS = 32;

  private final byte[] bytes;
  private final Target target;
  private final long deadlineNanos;
  private long[] names;
  private long[] values;
  private int headerCount;
  private volatile CheckNotes notes = CheckNotes.NONE;

  /**
   * What is asked for: spans into the check's bytes, {@link Span#ABSENT} where the wire had none.
   *
   * @param method as sent, upper-case by convention
   * @param scheme {@code http} or {@code https}, as the gateway saw it
   * @param host authority with port, as sent
   * @param path path and query, as the gateway normalised it; begins with a slash if well-formed
   */
  public record Target(long method, long scheme, long host, long path) {
    /** Whether method, host and path are there and not empty; without them there is no question. */
    public boolean isWhole() {
      return isGiven(method) && isGiven(host) && isGiven(path);
    }

    private static boolean isGiven(long span) {
      return Span.isPresent(span) && Span.length(span) > 0;
    }
  }

  /**
   * A check without headers yet.
   *
   * @param bytes where all spans point into; owned by this check from now on
   * @param deadlineNanos when the answer must be known, on {@link System#nanoTime()}'s scale
   */
  public CheckRequest(byte[] bytes, Target target, long deadlineNanos) {
    this(bytes, target, deadlineNanos, new long[INITIAL_HEADERS], new long[INITIAL_HEADERS]);
    headerCount = 0;
  }

  /**
   * A check with headers, all of which count.
   *
   * @param names spans of lower-case names, at most {@link #MAX_HEADERS}; owned by this check
   * @param values their values' spans, in the same order
   */
  public CheckRequest(
      byte[] bytes, Target target, long deadlineNanos, long[] names, long[] values) {
    this.bytes = bytes;
    this.target = target;
    this.deadlineNanos = deadlineNanos;
    this.names = names;
    this.values = values;
    headerCount = names.length;
  }

  /** Adds one header; false when there are {@link #MAX_HEADERS} already. */
  public boolean addHeader(long name, long value) {
    if (headerCount == MAX_HEADERS) {
      return false;
    }
    if (headerCount == names.length) {
      int more = Math.max(INITIAL_HEADERS, headerCount * 2);
      names = Arrays.copyOf(names, more);
      values = Arrays.copyOf(values, more);
    }
    names[headerCount] = name;
    values[headerCount] = value;
    headerCount++;
    return true;
  }

  /** The array that all spans point into; not to be written to. */
  public byte[] bytes() {
    return bytes;
  }

  /** Method, scheme, host and path. */
  public Target target() {
    return target;
  }

  /** When the answer must be known, on {@link System#nanoTime()}'s scale. */
  public long deadlineNanos() {
    return deadlineNanos;
  }

  /**
   * What was learned about this check so far. Whoever decides writes it, on any thread; whoever
   * answers, perhaps because the deadline passed first, reads it.
   */
  public CheckNotes notes() {
    return notes;
  }

  /** Replaces what was learned so far. */
  public void note(CheckNotes learned) {
    notes = learned;
  }

  /** How many headers count. */
  public int headerCount() {
    return headerCount;
  }

  /** The span of the name of header {@code i}, lower-case. */
  public long headerName(int i) {
    return names[i];
  }

  /** The span of the value of header {@code i}, without surrounding blanks. */
  public long headerValue(int i) {
    return values[i];
  }

  /** The span of the first header named {@code name} (lower-case), or {@link Span#ABSENT}. */
  public long header(byte[] name) {
    for (int i = 0; i < headerCount; i++) {
      if (isSame(names[i], name)) {
        return values[i];
      }
    }
    return Span.ABSENT;
  }

  /** Whether the bytes of {@code span} are exactly {@code expected}. */
  public boolean isSame(long span, byte[] expected) {
    return Span.isPresent(span)
        && Arrays.equals(bytes, Span.start(span), Span.end(span), expected, 0, expected.length);
  }

  /** The bytes of {@code span} as text, one character a byte; for slow paths only. */
  public String text(long span) {
    return Span.isPresent(span)
        ? new String(bytes, Span.start(span), Span.length(span), StandardCharsets.ISO_8859_1)
        : "";
  }

  /** What no log may show stays out of it. */
  @Override
  public String toString() {
    return "CheckRequest[" + headerCount + " headers]";
  }
}
