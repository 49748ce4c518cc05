package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.DoorConfig;
import dev.limen.check.FakeChecks;
import dev.limen.check.FakeFigures;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each limit of a connection by its name, at it and one past it, on a clock of the test's own. */
@Timeout(120)
class GrpcLimitsTest {
  private static final int SETTINGS_TIMEOUT = 4;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int COMPRESSION_ERROR = 9;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final int MESSAGE_SECONDS = 7;
  private static final int CALLS = 64;
  private static final int MESSAGE_BYTES = 4_000;
  private static final Frame ACK = new Frame(Frame.SETTINGS, Frame.ACK, 0, new byte[0]);
  private static final byte[] ALICE = FrameClient.prefixed(DoorFixture.checkOf("alice", "/orders"));

  private final FakeChecks checks = new FakeChecks();
  private final FakeFigures figures = new FakeFigures();
  private final List<Frame> written = new ArrayList<>();
  private EmbeddedChannel channel;

  @BeforeEach
  void open() {
    GrpcService service = new GrpcService(checks, () -> true, figures, TimeUnit.DAYS.toNanos(1));
    channel = new EmbeddedChannel();
    channel.freezeTime();
    channel
        .pipeline()
        .addLast(
            new GrpcConnectionBuilder(
                    service,
                    DoorConfig.unfinished(
                        Duration.ofSeconds(MESSAGE_SECONDS), CALLS * MESSAGE_BYTES))
                .build());
    channel.pipeline().fireChannelActive();
    channel.writeInbound(Unpooled.wrappedBuffer(FrameClient.PREFACE));
    send(Frame.settings());
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void send(Frame... frames) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      bytes.writeBytes(frame.toBytes());
    }
    channel.writeInbound(Unpooled.wrappedBuffer(bytes.toByteArray()));
  }

  private void pass(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runPendingTasks();
  }

  /** All frames that were written so far. */
  private List<Frame> frames() {
    channel.runPendingTasks();
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      all.writeBytes(bytes);
      bytes.release();
    }
    while (all.isReadable()) {
      byte[] payload = new byte[all.readUnsignedMedium()];
      int type = all.readUnsignedByte();
      int flags = all.readUnsignedByte();
      int stream = all.readInt();
      all.readBytes(payload);
      written.add(new Frame(type, flags, stream, payload));
    }
    return written;
  }

  private List<Integer> typesOn(int stream) {
    return frames().stream().filter(f -> f.stream() == stream).map(Frame::type).toList();
  }

  /** The connection goes on. */
  private void assertUsable(int stream) {
    send(FrameClient.call(stream, FrameClient.CHECK), Frame.data(stream, true, ALICE));
    assertThat(typesOn(stream)).containsExactly(Frame.HEADERS, Frame.DATA, Frame.HEADERS);
  }

  /** The connection was ended for {@code error}, and that was counted. */
  private void assertEnded(int error) {
    assertThat(frames())
        .filteredOn(frame -> frame.type() == Frame.GOAWAY)
        .extracting(frame -> frame.intAt(4))
        .containsExactly(error);
    assertThat(channel.isOpen()).isFalse();
    assertThat(figures.refusedLabels()).containsExactly("protocol_error");
  }

  private void assertNotEnded() {
    assertThat(frames()).noneMatch(frame -> frame.type() == Frame.GOAWAY);
    assertThat(channel.isOpen()).isTrue();
    assertThat(figures.refusedLabels()).isEmpty();
  }

  private static byte[] begun(int length, int count) {
    byte[] bytes = new byte[5 + count];
    ByteBuffer.wrap(bytes).put((byte) 0).putInt(length);
    return bytes;
  }

  @Test
  @DisplayName("A83 settings that are not acknowledged within SETTINGS_ACK_SECONDS are an end")
  void settingsThatAreNotAcknowledgedAreAnEnd() {
    pass(GrpcConnection.SETTINGS_ACK_SECONDS - 1);
    send(Frame.settings());
    assertNotEnded();
    pass(1);

    assertEnded(SETTINGS_TIMEOUT);
  }

  @Test
  @DisplayName("settings that are acknowledged in time are no end")
  void settingsThatAreAcknowledgedAreNoEnd() {
    pass(GrpcConnection.SETTINGS_ACK_SECONDS - 1);
    send(ACK);
    pass(GrpcConnection.SETTINGS_ACK_SECONDS);

    assertNotEnded();
    assertUsable(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 5, 30})
  @DisplayName(
      "A83 a message that does not arrive within messageTimeout is 4, and its stream reset")
  void aMessageThatDoesNotArriveIs4(int count) {
    send(ACK, FrameClient.call(1, FrameClient.CHECK));
    send(Frame.data(1, false, Arrays.copyOf(ALICE, count)));
    pass(MESSAGE_SECONDS - 1);
    assertThat(typesOn(1)).isEmpty();
    assertNotEnded();
    pass(1);

    assertThat(typesOn(1)).containsExactly(Frame.HEADERS, Frame.RST_STREAM);
    Frame trailers = frames().stream().filter(f -> f.stream() == 1).findFirst().orElseThrow();
    assertThat(new HeaderBlocks().read(trailers.payload())).containsEntry("grpc-status", "4");
    assertThat(figures.refusedLabels()).containsExactly("request_incomplete");
    assertThat(checks.seen()).isEmpty();
    assertUsable(3);
  }

  @Test
  @DisplayName("a message that arrives at last is a check, and may wait for its answer")
  void aMessageThatArrivesAtLastIsACheck() {
    byte[] slow = FrameClient.prefixed(DoorFixture.checkOf("alice", "/slow"));
    send(ACK, FrameClient.call(1, FrameClient.CHECK), Frame.data(1, false, slow));
    pass(MESSAGE_SECONDS - 1);
    send(Frame.data(1, true, new byte[0]));
    pass(5 * MESSAGE_SECONDS);

    assertThat(checks.waitingCount()).isEqualTo(1);
    assertThat(typesOn(1)).isEmpty();
    assertNotEnded();
  }

  @Test
  @DisplayName("a message that began after others has its whole time, and less than twice as much")
  void aMessageThatBeganAfterOthersHasItsWholeTime() {
    send(ACK, FrameClient.call(1, FrameClient.CHECK));
    pass(1);
    send(FrameClient.call(3, FrameClient.CHECK));
    pass(MESSAGE_SECONDS - 1);
    assertThat(typesOn(1)).contains(Frame.RST_STREAM);
    assertThat(typesOn(3)).isEmpty();
    pass(MESSAGE_SECONDS - 1);
    assertThat(typesOn(3)).isEmpty();
    pass(1);

    assertThat(typesOn(3)).contains(Frame.RST_STREAM);
  }

  @Test
  @DisplayName("a call that was refused and goes on without end is reset, and counted once")
  void aRefusedCallThatGoesOnIsReset() {
    send(ACK, FrameClient.call(1, "/nothing"), FrameClient.call(3, FrameClient.CHECK));
    send(Frame.data(3, false, new byte[] {7, 0, 0, 0, 0}));
    assertThat(figures.refusedLabels()).containsExactly("not_found", "request_malformed");
    pass(MESSAGE_SECONDS);

    assertThat(typesOn(1)).containsExactly(Frame.HEADERS, Frame.RST_STREAM);
    assertThat(typesOn(3)).containsExactly(Frame.HEADERS, Frame.RST_STREAM);
    assertThat(figures.refusedLabels()).hasSize(2);
  }

  @Test
  @DisplayName(
      "A86 messages that are unfinished hold maxUnfinishedBytes; one more is 8, others go on")
  void unfinishedMessagesHoldSoMuchAndNoMore() {
    send(ACK);
    byte[] head = Arrays.copyOf(ALICE, 5);
    for (int i = 0; i < CALLS; i++) {
      send(FrameClient.call(2 * i + 1, FrameClient.CHECK));
      send(Frame.data(2 * i + 1, false, begun(MESSAGE_BYTES, 1)));
    }
    assertNotEnded();
    int next = 2 * CALLS + 1;
    send(FrameClient.call(next, FrameClient.CHECK));
    send(Frame.data(next, false, begun(MESSAGE_BYTES, 1)));
    assertThat(typesOn(next)).containsExactly(Frame.HEADERS);
    assertThat(figures.refusedLabels()).containsExactly("too_much_unfinished");

    send(Frame.ofInt(Frame.RST_STREAM, 1, 8));
    send(FrameClient.call(next + 2, FrameClient.CHECK), Frame.data(next + 2, false, head));
    send(Frame.data(next + 2, true, Arrays.copyOfRange(ALICE, 5, ALICE.length)));
    assertThat(typesOn(next + 2)).containsExactly(Frame.HEADERS, Frame.DATA, Frame.HEADERS);
    assertUsable(next + 4);
    assertThat(figures.refusedLabels()).hasSize(1);
  }

  @Test
  @DisplayName("a message that was refused, answered or late holds nothing any more")
  void whatIsOverHoldsNothing() {
    send(ACK);
    for (int i = 0; i < 3 * CALLS; i += 3) {
      int refused = 2 * i + 1;
      send(FrameClient.call(refused, FrameClient.CHECK));
      send(Frame.data(refused, false, begun(3_000, 1)), Frame.data(refused, true, new byte[4_000]));
      assertUsable(refused + 2);
    }
    for (int i = 0; i < CALLS; i++) {
      int late = 6 * CALLS + 2 * i + 1;
      send(FrameClient.call(late, FrameClient.CHECK));
      send(Frame.data(late, false, begun(MESSAGE_BYTES, 1)));
    }
    pass(MESSAGE_SECONDS);
    pass(MESSAGE_SECONDS);
    assertThat(figures.refusedLabels()).doesNotContain("too_much_unfinished");

    assertUsable(8 * CALLS + 1);
  }

  @Test
  @DisplayName("C61 padding counts for the window, and is given back")
  void paddingIsGivenBack() {
    send(ACK, FrameClient.call(1, "/nothing"));
    byte[] padding = new byte[256];
    padding[0] = (byte) 254;
    Frame padded = new Frame(Frame.DATA, Frame.PADDED, 1, padding);
    for (int i = 0; i < 2 * GrpcConnectionBuilder.STREAM_WINDOW_BYTES / padding.length; i++) {
      send(padded);
    }

    assertThat(typesOn(1)).contains(Frame.WINDOW_UPDATE).doesNotContain(Frame.RST_STREAM);
    assertThat(frames()).noneMatch(frame -> frame.type() == Frame.GOAWAY);
  }

  @Test
  @DisplayName("a frame of MAX_FRAME_BYTES is taken, one byte more is an end")
  void aFrameHasItsLimit() {
    byte[] most = begun(2 * GrpcConnectionBuilder.MAX_FRAME_BYTES, 0);
    byte[] padded = Arrays.copyOf(most, GrpcConnectionBuilder.MAX_FRAME_BYTES);
    send(ACK, FrameClient.call(1, FrameClient.CHECK), Frame.data(1, false, padded));
    assertNotEnded();
    send(Frame.data(1, false, new byte[GrpcConnectionBuilder.MAX_FRAME_BYTES + 1]));

    assertEnded(FRAME_SIZE_ERROR);
  }

  private void sendInFragments(int stream, int count) {
    byte[] block = FrameClient.call(stream, FrameClient.CHECK).payload();
    send(new Frame(Frame.HEADERS, 0, stream, block));
    for (int i = 2; i < count; i++) {
      send(new Frame(Frame.CONTINUATION, 0, stream, new byte[0]));
    }
    send(new Frame(Frame.CONTINUATION, Frame.END_HEADERS, stream, new byte[0]));
  }

  @Test
  @DisplayName("A80 C60 MAX_SMALL_FRAGMENTS are a header block, one more is an end")
  void smallFragmentsHaveTheirLimit() {
    send(ACK);
    sendInFragments(1, GrpcConnectionBuilder.MAX_SMALL_FRAGMENTS);
    assertNotEnded();
    sendInFragments(3, GrpcConnectionBuilder.MAX_SMALL_FRAGMENTS + 1);

    assertEnded(ENHANCE_YOUR_CALM);
  }

  @Test
  @DisplayName("A82 C77 MAX_EMPTY_DATA in a row are taken, one more is an end")
  void emptyDataHasItsLimit() {
    send(ACK, FrameClient.call(1, FrameClient.CHECK));
    for (int i = 0; i < GrpcConnectionBuilder.MAX_EMPTY_DATA; i++) {
      send(Frame.data(1, false, new byte[0]));
    }
    assertNotEnded();
    send(Frame.data(1, false, new byte[0]));

    assertEnded(ENHANCE_YOUR_CALM);
  }

  /** A call whose header list counts {@code bytes} (RFC 9113, section 6.5.2). */
  private static Frame callOf(int stream, int bytes) {
    int call = 0;
    String[] fields = {
      ":method",
      "POST",
      ":scheme",
      "http",
      ":path",
      FrameClient.CHECK,
      ":authority",
      "limen",
      "te",
      "trailers",
      "content-type",
      "application/grpc",
      "x",
      ""
    };
    for (String field : fields) {
      call += field.length() + 16;
    }
    return FrameClient.call(stream, FrameClient.CHECK, "x", "v".repeat(bytes - call));
  }

  @Test
  @DisplayName(
      "C72 headers of MAX_HEADER_LIST_BYTES are a call, one byte more is 431 on its stream")
  void aHeaderListHasItsLimit() {
    int most = GrpcConnectionBuilder.MAX_HEADER_LIST_BYTES;
    send(ACK, callOf(1, most), Frame.data(1, true, ALICE));
    assertThat(typesOn(1)).containsExactly(Frame.HEADERS, Frame.DATA, Frame.HEADERS);
    assertNotEnded();
    send(callOf(3, most + 1), Frame.data(3, true, ALICE));

    Frame refusal = frames().stream().filter(f -> f.stream() == 3).findFirst().orElseThrow();
    assertThat(new HeaderBlocks().read(refusal.payload())).containsEntry(":status", "431");
    assertThat(figures.refusedLabels()).containsExactly("request_too_large");
    assertUsable(5);
  }

  /** A call's headers in as many frames as they need, padded to a block of {@code bytes}. */
  private void sendBlockOf(int stream, int bytes) {
    int padding =
        bytes - FrameClient.call(stream, FrameClient.CHECK, "x", "v".repeat(999)).payload().length;
    byte[] block =
        FrameClient.call(stream, FrameClient.CHECK, "x", "v".repeat(999 + padding - 1)).payload();
    assertThat(block).hasSize(bytes);
    int most = GrpcConnectionBuilder.MAX_FRAME_BYTES;
    send(new Frame(Frame.HEADERS, 0, stream, Arrays.copyOf(block, most)));
    byte[] rest = Arrays.copyOfRange(block, most, block.length);
    send(new Frame(Frame.CONTINUATION, Frame.END_HEADERS, stream, rest));
  }

  @Test
  @DisplayName("C72 a block of a quarter more is 431 on its stream, one byte more is an end")
  void aHeaderBlockHasItsLimit() {
    int most = GrpcConnectionBuilder.MAX_HEADER_LIST_BYTES * 5 / 4;
    send(ACK);
    sendBlockOf(1, most);
    assertThat(figures.refusedLabels()).containsExactly("request_too_large");
    assertUsable(3);
    sendBlockOf(5, most + 1);

    assertThat(channel.isOpen()).isFalse();
    assertThat(figures.refusedLabels()).containsExactly("request_too_large", "protocol_error");
  }

  /** A dynamic table size update, 5 bits and then 7 (RFC 7541, section 6.3), before a call. */
  private static Frame tableOf(int stream, int size) {
    byte[] call = FrameClient.call(stream, FrameClient.CHECK).payload();
    int rest = size - 31;
    byte[] block = new byte[3 + call.length];
    block[0] = 0x3f;
    block[1] = (byte) ((rest & 0x7f) | 0x80);
    block[2] = (byte) (rest >> 7);
    System.arraycopy(call, 0, block, 3, call.length);
    return new Frame(Frame.HEADERS, Frame.END_HEADERS, stream, block);
  }

  @Test
  @DisplayName("C71 a header table of HEADER_TABLE_BYTES may be used, one byte more is an end")
  void aHeaderTableHasItsLimit() {
    send(ACK, tableOf(1, GrpcConnectionBuilder.HEADER_TABLE_BYTES), Frame.data(1, true, ALICE));
    assertThat(typesOn(1)).containsExactly(Frame.HEADERS, Frame.DATA, Frame.HEADERS);
    assertNotEnded();
    send(tableOf(3, GrpcConnectionBuilder.HEADER_TABLE_BYTES + 1));

    assertEnded(COMPRESSION_ERROR);
  }

  /** Keeps what is written, as a socket does whose other side reads nothing. */
  private static final class Stalled extends ChannelOutboundHandlerAdapter {
    private int count;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      count++;
      ReferenceCountUtil.release(message);
    }
  }

  @Test
  @DisplayName(
      "A82 C76 MAX_QUEUED_CONTROL_FRAMES wait for a gateway that reads none; one more ends it")
  void controlFramesThatAreNotTakenHaveTheirLimit() {
    send(ACK);
    frames();
    Stalled stalled = new Stalled();
    channel.pipeline().addFirst(stalled);
    byte[] ping = new Frame(Frame.PING, 0, 0, new byte[8]).toBytes();
    for (int i = 0; i < GrpcConnectionBuilder.MAX_QUEUED_CONTROL_FRAMES; i++) {
      channel.writeInbound(Unpooled.wrappedBuffer(ping));
    }
    assertThat(figures.refusedLabels()).isEmpty();
    assertThat(stalled.count)
        .isGreaterThanOrEqualTo(GrpcConnectionBuilder.MAX_QUEUED_CONTROL_FRAMES);
    channel.writeInbound(Unpooled.wrappedBuffer(ping));

    assertThat(figures.refusedLabels()).containsExactly("protocol_error");
  }

  @Test
  @DisplayName("A79 MAX_RST_SENT_PER_WINDOW resets are provoked, one more is an end")
  void resetsThatAreProvokedHaveTheirLimit() {
    send(ACK);
    int most = GrpcConnectionBuilder.MAX_RST_SENT_PER_WINDOW;
    for (int i = 0; i < most; i++) {
      int stream = 2 * i + 1;
      send(
          FrameClient.call(stream, FrameClient.CHECK), Frame.ofInt(Frame.WINDOW_UPDATE, stream, 0));
    }
    assertThat(channel.isOpen()).isTrue();
    int stream = 2 * most + 1;
    send(FrameClient.call(stream, FrameClient.CHECK), Frame.ofInt(Frame.WINDOW_UPDATE, stream, 0));

    assertThat(channel.isOpen()).isFalse();
  }
}
