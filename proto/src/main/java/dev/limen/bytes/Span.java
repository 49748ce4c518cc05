package dev.limen.bytes;

/**
 * A stretch of a byte array, packed into one {@code long}: start in the high half, end in the low.
 *
 * <p>Invariant: {@code 0 <= start <= end}, so every span is at least 0, and the two answers that
 * are no span ({@link #ABSENT}, {@link #AMBIGUOUS}) are below it. A span says nothing about which
 * array it belongs to; whoever hands one out says that. Stateless; safe for all threads.
 */
public final class Span {
  /** There is no such thing. */
  public static final long ABSENT = -1L;

  /** There are several such things, and choosing one would be a guess. */
  public static final long AMBIGUOUS = -2L;

  private Span() {}

  /** Packs {@code start} (inclusive) and {@code end} (exclusive), both indexes into one array. */
  public static long of(int start, int end) {
    assert 0 <= start && start <= end : "start=" + start + " end=" + end;
    return ((long) start << Integer.SIZE) | end;
  }

  /** Whether {@code span} is a stretch of bytes, and neither absent nor ambiguous. */
  public static boolean isPresent(long span) {
    return span >= 0;
  }

  /** The index of the first byte. */
  public static int start(long span) {
    return (int) (span >>> Integer.SIZE);
  }

  /** The index after the last byte. */
  public static int end(long span) {
    return (int) span;
  }

  /** The number of bytes. */
  public static int length(long span) {
    return end(span) - start(span);
  }
}
