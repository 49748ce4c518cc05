package dev.limen.bytes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A byte array that grows up to a limit, with the few words of the protobuf wire format.
 *
 * <p>Invariant: {@code length <= limit}, and what was written stays as it was written: a write that
 * would pass the limit throws and leaves the writer unchanged.
 *
 * <pre>
 *   message := (tag value)*        tag := (field &lt;&lt; 3) | wire type, as a varint
 *   value   := varint              wire type 0
 *            | length bytes        wire type 2; a message, a string or bytes
 * </pre>
 *
 * <p>Source: the protobuf encoding specification. A nested message is written between {@link
 * #beginMessage} and {@link #endMessage}, which go in pairs. Not safe for several threads.
 */
public final class ByteWriter {
  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int INITIAL_CAPACITY = 256;

  private final int limit;
  private byte[] bytes;
  private int length;

  /**
   * @param limit the most bytes that this writer ever holds
   */
  public ByteWriter(int limit) {
    if (limit <= 0) {
      throw new IllegalArgumentException("limit must be positive: limit=" + limit);
    }
    this.limit = limit;
    this.bytes = new byte[Math.min(limit, INITIAL_CAPACITY)];
  }

  /** The array that holds what was written, from index 0; replaced when the writer grows. */
  public byte[] array() {
    return bytes;
  }

  /** The number of bytes written. */
  public int length() {
    return length;
  }

  /** What was written, as an array of its own. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** Forgets what was written, and overwrites it: it may have been a token. */
  public void clear() {
    Arrays.fill(bytes, 0, length, (byte) 0);
    length = 0;
  }

  /** Appends one byte. */
  public void writeByte(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  /** Appends all of {@code source}. */
  public void write(byte[] source) {
    reserve(source.length);
    System.arraycopy(source, 0, bytes, length, source.length);
    length += source.length;
  }

  /** Appends {@code span} of {@code source}. */
  public void write(byte[] source, long span) {
    int count = Span.length(span);
    reserve(count);
    System.arraycopy(source, Span.start(span), bytes, length, count);
    length += count;
  }

  /** Appends the shortest varint for {@code value}, taken as unsigned. */
  public void writeVarint(long value) {
    reserve(varintLength(value));
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  /** Appends a field of wire type 0. */
  public void writeVarintField(int field, long value) {
    reserve(varintLength(tag(field, VARINT)) + varintLength(value));
    writeVarint(tag(field, VARINT));
    writeVarint(value);
  }

  /** Appends a field of wire type 2: a message that is encoded already, or bytes. */
  public void writeField(int field, byte[] value) {
    int prefix = varintLength(tag(field, LENGTH_DELIMITED)) + varintLength(value.length);
    reserve((long) prefix + value.length);
    writeVarint(tag(field, LENGTH_DELIMITED));
    writeVarint(value.length);
    write(value);
  }

  /** Appends a field of wire type 2: {@code value} in UTF-8. */
  public void writeField(int field, String value) {
    writeField(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Begins a nested message; hand what this returns to {@link #endMessage}. */
  public int beginMessage(int field) {
    reserve(varintLength(tag(field, LENGTH_DELIMITED)) + 1L);
    writeVarint(tag(field, LENGTH_DELIMITED));
    writeByte(0);
    return length;
  }

  /**
   * Ends the nested message that began at {@code start}: puts its length before it, moving the
   * message when the length needs more than the one byte that was kept for it.
   */
  public void endMessage(int start) {
    int messageLength = length - start;
    int extra = varintLength(messageLength) - 1;
    reserve(extra);
    System.arraycopy(bytes, start, bytes, start + extra, messageLength);
    int end = length + extra;
    length = start - 1;
    writeVarint(messageLength);
    length = end;
  }

  /** The number of bytes of the shortest varint for {@code value}, taken as unsigned. */
  public static int varintLength(long value) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
    return (bits + 6) / 7;
  }

  private static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }

  private void reserve(long count) {
    long needed = length + count;
    if (needed > limit) {
      throw new IllegalStateException(
          "a writer must not pass its limit: limit=" + limit + " needed=" + needed);
    }
    if (needed > bytes.length) {
      grow((int) needed);
    }
  }

  private void grow(int needed) {
    byte[] smaller = bytes;
    int doubled = (int) Math.min(limit, smaller.length * 2L);
    bytes = Arrays.copyOf(smaller, Math.max(needed, doubled));
    // The old array may hold a token; the garbage collector would keep it readable for a while.
    Arrays.fill(smaller, (byte) 0);
  }
}
