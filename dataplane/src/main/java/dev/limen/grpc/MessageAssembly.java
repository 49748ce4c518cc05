package dev.limen.grpc;

import dev.limen.extauthz.CheckRequestReader;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Puts the one message of a unary call together, however its bytes are cut into DATA frames.
 *
 * <pre>
 *   Length-Prefixed-Message = Compressed-Flag Message-Length Message     gRPC, PROTOCOL-HTTP2.md
 *
 *   PREFIX --5 bytes--> MESSAGE --Message-Length bytes--> WHOLE --one more byte--> TOO_MANY_BYTES
 *      |--flag 1--> COMPRESSED    |--flag above 1--> BAD_FLAG    |--length--> TOO_LONG
 * </pre>
 *
 * <p>Invariant: no array is larger than twice what was received, or than the limit: a length is
 * only a claim. After a refusal all further bytes are skipped. Confined to its event loop; the
 * caller keeps and releases the buffers.
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
    TOO_LONG
  }

  /** The longest message that is taken. */
  static final int MAX_MESSAGE_BYTES = CheckRequestReader.MAX_BYTES;

  private static final int PREFIX_BYTES = 5;
  private static final int FIRST_CAPACITY = 4_096;
  private static final byte[] NOTHING = {};

  private State state = State.PREFIX;
  private int prefixCount;
  private int flag;
  private long declaredLength;
  private byte[] message = NOTHING;
  private int messageCount;

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
    byte[] whole = messageCount == message.length ? message : Arrays.copyOf(message, messageCount);
    message = NOTHING;
    return whole;
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

  private void addToMessage(ByteBuf data) {
    int length = (int) declaredLength;
    int count = Math.min(data.readableBytes(), length - messageCount);
    int needed = messageCount + count;
    if (needed > message.length) {
      int doubled = Math.max(2 * message.length, FIRST_CAPACITY);
      int capacity = needed == length ? length : Math.min(length, Math.max(needed, doubled));
      message = Arrays.copyOf(message, capacity);
    }
    // Not getBytes, which costs an object on an unpooled direct buffer.
    data.readBytes(message, messageCount, count);
    messageCount = needed;
    if (messageCount == length) {
      state = State.WHOLE;
    }
  }

  private void refuse(State refusal) {
    state = refusal;
    message = NOTHING;
  }
}
