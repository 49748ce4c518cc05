package dev.limen.grpc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A frame of HTTP/2, made and read by hand (RFC 9113, section 4.1).
 *
 * @param type of section 6
 * @param flags of that type
 * @param stream 0 for the connection
 * @param payload without the nine bytes before it
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record Frame(int type, int flags, int stream, byte[] payload) {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;

  static final int HEADER_BYTES = 9;

  /** On the wire. */
  byte[] toBytes() {
    return ByteBuffer.allocate(HEADER_BYTES + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** The integer at {@code index} of the payload. */
  int intAt(int index) {
    return ByteBuffer.wrap(payload).getInt(index);
  }

  /** A frame with an integer and nothing else. */
  static Frame ofInt(int type, int stream, int value) {
    return new Frame(type, 0, stream, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
  }

  /** SETTINGS of pairs: identifier, value. */
  static Frame settings(int... pairs) {
    ByteBuffer payload = ByteBuffer.allocate(pairs.length / 2 * 6);
    for (int i = 0; i < pairs.length; i += 2) {
      payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
    }
    return new Frame(SETTINGS, 0, 0, payload.array());
  }

  /** HEADERS of pairs, name and value, each a literal without indexing (RFC 7541, 6.2.2). */
  static Frame headers(int stream, boolean endStream, String... pairs) {
    int flags = END_HEADERS | (endStream ? END_STREAM : 0);
    return new Frame(HEADERS, flags, stream, block(pairs));
  }

  /** A header block. */
  static byte[] block(String... pairs) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < pairs.length; i += 2) {
      block.write(0);
      writeString(block, pairs[i]);
      writeString(block, pairs[i + 1]);
    }
    return block.toByteArray();
  }

  private static void writeString(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (bytes.length < 127) {
      out.write(bytes.length);
    } else {
      out.write(127);
      int rest = bytes.length - 127;
      while (rest >= 128) {
        out.write((rest & 0x7f) | 0x80);
        rest >>= 7;
      }
      out.write(rest);
    }
    out.writeBytes(bytes);
  }

  static Frame data(int stream, boolean endStream, byte[] payload) {
    return new Frame(DATA, endStream ? END_STREAM : 0, stream, payload);
  }
}
