package dev.limen.grpc;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 client that sends the frames that a test names, and keeps what comes back. */
final class FrameClient implements AutoCloseable {
  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  static final String CHECK = "/envoy.service.auth.v3.Authorization/Check";
  static final String HEALTH = "/grpc.health.v1.Health/Check";

  private static final int HEADER_TABLE_SIZE = 1;
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final DataInputStream in;
  private final HeaderBlocks headerBlocks = new HeaderBlocks();
  private final Map<Integer, Answer> answers = new HashMap<>();
  private final List<Frame> control = new ArrayList<>();
  private final List<Frame> all = new ArrayList<>();
  private boolean acknowledges = true;

  /** What came back on one stream. */
  static final class Answer {
    final List<Integer> frameTypes = new ArrayList<>();
    final List<Map<String, String>> headers = new ArrayList<>();
    final ByteArrayOutputStream data = new ByteArrayOutputStream();
    int lastDataFlags;
    @Nullable Integer resetCode;
    boolean ended;

    /** The one message, without its prefix, which must say its exact length. */
    byte[] message() {
      ByteBuffer bytes = ByteBuffer.wrap(data.toByteArray());
      byte flag = bytes.get();
      int length = bytes.getInt();
      if (flag != 0 || length != bytes.remaining()) {
        throw new AssertionError("flag=" + flag + " length=" + length + " of " + bytes.remaining());
      }
      byte[] message = new byte[length];
      bytes.get(message);
      return message;
    }

    @Nullable String trailer(String name) {
      return headers.getLast().get(name);
    }

    @Nullable String grpcStatus() {
      return headers.isEmpty() ? null : trailer("grpc-status");
    }
  }

  FrameClient(InetSocketAddress server) throws IOException {
    socket = new Socket(server.getAddress(), server.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = new DataInputStream(socket.getInputStream());
  }

  /** Preface and settings, as Envoy sends them. */
  FrameClient open(int... settings) throws IOException {
    send(PREFACE);
    send(Frame.settings(settings), Frame.ofInt(Frame.WINDOW_UPDATE, 0, 1 << 24));
    return this;
  }

  /** What is sent is a recording, and holds its own acknowledgements. */
  FrameClient replaying() {
    acknowledges = false;
    return this;
  }

  void send(Frame... frames) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      bytes.writeBytes(frame.toBytes());
      allowTableOf(frame);
    }
    send(bytes.toByteArray());
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** What our settings say of the header table holds for what we read. */
  private void allowTableOf(Frame frame) {
    if (frame.type() == Frame.SETTINGS && !frame.has(Frame.ACK)) {
      ByteBuffer settings = ByteBuffer.wrap(frame.payload());
      while (settings.hasRemaining()) {
        int identifier = settings.getShort();
        int value = settings.getInt();
        if (identifier == HEADER_TABLE_SIZE) {
          headerBlocks.allow(value);
        }
      }
    }
  }

  /** The HEADERS of a call. */
  static Frame call(int stream, String path, String... more) {
    List<String> pairs =
        new ArrayList<>(
            List.of(
                ":method",
                "POST",
                ":scheme",
                "http",
                ":path",
                path,
                ":authority",
                "limen",
                "te",
                "trailers",
                "content-type",
                "application/grpc"));
    pairs.addAll(List.of(more));
    return Frame.headers(stream, false, pairs.toArray(String[]::new));
  }

  /** A message behind its five bytes. */
  static byte[] prefixed(byte[] message) {
    return ByteBuffer.allocate(5 + message.length)
        .put((byte) 0)
        .putInt(message.length)
        .put(message)
        .array();
  }

  /** Calls Check and reads the answer. */
  Answer check(int stream, byte[] message) throws IOException {
    send(call(stream, CHECK), Frame.data(stream, true, prefixed(message)));
    return answer(stream);
  }

  /** Reads until {@code stream} has ended. */
  Answer answer(int stream) throws IOException {
    while (!answers.computeIfAbsent(stream, _ -> new Answer()).ended) {
      take(readFrame());
    }
    return answers.get(stream);
  }

  /** What came for {@code stream} until now. */
  @Nullable Answer soFar(int stream) {
    return answers.get(stream);
  }

  /** Reads until a control frame of {@code type} that was not asked for before. */
  Frame control(int type) throws IOException {
    while (true) {
      for (int i = 0; i < control.size(); i++) {
        if (control.get(i).type() == type) {
          return control.remove(i);
        }
      }
      take(readFrame());
    }
  }

  /** Sends a PING and reads until its answer: all frames that were sent before have come. */
  void roundTrip(long data) throws IOException {
    byte[] payload = ByteBuffer.allocate(Long.BYTES).putLong(data).array();
    send(new Frame(Frame.PING, 0, 0, payload));
    while (true) {
      Frame ping = control(Frame.PING);
      if (ping.has(Frame.ACK) && ByteBuffer.wrap(ping.payload()).getLong() == data) {
        return;
      }
    }
  }

  /** Reads to the end of the connection. */
  void readToEnd() throws IOException {
    for (Frame frame = readFrameOrEnd(); frame != null; frame = readFrameOrEnd()) {
      take(frame);
    }
  }

  /** Every frame that came, in order. */
  List<Frame> all() {
    return all;
  }

  private String describe() {
    StringBuilder text = new StringBuilder();
    for (Frame frame : all) {
      text.append(frame.type()).append('/').append(frame.stream()).append(' ');
      if (frame.type() == Frame.GOAWAY) {
        byte[] payload = frame.payload();
        text.append(new String(payload, 8, payload.length - 8, StandardCharsets.UTF_8)).append(' ');
      }
    }
    return text.toString();
  }

  private Frame readFrame() throws IOException {
    Frame frame = readFrameOrEnd();
    if (frame == null) {
      throw new AssertionError("the server ended the connection, after " + describe());
    }
    return frame;
  }

  private @Nullable Frame readFrameOrEnd() throws IOException {
    int first = in.read();
    if (first < 0) {
      return null;
    }
    int length = first << 16 | in.readUnsignedShort();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt();
    Frame frame = new Frame(type, flags, stream, in.readNBytes(length));
    all.add(frame);
    return frame;
  }

  private void take(Frame frame) throws IOException {
    if (acknowledges && frame.type() == Frame.SETTINGS && !frame.has(Frame.ACK)) {
      send(new Frame(Frame.SETTINGS, Frame.ACK, 0, new byte[0]));
    }
    if (frame.stream() == 0) {
      control.add(frame);
      return;
    }
    Answer answer = answers.computeIfAbsent(frame.stream(), _ -> new Answer());
    answer.frameTypes.add(frame.type());
    switch (frame.type()) {
      case Frame.HEADERS -> answer.headers.add(headerBlocks.read(frame.payload()));
      case Frame.DATA -> {
        answer.data.writeBytes(frame.payload());
        answer.lastDataFlags = frame.flags();
      }
      case Frame.RST_STREAM -> {
        answer.resetCode = frame.intAt(0);
        answer.ended = true;
      }
      default -> {}
    }
    boolean ends = frame.type() == Frame.HEADERS || frame.type() == Frame.DATA;
    answer.ended |= ends && frame.has(Frame.END_STREAM);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
