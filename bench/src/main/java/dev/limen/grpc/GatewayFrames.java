package dev.limen.grpc;

import dev.limen.bytes.ByteWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A gateway at the other end of an embedded connection: writes the frames of one check after the
 * other, reads the frames of the answers.
 *
 * <p>Invariant: the frames of every answer's stream have as many bytes as those of the second,
 * whose message was read and is an allow; any other length stops the run. (The first fills the
 * header table of the connection.) Frames about the connection are not counted. Source: RFC 9113,
 * sections 4.1 and 6; HPACK literals without indexing (RFC 7541, section 6.2.2).
 */
final class GatewayFrames {
  private static final int HEADERS = 1;
  private static final int DATA = 0;
  private static final int SETTINGS = 4;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_HEADERS = 4;
  private static final int END_STREAM = 1;
  private static final int MAX_WINDOW = Integer.MAX_VALUE;
  private static final int DEFAULT_WINDOW = 65_535;
  private static final int FRAME_HEADER = 9;

  /** Before a message: whether it is compressed, and its length. */
  private static final int GRPC_PREFIX = 5;

  /** {@code status} of code 0, which has no bytes, then {@code ok_response}. */
  private static final byte[] ALLOW = {0x0a, 0, 0x1a};

  private final EmbeddedChannel connection;
  private final byte[] headerBlock;
  private final byte[] message;
  private @Nullable ByteBuf answered;
  private final byte[] frameHeader = new byte[FRAME_HEADER];
  private int frameHeaderRead;
  private int payloadLeft;
  private int streamId = -1;
  private int answerLength;
  private int unacknowledged;

  /** Opens the connection and asks twice. */
  GatewayFrames(EmbeddedChannel connection, String path, String sessionCookie) {
    this.connection = connection;
    this.headerBlock = headerBlock();
    this.message = message(path, sessionCookie);
    ByteBuf hello = Unpooled.buffer();
    hello.writeCharSequence("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", StandardCharsets.US_ASCII);
    frame(hello, SETTINGS, 0, 0, 6).writeShort(4).writeInt(MAX_WINDOW);
    frame(hello, WINDOW_UPDATE, 0, 0, 4).writeInt(MAX_WINDOW - DEFAULT_WINDOW);
    connection.writeInbound(hello);
    discard();
    ask();
    ByteBuf data = Unpooled.buffer();
    answered = data;
    answerLength = ask();
    answered = null;
    requireAllow(data);
  }

  private static void requireAllow(ByteBuf data) {
    boolean isAllow = data.readableBytes() >= GRPC_PREFIX + ALLOW.length;
    for (int i = 0; isAllow && i < ALLOW.length; i++) {
      isAllow = data.getByte(GRPC_PREFIX + i) == ALLOW[i];
    }
    if (!isAllow) {
      throw new IllegalStateException("no allow: answer=" + ByteBufUtil.hexDump(data));
    }
  }

  /** One check; the number of bytes of its answer. */
  int check() {
    int length = ask();
    if (length != answerLength) {
      throw new IllegalStateException("answer changed: " + answerLength + " to " + length);
    }
    return length;
  }

  void close() {
    connection.finishAndReleaseAll();
  }

  private int ask() {
    streamId += 2;
    ByteBuf call = connection.alloc().buffer();
    frame(call, HEADERS, END_HEADERS, streamId, headerBlock.length).writeBytes(headerBlock);
    frame(call, DATA, END_STREAM, streamId, 5 + message.length)
        .writeByte(0)
        .writeInt(message.length)
        .writeBytes(message);
    unacknowledged += answerLength;
    if (unacknowledged > DEFAULT_WINDOW) {
      frame(call, WINDOW_UPDATE, 0, 0, 4).writeInt(unacknowledged);
      unacknowledged = 0;
    }
    connection.writeInbound(call);
    connection.runPendingTasks();
    return discard();
  }

  /** Reads all that was answered; the number of bytes in frames of the last check's stream. */
  private int discard() {
    int length = 0;
    for (ByteBuf out = connection.readOutbound(); out != null; out = connection.readOutbound()) {
      while (out.isReadable()) {
        length += readPart(out);
      }
      out.release();
    }
    return length;
  }

  /** Reads up to the end of a frame's header, or of its payload: a buffer may end in either. */
  private int readPart(ByteBuf out) {
    if (payloadLeft > 0) {
      int read = Math.min(payloadLeft, out.readableBytes());
      if (answered != null && isDataOfTheCheck()) {
        answered.writeBytes(out, out.readerIndex(), read);
      }
      out.skipBytes(read);
      payloadLeft -= read;
      return 0;
    }
    frameHeader[frameHeaderRead++] = out.readByte();
    if (frameHeaderRead < FRAME_HEADER) {
      return 0;
    }
    frameHeaderRead = 0;
    payloadLeft = number(0, 3);
    return number(5, FRAME_HEADER) == streamId ? FRAME_HEADER + payloadLeft : 0;
  }

  private boolean isDataOfTheCheck() {
    return frameHeader[3] == DATA && number(5, FRAME_HEADER) == streamId;
  }

  private int number(int from, int to) {
    int number = 0;
    for (int i = from; i < to; i++) {
      number = (number << Byte.SIZE) | (frameHeader[i] & 0xff);
    }
    return number;
  }

  private static ByteBuf frame(ByteBuf out, int type, int flags, int streamId, int length) {
    return out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(streamId);
  }

  private static byte[] headerBlock() {
    ByteWriter out = new ByteWriter(4_096);
    literal(out, ":method", "POST");
    literal(out, ":path", "/envoy.service.auth.v3.Authorization/Check");
    literal(out, ":scheme", "http");
    literal(out, ":authority", "limen");
    literal(out, "te", "trailers");
    literal(out, "grpc-timeout", "2000m");
    literal(out, "content-type", "application/grpc");
    return out.toByteArray();
  }

  private static void literal(ByteWriter out, String name, String value) {
    out.writeByte(0);
    out.writeByte(name.length());
    out.write(name.getBytes(StandardCharsets.US_ASCII));
    out.writeByte(value.length());
    out.write(value.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] message(String path, String sessionCookie) {
    ByteWriter out = new ByteWriter(16_384);
    int attributes = out.beginMessage(1);
    int request = out.beginMessage(4);
    int http = out.beginMessage(2);
    out.writeField(2, "GET");
    header(out, "accept", "text/html,application/xhtml+xml");
    header(out, "accept-encoding", "gzip, deflate, br");
    header(out, "accept-language", "en-GB,en;q=0.9");
    header(out, "cookie", "theme=dark; __Host-limen=" + sessionCookie + "; lang=en");
    header(out, "sec-fetch-dest", "document");
    header(out, "sec-fetch-mode", "navigate");
    header(out, "sec-fetch-site", "none");
    header(out, "user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0");
    header(out, "x-forwarded-for", "192.0.2.7");
    header(out, "x-forwarded-proto", "http");
    header(out, "x-request-id", "5b6f3f0e-3c55-4b2f-9d3a-8b1f5d0a1c11");
    out.writeField(4, path);
    out.writeField(5, "localhost:8080");
    out.writeField(6, "http");
    out.endMessage(http);
    out.endMessage(request);
    out.endMessage(attributes);
    return out.toByteArray();
  }

  private static void header(ByteWriter out, String name, String value) {
    int entry = out.beginMessage(3);
    out.writeField(1, name);
    out.writeField(2, value);
    out.endMessage(entry);
  }
}
