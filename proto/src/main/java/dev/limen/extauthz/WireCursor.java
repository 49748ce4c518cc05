package dev.limen.extauthz;

import dev.limen.bytes.Span;

/**
 * Walks over bytes in protobuf's wire format, one field at a time.
 *
 * <p>Invariant: {@code position <= limit <= bytes.length}; no byte at or beyond the limit is read,
 * and nothing that the bytes say makes a method throw, recurse or allocate.
 *
 * <pre>
 *   tag    = varint: field number &lt;&lt; 3 | wire type; the number is never 0
 *   value  = varint               wire type 0   at most 10 bytes, need not be the shortest
 *          | 8 bytes              wire type 1
 *          | varint, bytes        wire type 2   so many bytes, all before the limit
 *          | fields, end tag      wire type 3   a group, ended by wire type 4 with its number
 *          | 4 bytes              wire type 5
 * </pre>
 *
 * <p>Source: the protobuf encoding specification; where it is silent, what protobuf-java does: tags
 * and lengths are the low 32 bits of their varint, and messages and groups nest at most 100 deep.
 * Reusable; not safe for several threads.
 */
final class WireCursor {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH_DELIMITED = 2;
  static final int START_GROUP = 3;
  static final int END_GROUP = 4;
  static final int FIXED32 = 5;

  /** What {@link #readTag} answers where no tag stands; no legal tag has this value. */
  static final int NO_TAG = 0;

  /** How deep messages and groups may stand in one another, together. */
  static final int MAX_NESTING = 100;

  private static final int MAX_VARINT_BITS = 70;
  private static final byte[] NOTHING = {};

  private final int[] openGroups = new int[MAX_NESTING];
  private byte[] bytes = NOTHING;
  private int position;
  private int limit;
  private long varint;

  /** Puts the cursor at the start of {@code message} in {@code bytes}, and the limit at its end. */
  void reset(byte[] bytes, long message) {
    this.bytes = bytes;
    position = Span.start(message);
    limit = Span.end(message);
  }

  /** Lets go of the array, so that a cursor at rest keeps no request alive. */
  void release() {
    reset(NOTHING, Span.of(0, 0));
  }

  int position() {
    return position;
  }

  int limit() {
    return limit;
  }

  /** Moves the limit: to the end of a message that is entered, or back to that of the outer one. */
  void limitTo(int end) {
    assert position <= end && end <= bytes.length : "position=" + position + " end=" + end;
    limit = end;
  }

  /** Moves the position back or forth, within the limit. */
  void moveTo(int index) {
    assert index <= limit : "index=" + index + " limit=" + limit;
    position = index;
  }

  boolean atLimit() {
    return position == limit;
  }

  /** The tag that stands here, or {@link #NO_TAG} where none does. */
  int readTag() {
    if (!readVarint()) {
      return NO_TAG;
    }
    int tag = (int) varint;
    return fieldOf(tag) == 0 ? NO_TAG : tag;
  }

  /** Whether a varint stands here; then {@link #varint} is its value. */
  boolean readVarint() {
    long value = 0;
    int next = position;
    for (int shift = 0; shift < MAX_VARINT_BITS && next < limit; shift += 7) {
      byte group = bytes[next++];
      value |= (long) (group & 0x7f) << shift;
      if (group >= 0) {
        varint = value;
        position = next;
        return true;
      }
    }
    return false;
  }

  long varint() {
    return varint;
  }

  /** The span of the length-delimited value that stands here, or {@link Span#ABSENT}. */
  long readLengthDelimited() {
    if (!readVarint()) {
      return Span.ABSENT;
    }
    int length = (int) varint;
    if (length < 0 || length > limit - position) {
      return Span.ABSENT;
    }
    long span = Span.of(position, position + length);
    position += length;
    return span;
  }

  /**
   * Skips the value of a field that means nothing to us, groups with all that is in them.
   *
   * @param nesting how many messages are open around the field
   * @return whether there was such a value
   */
  boolean skip(int tag, int nesting) {
    int open = 0;
    for (int next = tag; next != NO_TAG; next = readTag()) {
      int wireType = wireTypeOf(next);
      if (wireType == START_GROUP) {
        if (nesting + open >= MAX_NESTING) {
          return false;
        }
        openGroups[open++] = fieldOf(next);
      } else if (wireType == END_GROUP) {
        if (open == 0 || openGroups[--open] != fieldOf(next)) {
          return false;
        }
      } else if (!skipValue(wireType)) {
        return false;
      }
      if (open == 0) {
        return true;
      }
    }
    return false;
  }

  private boolean skipValue(int wireType) {
    return switch (wireType) {
      case VARINT -> readVarint();
      case FIXED64 -> skipBytes(Long.BYTES);
      case LENGTH_DELIMITED -> Span.isPresent(readLengthDelimited());
      case FIXED32 -> skipBytes(Integer.BYTES);
      default -> false;
    };
  }

  private boolean skipBytes(int count) {
    if (limit - position < count) {
      return false;
    }
    position += count;
    return true;
  }

  private static int fieldOf(int tag) {
    return tag >>> 3;
  }

  private static int wireTypeOf(int tag) {
    return tag & 7;
  }
}
