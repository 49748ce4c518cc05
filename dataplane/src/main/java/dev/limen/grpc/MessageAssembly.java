package dev.limen.grpc;

import dev.limen.extauthz.CheckRequestReader;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts the one message of a unary call together, however its bytes are cut into DATA frames.
 *
 * <pre>
 *   Length-Prefixed-Message = Compressed-Flag Message-Length Message     gRPC, PROTOCOL-HTTP2.md
 *
 *   PREFIX --5 bytes--> MESSAGE --Message-Length bytes--> WHOLE --one more byte--> TOO_MANY_BYTES
 *      |--flag 1--> COMPRESSED    |--flag above 1--> BAD_FLAG    |--length--> TOO_LONG
 *                      MESSAGE --more than the connection may hold--> NO_ROOM
 * </pre>
 *
 * <p>Invariant: all arrays together are no larger than twice what was received, but for one short
 * part: a length is only a claim. All of them are counted for the connection until the message is
 * taken, refused or {@linkplain #abandon() abandoned}. After a refusal all further bytes are
 * skipped. Confined to its event loop; the caller keeps and releases the buffers.
 */
final class MessageAssembly {
  /** How far the message is, or why it will never be. */
  enum State {
    /** Fewer than five bytes so far. */
    PREFIX,
    /** The length is known, the message not complete. */
    MESSAGE,
    /** Exactly one message. */
    WHOLE,
    /** Refused: bytes after the message, be they a second message or not. */
    TOO_MANY_BYTES,
    /** Refused: the message is compressed. */
    COMPRESSED,
    /** Refused: the flag is neither 0 nor 1. */
    BAD_FLAG,
    /** Refused: longer than a check may be. */
    TOO_LONG,
    /** Refused: the connection holds too much of unfinished messages already. */
    NO_ROOM
  }

  /** The longest message that is taken. */
  static final int MAX_MESSAGE_BYTES = CheckRequestReader.MAX_BYTES;

  private static final int PREFIX_BYTES = 5;

  /** What a part has room for at least, however short its frame: frames may hold a byte each. */
  private static final int PART_BYTES = 4_096;

  private static final byte[] NOTHING = {};

  private final UnfinishedBytes unfinished;
  private State state = State.PREFIX;
  private int prefixCount;
  private int flag;
  private long declaredLength;
  private byte[] part = NOTHING;
  private int partCount;
  private @Nullable List<byte[]> fullParts;
  private int messageCount;
  private int heldBytes;

  /** Nothing of a message yet; its bytes will be counted in {@code unfinished}. */
  MessageAssembly(UnfinishedBytes unfinished) {
    this.unfinished = unfinished;
  }

  /** Takes all of {@code data}; what came of it. */
  State add(ByteBuf data) {
    while (data.isReadable() && state == State.PREFIX) {
      addToPrefix(data.readUnsignedByte());
    }
    if (state == State.MESSAGE && data.isReadable()) {
      addToMessage(data);
    }
    if (state == State.WHOLE && data.isReadable()) {
      refuse(State.TOO_MANY_BYTES);
    }
    data.skipBytes(data.readableBytes());
    return state;
  }

  /** How far the message is. */
  State state() {
    return state;
  }

  /** The message's bytes, once it is whole; exactly as many, and not kept here any longer. */
  byte[] takeMessage() {
    assert state == State.WHOLE : "state=" + state;
    byte[] whole = part;
    if (fullParts != null) {
      whole = new byte[messageCount];
      int at = 0;
      for (byte[] full : fullParts) {
        System.arraycopy(full, 0, whole, at, full.length);
        at += full.length;
      }
      System.arraycopy(part, 0, whole, at, partCount);
    }
    forget();
    return whole;
  }

  /** Nobody waits for the message any more. */
  void abandon() {
    forget();
  }

  private void addToPrefix(int octet) {
    if (prefixCount == 0) {
      flag = octet;
    } else {
      declaredLength = declaredLength << Byte.SIZE | octet;
    }
    prefixCount++;
    if (prefixCount == PREFIX_BYTES) {
      endPrefix();
    }
  }

  private void endPrefix() {
    if (flag > 1) {
      refuse(State.BAD_FLAG);
    } else if (flag == 1) {
      refuse(State.COMPRESSED);
    } else if (declaredLength > MAX_MESSAGE_BYTES) {
      refuse(State.TOO_LONG);
    } else {
      state = declaredLength == 0 ? State.WHOLE : State.MESSAGE;
    }
  }

  /** A message in one frame gets one array of its length; any other is joined when it is whole. */
  private void addToMessage(ByteBuf data) {
    int length = (int) declaredLength;
    while (data.isReadable() && messageCount < length) {
      int capacity = Math.min(length - messageCount, Math.max(data.readableBytes(), PART_BYTES));
      if (partCount == part.length && !beginPart(capacity)) {
        refuse(State.NO_ROOM);
        return;
      }
      int count = Math.min(data.readableBytes(), part.length - partCount);
      // Not getBytes, which costs an object on an unpooled direct buffer.
      data.readBytes(part, partCount, count);
      partCount += count;
      messageCount += count;
    }
    if (messageCount == length) {
      state = State.WHOLE;
    }
  }

  private boolean beginPart(int capacity) {
    if (!unfinished.take(capacity)) {
      return false;
    }
    heldBytes += capacity;
    if (partCount > 0) {
      if (fullParts == null) {
        fullParts = new ArrayList<>();
      }
      fullParts.add(part);
    }
    part = new byte[capacity];
    partCount = 0;
    return true;
  }

  private void refuse(State refusal) {
    state = refusal;
    forget();
  }

  private void forget() {
    part = NOTHING;
    partCount = 0;
    fullParts = null;
    unfinished.give(heldBytes);
    heldBytes = 0;
  }
}
