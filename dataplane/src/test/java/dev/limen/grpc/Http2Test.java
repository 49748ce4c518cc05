package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.limen.check.Decision;
import dev.limen.check.DecisionListener;
import dev.limen.check.Reason;
import dev.limen.grpc.FrameClient.Answer;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/2 under the calls, frame by frame. */
@Timeout(120)
class Http2Test {
  private static final byte[] ALICE = DoorFixture.checkOf("alice", "/orders");
  private static final String CHECK = FrameClient.CHECK;
  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int HEADER_TABLE_SIZE = 1;
  private static final int MAX_CONCURRENT_STREAMS = 3;
  private static final int MAX_HEADER_LIST_SIZE = 6;
  private static final int INTERNAL_ERROR = 2;
  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int ENHANCE_YOUR_CALM = 11;

  private DoorFixture door;
  private FrameClient client;

  @BeforeEach
  void open() throws IOException {
    door = new DoorFixture();
    client = door.connect();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    door.close();
  }

  private static Frame[] check(int stream, String name, String path) {
    byte[] message = FrameClient.prefixed(DoorFixture.checkOf(name, path));
    return new Frame[] {FrameClient.call(stream, CHECK), Frame.data(stream, true, message)};
  }

  private static String userOf(Answer answer) throws IOException {
    return CheckResponse.parseFrom(answer.message())
        .getOkResponse()
        .getHeaders(0)
        .getHeader()
        .getValue();
  }

  private void assertUsable(int stream) throws IOException {
    assertThat(userOf(client.check(stream, ALICE))).isEqualTo("alice");
  }

