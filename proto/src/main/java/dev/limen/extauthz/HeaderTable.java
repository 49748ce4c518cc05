package dev.limen.extauthz;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import java.util.Arrays;

/**
 * The headers of one request as spans of the bytes that they came in, looked up by name.
 *
 * <p>Invariant: at most {@link #MAX_HEADERS} are held, all of one kind. Lines ({@link #addLine}, as
 * a client sent them) keep their repetitions and their order; entries ({@link #putEntry}, of a map)
 * have one value a name, the last. The first line makes the table one of lines: it drops the
 * entries that stand in it, and further entries are not taken.
 *
 * <p>A table is filled, asked and {@link #reset} again without garbage, once it has grown to the
 * size that its requests need. Names are compared without regard to ASCII case (RFC 9110, section
 * 5.1), so both front doors can use it. Not safe for several threads.
 */
public final class HeaderTable {
  /** The most headers of one request: a hundred times what Envoy lets pass by default. */
  public static final int MAX_HEADERS = 10_000;

  private static final int INITIAL_CAPACITY = 64;
  private static final byte[] NOTHING = {};

  private byte[] bytes = NOTHING;
  private long[] names = new long[INITIAL_CAPACITY];
  private long[] values = new long[INITIAL_CAPACITY];
  private int size;
  private boolean lines;

  /** Forgets all headers; the spans that come next are spans of {@code bytes}. */
  public void reset(byte[] bytes) {
    this.bytes = bytes;
    size = 0;
    lines = false;
  }

  /** Forgets all headers and the bytes, so that a table at rest keeps no request alive. */
  public void clear() {
    reset(NOTHING);
  }

  /** The array that the spans belong to. */
  public byte[] bytes() {
    return bytes;
  }

  /** Takes a header line; whether there was room. */
  public boolean addLine(long name, long value) {
    if (!lines) {
      lines = true;
      size = 0;
    }
    return add(name, value);
  }

  /** Takes an entry of a map, unless lines were taken before; whether there was room. */
  public boolean putEntry(long name, long value) {
    return lines || add(name, value);
  }

  /**
   * The value of the header {@code name}: {@link Span#ABSENT} if there is none, {@link
   * Span#AMBIGUOUS} if there are several lines of that name, which {@link #next} tells apart.
   *
   * @param name in lower case
   */
  public long find(byte[] name) {
    int last = lastBefore(size, name);
    if (last < 0) {
      return Span.ABSENT;
    }
    return lines && lastBefore(last, name) >= 0 ? Span.AMBIGUOUS : values[last];
  }

  /** How many headers of that name there are; of entries never more than one. */
  public int count(byte[] name) {
    int count = 0;
    for (int i = next(name, 0); i >= 0; i = next(name, i + 1)) {
      count++;
    }
    return count;
  }

  /**
   * The index of the first header called {@code name} at or after {@code from}, or -1. Walks over
   * all lines of a name: {@code for (int i = next(name, 0); i >= 0; i = next(name, i + 1))}.
   *
   * @param name in lower case
   */
  public int next(byte[] name, int from) {
    if (!lines) {
      int last = lastBefore(size, name);
      return last >= from ? last : -1;
    }
    for (int i = from; i < size; i++) {
      if (AsciiWord.equalIgnoringCase(name, bytes, names[i])) {
        return i;
      }
    }
    return -1;
  }

  /** The number of headers held; among entries, those that a later one replaces count as well. */
  public int size() {
    return size;
  }

  /** The name of the header at {@code index}, as it came. */
  public long nameAt(int index) {
    return names[checkIndex(index)];
  }

  /** The value of the header at {@code index}. */
  public long valueAt(int index) {
    return values[checkIndex(index)];
  }

  private int checkIndex(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("index=" + index + " size=" + size);
    }
    return index;
  }

  private int lastBefore(int end, byte[] name) {
    for (int i = end - 1; i >= 0; i--) {
      if (AsciiWord.equalIgnoringCase(name, bytes, names[i])) {
        return i;
      }
    }
    return -1;
  }

  private boolean add(long name, long value) {
    if (size == MAX_HEADERS) {
      return false;
    }
    if (size == names.length) {
      int capacity = Math.min(MAX_HEADERS, size * 2);
      names = Arrays.copyOf(names, capacity);
      values = Arrays.copyOf(values, capacity);
    }
    names[size] = name;
    values[size] = value;
    size++;
    return true;
  }
}