  @Test
  @DisplayName("C59 the settings announce windows, streams and headers; the window is widened")
  void theSettingsAnnounceWindowsStreamsAndHeaders() throws IOException {
    client.open();
    ByteBuffer settings = ByteBuffer.wrap(client.control(Frame.SETTINGS).payload());
    java.util.Map<Integer, Integer> announced = new java.util.HashMap<>();
    while (settings.hasRemaining()) {
      announced.put((int) settings.getShort(), settings.getInt());
    }

    assertThat(announced)
        .containsEntry(INITIAL_WINDOW_SIZE, GrpcConnectionBuilder.STREAM_WINDOW_BYTES)
        .containsEntry(MAX_CONCURRENT_STREAMS, DoorFixture.MAX_CONCURRENT_STREAMS)
        .containsEntry(MAX_HEADER_LIST_SIZE, GrpcConnectionBuilder.MAX_HEADER_LIST_BYTES);
    assertThat(client.control(Frame.WINDOW_UPDATE).intAt(0))
        .isEqualTo(GrpcConnection.CONNECTION_WINDOW_BYTES - 65_535);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  @DisplayName("C60 a header block in several frames is one")
  void aHeaderBlockInSeveralFramesIsOne(int continuations) throws IOException {
    byte[] block = FrameClient.call(1, CHECK).payload();
    int step = block.length / (continuations + 1);
    client.open();
    client.send(new Frame(Frame.HEADERS, 0, 1, Arrays.copyOf(block, step)));
    for (int i = 1; i <= continuations; i++) {
      boolean last = i == continuations;
      byte[] part = Arrays.copyOfRange(block, i * step, last ? block.length : (i + 1) * step);
      client.send(new Frame(Frame.CONTINUATION, last ? Frame.END_HEADERS : 0, 1, part));
    }
    client.send(Frame.data(1, true, FrameClient.prefixed(ALICE)));

    assertThat(userOf(client.answer(1))).isEqualTo("alice");
  }

  @Test
  @DisplayName("C60 another frame between the parts of a header block ends the connection")
  void anotherFrameInAHeaderBlockEndsTheConnection() throws IOException {
    byte[] block = FrameClient.call(1, CHECK).payload();
    client.open();
    client.send(
        new Frame(Frame.HEADERS, 0, 1, block), Frame.data(1, true, FrameClient.prefixed(ALICE)));

    assertThat(client.control(Frame.GOAWAY).intAt(4)).isEqualTo(PROTOCOL_ERROR);
    assertThat(door.checks.seen()).isEmpty();
  }

  @Test
  @DisplayName("A80 C60 CONTINUATION without end is stopped early")
  void continuationWithoutEndIsStoppedEarly() throws IOException {
    client.open();
    client.send(new Frame(Frame.HEADERS, 0, 1, new byte[0]));
    for (int i = 0; i < 32; i++) {
      client.send(new Frame(Frame.CONTINUATION, 0, 1, new byte[0]));
    }

    assertThat(client.control(Frame.GOAWAY).intAt(4)).isEqualTo(ENHANCE_YOUR_CALM);
  }

  @Test
  @DisplayName("C61 padding and priority change nothing")
  void paddingAndPriorityChangeNothing() throws IOException {
    byte[] message = FrameClient.prefixed(ALICE);
    byte[] padded = ByteBuffer.allocate(1 + message.length + 9).put((byte) 9).put(message).array();
    byte[] block = FrameClient.call(1, CHECK).payload();
    byte[] withPriority =
        ByteBuffer.allocate(5 + block.length).putInt(0).put((byte) 15).put(block).array();
    client.open();
    client.send(
        new Frame(Frame.HEADERS, Frame.END_HEADERS | 0x20, 1, withPriority),
        new Frame(Frame.DATA, Frame.END_STREAM | Frame.PADDED, 1, padded));

    assertThat(userOf(client.answer(1))).isEqualTo("alice");
  }

  @Test
  @DisplayName("C62 interleaved calls are answered each with its own result")
  void interleavedCallsAreAnsweredEachWithItsOwn() throws IOException {
    int count = 1_000;
    client.open();
    for (int i = 0; i < count; i++) {
      client.send(FrameClient.call(2 * i + 1, CHECK));
    }
    for (int i = 0; i < count; i++) {
      byte[] message = FrameClient.prefixed(DoorFixture.checkOf("user" + i, "/x"));
      client.send(Frame.data(2 * i + 1, false, Arrays.copyOf(message, 20)));
    }
    for (int i = count - 1; i >= 0; i--) {
      byte[] message = FrameClient.prefixed(DoorFixture.checkOf("user" + i, "/x"));
      client.send(Frame.data(2 * i + 1, true, Arrays.copyOfRange(message, 20, message.length)));
    }

    for (int i = 0; i < count; i++) {
      assertThat(userOf(client.answer(2 * i + 1))).isEqualTo("user" + i);
    }
  }

  @Test
  @DisplayName("C63 a burst before the settings are known is answered whole")
  void aBurstBeforeTheSettingsAreKnownIsAnsweredWhole() throws Exception {
    client.open();
    for (int i = 0; i < 500; i++) {
      client.send(check(2 * i + 1, "user" + i, "/slow"));
    }
    for (int i = 0; i < 500; i++) {
      door.checks.release();
    }

    for (int i = 0; i < 500; i++) {
      assertThat(userOf(client.answer(2 * i + 1))).isEqualTo("user" + i);
    }
  }

  @Test
  @DisplayName("C64 beyond the limit, once it is known, only the excess is refused")
  void beyondTheLimitOnlyTheExcessIsRefused() throws Exception {
    int limit = DoorFixture.MAX_CONCURRENT_STREAMS;
    client.open();
    client.control(Frame.SETTINGS);
    client.roundTrip(1);
    client.roundTrip(2);
    for (int i = 0; i <= limit; i++) {
      client.send(check(2 * i + 1, "user" + i, "/slow"));
    }
    assertThat(client.answer(2 * limit + 1).resetCode).isEqualTo(REFUSED_STREAM);
    for (int i = 0; i < limit; i++) {
      door.checks.release();
    }

    for (int i = 0; i < limit; i++) {
      assertThat(userOf(client.answer(2 * i + 1))).isEqualTo("user" + i);
    }
  }

  @Test
  @DisplayName("C65 C101 a stream that is reset gets nothing, and its check's answer is dropped")
  void aStreamThatIsResetGetsNothing() throws Exception {
    client.open();
    client.send(check(1, "alice", "/slow"));
    DecisionListener listener = door.checks.awaitSlow();
    client.send(Frame.ofInt(Frame.RST_STREAM, 1, INTERNAL_ERROR));
    client.roundTrip(1);
    listener.onDecision(new Decision.Deny(401, Reason.NO_SESSION));
    assertUsable(3);
    client.roundTrip(2);

    assertThat(client.soFar(1)).isNull();
    assertThat(door.figures.answeredLabels()).containsExactly("allowed");
    assertThat(door.figures.cancelledCount()).isEqualTo(1);
  }

  @Test
  @DisplayName("C65 a reset after the headers, or in the message, leaves nothing behind")
  void aResetInTheMiddleLeavesNothingBehind() throws IOException {
    client.open();
    client.send(
        FrameClient.call(1, CHECK),
        Frame.ofInt(Frame.RST_STREAM, 1, INTERNAL_ERROR),
        FrameClient.call(3, CHECK),
        Frame.data(3, false, Arrays.copyOf(FrameClient.prefixed(ALICE), 30)),
        Frame.ofInt(Frame.RST_STREAM, 3, 0));
    client.roundTrip(1);

    assertThat(door.checks.seen()).isEmpty();
    assertUsable(5);
  }

  @Test
  @DisplayName("A87 C66 a gateway that cancels 5,000 checks keeps its connection")
  void aGatewayThatCancelsKeepsItsConnection() throws IOException {
    client.open();
    int stream = 1;
    for (int i = 0; i < 5_000; i++) {
      client.send(
          FrameClient.call(stream, CHECK), Frame.ofInt(Frame.RST_STREAM, stream, INTERNAL_ERROR));
      stream += 2;
      if (i % 500 == 0) {
        assertUsable(stream);
        stream += 2;
      }
    }

    assertUsable(stream);
  }

  @Test
  @DisplayName(
      "C69 a window that is lowered while an answer waits may be negative, and loses nothing")
  void aWindowThatIsLoweredMayBeNegative() throws IOException {
    client.open(INITIAL_WINDOW_SIZE, 20);
    client.send(check(1, "alice", "/x"));
    settle();
    assertThat(dataSoFar(1)).isEqualTo(20);
    client.send(Frame.settings(INITIAL_WINDOW_SIZE, 5));
    client.send(Frame.ofInt(Frame.WINDOW_UPDATE, 1, 15));
    settle();
    assertThat(dataSoFar(1)).isEqualTo(20);
    client.send(Frame.ofInt(Frame.WINDOW_UPDATE, 1, 3));
    settle();
    assertThat(dataSoFar(1)).isEqualTo(23);
    client.send(Frame.settings(INITIAL_WINDOW_SIZE, 65_535));

    assertThat(userOf(client.answer(1))).isEqualTo("alice");
  }

  /** Twice there and back: what a window lets go leaves behind the answer to the first PING. */
  private void settle() throws IOException {
    client.roundTrip(1);
    client.roundTrip(2);
  }

  private int dataSoFar(int stream) {
    Answer answer = client.soFar(stream);
    return answer == null ? 0 : answer.data.size();
  }

  @Test
  @DisplayName("C68 without a window the message waits, and the trailers behind it")
  void withoutAWindowTheMessageWaits() throws IOException {
    client.open(INITIAL_WINDOW_SIZE, 0);
    client.send(check(1, "alice", "/x"));
    client.roundTrip(1);
    Answer before = client.soFar(1);
    assertThat(before == null ? 0 : before.data.size()).isZero();
    assertThat(before == null || !before.ended).isTrue();
    client.send(Frame.ofInt(Frame.WINDOW_UPDATE, 1, 10));
    client.roundTrip(2);
    client.send(Frame.settings(INITIAL_WINDOW_SIZE, 65_535));

    assertThat(userOf(client.answer(1))).isEqualTo("alice");
  }

  @Test
  @DisplayName("C70 a header table of nothing, and then of something")
  void aHeaderTableOfNothing() throws IOException {
    client.open(HEADER_TABLE_SIZE, 0);
    assertUsable(1);
    client.send(Frame.settings(HEADER_TABLE_SIZE, 4_096));

    assertUsable(3);
    assertUsable(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff ff ff ff 7f", "be", "80", "3f e2 7f", "00 05 61"})
  @DisplayName("C71 a header block that cannot be read ends the connection")
  void aHeaderBlockThatCannotBeReadEndsTheConnection(String hex) throws IOException {
    client.open();
    byte[] block = java.util.HexFormat.ofDelimiter(" ").parseHex(hex);
    client.send(new Frame(Frame.HEADERS, Frame.END_HEADERS, 1, block));

    client.control(Frame.GOAWAY);
    client.readToEnd();
    assertThat(door.checks.seen()).isEmpty();
  }

  /** C72 is about checks over HTTP, which come by HTTP/1.1 alone: its 60 KiB are C34 there. */
  @Test
  @DisplayName("C72 headers over the limit are refused on the stream, not on the connection")
  void headersOverTheLimitAreRefusedOnTheStream() throws IOException {
    client.open();
    client.send(
        FrameClient.call(1, CHECK, "x-large", "x".repeat(16_100)),
        Frame.data(1, true, FrameClient.prefixed(ALICE)));

    client.answer(1);
    assertThat(door.figures.refusedLabels()).containsExactly("request_too_large");
    assertThat(door.checks.seen()).isEmpty();
    assertUsable(3);
  }

  /**
   * C73 is about checks over HTTP, which come by HTTP/1.1 alone. Here Envoy has joined a client's
   * crumbs before it asks, or sends a list; those of the call itself are nobody's.
   */
  @Test
  @DisplayName("C73 cookie crumbs of the call are nobody's; of the message every line counts")
  void cookieCrumbsOfTheCallAreNobodys() throws IOException {
    String[] crumbs = new String[40];
    CheckRequest.Builder lines = DoorFixture.checkRequest("/x").toBuilder();
    for (int i = 0; i < 20; i++) {
      crumbs[2 * i] = "cookie";
      crumbs[2 * i + 1] = i == 7 ? "__Host-limen=alice" : "a" + i + "=b";
      lines
          .getAttributesBuilder()
          .getRequestBuilder()
          .getHttpBuilder()
          .getHeaderMapBuilder()
          .addHeadersBuilder()
          .setKey("cookie")
          .setRawValue(ByteString.copyFromUtf8(crumbs[2 * i + 1]));
    }
    byte[] nobody = FrameClient.prefixed(DoorFixture.checkRequest("/x").toByteArray());
    client.open();
    client.send(FrameClient.call(1, CHECK, crumbs), Frame.data(1, true, nobody));

    assertThat(CheckResponse.parseFrom(client.answer(1).message()).hasDeniedResponse()).isTrue();
    assertThat(door.checks.last().all("cookie")).isEmpty();
    assertThat(userOf(client.check(3, lines.build().toByteArray()))).isEqualTo("alice");
    assertThat(door.checks.last().all("cookie")).hasSize(20);
  }

  @Test
  @DisplayName(
      "C74 a call without a path, with two, or with a connection header, is refused on its stream")
  void aCallThatBreaksTheRulesIsRefusedOnItsStream() throws IOException {
    client.open();
    client.send(
        Frame.headers(
            1, true, ":method", "POST", ":scheme", "http", "content-type", "application/grpc"));
    client.send(FrameClient.call(3, CHECK, "connection", "close"));
    client.send(FrameClient.call(5, CHECK, "Upper", "x"));
    client.send(FrameClient.call(9, CHECK, ":path", "/other"));

    assertThat(client.answer(1).resetCode).isEqualTo(PROTOCOL_ERROR);
    assertThat(client.answer(9).resetCode).isEqualTo(PROTOCOL_ERROR);
    assertThat(client.answer(3).resetCode).isEqualTo(PROTOCOL_ERROR);
    assertThat(client.answer(5).resetCode).isEqualTo(PROTOCOL_ERROR);
    assertThat(door.checks.seen()).isEmpty();
    assertUsable(11);
  }

  @Test
  @DisplayName("C75 a content-length that is not the data's is refused on its stream")
  void aContentLengthThatIsNotTheDatasIsRefused() throws IOException {
    client.open();
    client.send(
        FrameClient.call(1, CHECK, "content-length", "1"),
        Frame.data(1, true, FrameClient.prefixed(ALICE)));

    assertThat(client.answer(1).resetCode).isEqualTo(PROTOCOL_ERROR);
    assertThat(door.figures.refusedLabels()).containsExactly("protocol_error");
    assertThat(door.checks.seen()).isEmpty();
  }

  @Test
  @DisplayName("C76 every PING is answered")
  void everyPingIsAnswered() throws IOException {
    client.open();
    for (int i = 0; i < 1_000; i++) {
      client.roundTrip(i);
    }

    assertUsable(1);
  }

  @Test
  @DisplayName("C77 empty DATA frames without end are stopped")
  void emptyDataFramesWithoutEndAreStopped() throws IOException {
    client.open();
    client.send(FrameClient.call(1, CHECK));
    for (int i = 0; i < 10; i++) {
      client.send(Frame.data(1, false, new byte[0]));
    }

    assertThat(client.control(Frame.GOAWAY).intAt(4)).isEqualTo(ENHANCE_YOUR_CALM);
  }

  @Test
  @DisplayName("C78 calls under way when the gateway leaves are answered, and then comes the end")
  void callsUnderWayWhenTheGatewayLeavesAreAnswered() throws Exception {
    client.open();
    client.send(check(1, "alice", "/slow"));
    DecisionListener listener = door.checks.awaitSlow();
    client.send(new Frame(Frame.GOAWAY, 0, 0, new byte[8]));
    client.roundTrip(1);
    listener.onDecision(new Decision.Deny(401, Reason.NO_SESSION));

    assertThat(client.answer(1).grpcStatus()).isEqualTo("0");
    client.readToEnd();
  }

  @Test
  @DisplayName("C81 C82 trailers, unknown frames and unknown settings are ignored")
  void trailersAndUnknownFramesAreIgnored() throws IOException {
    client.open(0x4242, 7);
    client.send(
        new Frame(0x42, 0x11, 0, new byte[7]),
        FrameClient.call(1, CHECK),
        new Frame(0x42, 0, 1, new byte[3]),
        Frame.data(1, false, FrameClient.prefixed(ALICE)),
        Frame.headers(1, true, "x-trailer", "v"));

    assertThat(userOf(client.answer(1))).isEqualTo("alice");
  }

  @Test
  @DisplayName("what is not HTTP/2 is ended at once")
  void whatIsNotHttp2IsEndedAtOnce() throws IOException {
    client.send(
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    client.readToEnd();
    assertThat(door.checks.seen()).isEmpty();
  }
}
