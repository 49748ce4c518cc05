package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.grpc.FrameClient.Answer;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC's framing, frame by frame. */
@Timeout(60)
class GrpcFramingTest {
  private static final byte[] ALICE = DoorFixture.checkOf("alice", "/orders");
  private static final String CHECK = FrameClient.CHECK;

  private DoorFixture door;
  private FrameClient client;

  @BeforeEach
  void open() throws IOException {
    door = new DoorFixture();
    client = door.connect().open();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    door.close();
  }

  private static byte[] framed(int flag, int length, byte[] rest) {
    return ByteBuffer.allocate(5 + rest.length).put((byte) flag).putInt(length).put(rest).array();
  }

  private Answer ask(byte[] bytes, String... moreHeaders) throws IOException {
    client.send(FrameClient.call(1, CHECK, moreHeaders), Frame.data(1, true, bytes));
    return client.answer(1);
  }

  /** After every refusal the connection goes on. */
  private void assertUsable() throws IOException {
    assertThat(CheckResponse.parseFrom(client.check(101, ALICE).message()).hasOkResponse())
        .isTrue();
  }

  private void assertRefused(Answer answer, String status) throws IOException {
    assertThat(answer.grpcStatus()).isEqualTo(status);
    assertThat(answer.data.size()).isZero();
    assertThat(answer.frameTypes).containsExactly(Frame.HEADERS);
    assertThat(door.checks.seen()).isEmpty();
    assertThat(door.figures.refusedLabels()).hasSize(1);
    assertUsable();
  }

  @Test
  @DisplayName("C83 a message cut into DATA frames of any size is the same message")
  void aMessageCutIntoDataFramesIsTheSameMessage() throws IOException {
    byte[] bytes = FrameClient.prefixed(ALICE);
    client.send(FrameClient.call(1, CHECK), Frame.data(1, false, Arrays.copyOf(bytes, 1)));
    int step = bytes.length / 10;
    for (int from = 1; from < bytes.length; from += step) {
      int to = Math.min(bytes.length, from + step);
      client.send(Frame.data(1, to == bytes.length, Arrays.copyOfRange(bytes, from, to)));
    }

    CheckResponse response = CheckResponse.parseFrom(client.answer(1).message());

    assertThat(response.getOkResponse().getHeaders(0).getHeader().getValue()).isEqualTo("alice");
  }

  @Test
  @DisplayName("C84 END_STREAM may come on an empty DATA frame")
  void endStreamMayComeOnAnEmptyDataFrame() throws IOException {
    client.send(FrameClient.call(1, CHECK), Frame.data(1, false, FrameClient.prefixed(ALICE)));
    client.roundTrip(7);
    assertThat(client.soFar(1)).isNull();
    client.send(Frame.data(1, true, new byte[0]));

    assertThat(CheckResponse.parseFrom(client.answer(1).message()).hasOkResponse()).isTrue();
  }

  @Test
  @DisplayName("C85 an answer is HEADERS, DATA with flag 0, HEADERS with END_STREAM")
  void anAnswerIsHeadersDataTrailers() throws IOException {
    Answer answer = client.check(1, ALICE);

    assertThat(answer.frameTypes).containsExactly(Frame.HEADERS, Frame.DATA, Frame.HEADERS);
    assertThat(answer.headers.getFirst())
        .containsExactlyInAnyOrderEntriesOf(
            java.util.Map.of(":status", "200", "content-type", "application/grpc"));
    assertThat(answer.lastDataFlags).isZero();
    assertThat(CheckResponse.parseFrom(answer.message()).hasOkResponse()).isTrue();
    assertThat(answer.headers.getLast())
        .containsExactlyEntriesOf(java.util.Map.of("grpc-status", "0"));
  }

  @Test
  @DisplayName("C87 a compressed message without grpc-encoding is 13")
  void aCompressedMessageWithoutEncodingIs13() throws IOException {
    assertRefused(ask(framed(1, ALICE.length, ALICE)), "13");
  }

  @Test
  @DisplayName("C88 a message compressed with gzip is 12, and says what is spoken")
  void aMessageCompressedWithGzipIs12() throws IOException {
    Answer answer = ask(framed(1, ALICE.length, ALICE), "grpc-encoding", "gzip");

    assertThat(answer.trailer("grpc-accept-encoding")).isEqualTo("identity");
    assertRefused(answer, "12");
    assertThat(door.figures.refusedLabels()).containsExactly("compression_refused");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 128, 255})
  @DisplayName("C89 a flag that gRPC does not have is 13")
  void aFlagThatGrpcDoesNotHaveIs13(int flag) throws IOException {
    assertRefused(ask(framed(flag, ALICE.length, ALICE)), "13");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, -1, 100, -20})
  @DisplayName("C90 a length that is not the message's is 13, never a check")
  void aLengthThatIsNotTheMessagesIs13(int off) throws IOException {
    assertRefused(ask(framed(0, ALICE.length + off, ALICE)), "13");
  }

  @Test
  @DisplayName("C90 a byte behind the message is 13, whatever the message is")
  void aByteBehindTheMessageIs13() throws IOException {
    assertRefused(ask(framed(0, ALICE.length, Arrays.copyOf(ALICE, ALICE.length + 1))), "13");
  }

  @Test
  @DisplayName("C91 two messages are 13, even two good ones")
  void twoMessagesAre13() throws IOException {
    byte[] one = FrameClient.prefixed(ALICE);
    byte[] two = Arrays.copyOf(one, one.length * 2);
    System.arraycopy(one, 0, two, one.length, one.length);

    assertRefused(ask(two), "13");
  }

  @Test
  @DisplayName("C91 a second message in a frame of its own is 13 as well")
  void aSecondMessageInItsOwnFrameIs13() throws IOException {
    client.send(
        FrameClient.call(1, CHECK),
        Frame.data(1, false, FrameClient.prefixed(ALICE)),
        Frame.data(1, true, FrameClient.prefixed(ALICE)));

    assertRefused(client.answer(1), "13");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4})
  @DisplayName("C92 no message, or no whole prefix, is 13")
  void noMessageIs13(int bytes) throws IOException {
    assertRefused(ask(new byte[bytes]), "13");
  }

  @Test
  @DisplayName("C92 END_STREAM on HEADERS is 13")
  void endStreamOnHeadersIs13() throws IOException {
    Frame call = FrameClient.call(1, CHECK);
    client.send(new Frame(Frame.HEADERS, Frame.END_HEADERS | Frame.END_STREAM, 1, call.payload()));

    assertRefused(client.answer(1), "13");
  }

  @Test
  @DisplayName("C86 C93 the empty message is a check that says nothing, and is denied")
  void theEmptyMessageIsDenied() throws IOException {
    CheckResponse response = CheckResponse.parseFrom(ask(new byte[5]).message());

    assertThat(response.getStatus().getCode()).isEqualTo(7);
    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(400);
    assertThat(response.hasOkResponse()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, MessageAssembly.MAX_MESSAGE_BYTES + 1})
  @DisplayName("C94 a length over the limit is 8 at once, whatever follows")
  void aLengthOverTheLimitIs8(int length) throws IOException {
    client.send(FrameClient.call(1, CHECK), Frame.data(1, false, framed(0, length, new byte[100])));
    Answer answer = client.answer(1);
    client.send(Frame.data(1, true, new byte[1000]));

    assertRefused(answer, "8");
  }

  @Test
  @DisplayName("C94 a message of the greatest length is a check")
  void aMessageOfTheGreatestLengthIsACheck() throws IOException {
    byte[] small = DoorFixture.checkOf("alice", "/orders");
    int rest = MessageAssembly.MAX_MESSAGE_BYTES - small.length;
    byte[] whole = Arrays.copyOf(small, MessageAssembly.MAX_MESSAGE_BYTES);
    // An unknown field of the rest's length: tag, a varint of three bytes, zeros.
    int length = rest - 5;
    whole[small.length] = (byte) 0xfa;
    whole[small.length + 1] = 0x01;
    whole[small.length + 2] = (byte) ((length & 0x7f) | 0x80);
    whole[small.length + 3] = (byte) (((length >> 7) & 0x7f) | 0x80);
    whole[small.length + 4] = (byte) (length >> 14);
    byte[] bytes = FrameClient.prefixed(whole);
    client.send(FrameClient.call(1, CHECK));
    for (int from = 0; from < bytes.length; from += 16_384) {
      int to = Math.min(bytes.length, from + 16_384);
      client.send(Frame.data(1, to == bytes.length, Arrays.copyOfRange(bytes, from, to)));
    }

    assertThat(CheckResponse.parseFrom(client.answer(1).message()).hasOkResponse()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/envoy.service.auth.v3.Authorization/Nope",
        "/envoy.service.auth.v2.Authorization/Check",
        "envoy.service.auth.v3.Authorization/Check",
        "/envoy.service.auth.v3.authorization/check",
        "/envoy.service.auth.v3.Authorization//Check",
        "/envoy.service.auth.v3.Authorization/Check/",
        "/envoy.service.auth.v3.Authorization/Check?x",
        "/grpc.health.v1.Health/Watch",
        "/"
      })
  @DisplayName("A85 C95 what is not a method is 12, trailers only, never a decision")
  void whatIsNotAMethodIs12(String path) throws IOException {
    client.send(FrameClient.call(1, path), Frame.data(1, true, FrameClient.prefixed(ALICE)));

    assertRefused(client.answer(1), "12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "text/plain", "application/grpcx", "application/grp"})
  @DisplayName("C96 what is not gRPC is 415")
  void whatIsNotGrpcIs415(String contentType) throws IOException {
    assertThat(callWith("content-type", contentType).headers.getFirst())
        .containsEntry(":status", "415");
    assertThat(door.checks.seen()).isEmpty();
    assertUsable();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/grpc+proto",
        "application/grpc;x=y",
        "application/grpc",
        "APPLICATION/GRPC"
      })
  @DisplayName("C96 gRPC may name its encoding")
  void grpcMayNameItsEncoding(String contentType) throws IOException {
    Answer answer = callWith("content-type", contentType);

    assertThat(CheckResponse.parseFrom(answer.message()).hasOkResponse()).isTrue();
  }

  private Answer callWith(String... last) throws IOException {
    String[] pairs = {":method", "POST", ":scheme", "http", ":path", CHECK, ":authority", "limen"};
    String[] all = Arrays.copyOf(pairs, pairs.length + last.length);
    System.arraycopy(last, 0, all, pairs.length, last.length);
    client.send(Frame.headers(1, false, all), Frame.data(1, true, FrameClient.prefixed(ALICE)));
    return client.answer(1);
  }

  @Test
  @DisplayName("C96 no content type is 415")
  void noContentTypeIs415() throws IOException {
    assertThat(callWith().headers.getFirst()).containsEntry(":status", "415");
    assertThat(door.figures.refusedLabels()).containsExactly("content_type_refused");
  }

  @Test
  @DisplayName("C97 a missing te is accepted")
  void aMissingTeIsAccepted() throws IOException {
    assertThat(callWith("content-type", "application/grpc").grpcStatus()).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT", "post"})
  @DisplayName("C97 a method that is not POST is 405")
  void aMethodThatIsNotPostIs405(String method) throws IOException {
    client.send(
        Frame.headers(
            1,
            false,
            ":method",
            method,
            ":scheme",
            "http",
            ":path",
            CHECK,
            ":authority",
            "limen",
            "content-type",
            "application/grpc"),
        Frame.data(1, true, FrameClient.prefixed(ALICE)));

    assertThat(client.answer(1).headers.getFirst()).containsEntry(":status", "405");
    assertThat(door.figures.refusedLabels()).containsExactly("method_not_allowed");
    assertThat(door.checks.seen()).isEmpty();
  }

  @Test
  @DisplayName("C98 a short grpc-timeout is 503 in time, while the store is slow")
  void aShortGrpcTimeoutIs503InTime() throws IOException {
    byte[] slow = DoorFixture.checkOf("alice", "/slow");
    long started = System.nanoTime();
    client.send(
        FrameClient.call(1, CHECK, "grpc-timeout", "200m"),
        Frame.data(1, true, FrameClient.prefixed(slow)));
    CheckResponse response = CheckResponse.parseFrom(client.answer(1).message());

    assertThat(System.nanoTime() - started).isGreaterThanOrEqualTo(140_000_000L);
    assertThat(response.getStatus().getCode()).isEqualTo(7);
    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(503);
    assertThat(response.getDeniedResponse().getHeadersList())
        .anyMatch(option -> option.getHeader().getKey().equals("retry-after"));
    assertThat(door.figures.answeredLabels()).containsExactly("deadline_exceeded");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1m", "49m", "10n"})
  @DisplayName("C98 of a timeout below the margin half is used, and nothing is allowed late")
  void ofATimeoutBelowTheMarginHalfIsUsed(String timeout) throws IOException {
    client.send(
        FrameClient.call(1, CHECK, "grpc-timeout", timeout),
        Frame.data(1, true, FrameClient.prefixed(DoorFixture.checkOf("alice", "/slow"))));

    assertThat(
            CheckResponse.parseFrom(client.answer(1).message())
                .getDeniedResponse()
                .getStatus()
                .getCodeValue())
        .isEqualTo(503);
  }

  @Test
  @DisplayName("C98 a timeout of nothing is 4")
  void aTimeoutOfNothingIs4() throws IOException {
    assertRefused(ask(FrameClient.prefixed(ALICE), "grpc-timeout", "0m"), "4");
    assertThat(door.figures.refusedLabels()).containsExactly("deadline_exceeded");
  }

  @ParameterizedTest
  @CsvSource({
    "99999999H",
    "garbage",
    "''",
    "m",
    "123456789S",
    "-1S",
    "1.5S",
    "10 m",
    "1x",
    "600000m"
  })
  @DisplayName("C98 a huge timeout is fine, and one that is none is as if it were not there")
  void aHugeTimeoutIsFineAndGarbageIsIgnored(String timeout) throws IOException {
    assertThat(ask(FrameClient.prefixed(ALICE), "grpc-timeout", timeout).grpcStatus())
        .isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"outbound|9191||limen.limen.svc.cluster.local", "limen_cluster", "a b"})
  @DisplayName("C99 the authority is whatever the cluster is called")
  void theAuthorityIsWhateverTheClusterIsCalled(String authority) throws IOException {
    client.send(
        Frame.headers(
            1,
            false,
            ":method",
            "POST",
            ":scheme",
            "http",
            ":path",
            CHECK,
            ":authority",
            authority,
            "content-type",
            "application/grpc"),
        Frame.data(1, true, FrameClient.prefixed(ALICE)));

    assertThat(client.answer(1).grpcStatus()).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource({"''", "envoy.service.auth.v3.Authorization", "grpc.health.v1.Health"})
  @DisplayName("C100 health is SERVING, and NOT_SERVING while it is not")
  void healthIsServingAndNotServing(String service) throws IOException {
    byte[] name = service.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    byte[] request =
        name.length == 0
            ? new byte[0]
            : ByteBuffer.allocate(2 + name.length)
                .put((byte) 0x0a)
                .put((byte) name.length)
                .put(name)
                .array();

    assertThat(health(1, request).message()).containsExactly(8, 1);
    door.serving = false;
    assertThat(health(3, request).message()).containsExactly(8, 2);
  }

  @Test
  @DisplayName("C100 the health of an unknown service is 5")
  void theHealthOfAnUnknownServiceIs5() throws IOException {
    assertThat(health(1, new byte[] {0x0a, 1, 'x'}).grpcStatus()).isEqualTo("5");
    assertThat(health(3, new byte[] {0x0a, 9, 'x'}).grpcStatus()).isEqualTo("13");
    assertThat(door.figures.refusedLabels()).containsExactly("not_found", "request_malformed");
  }

  private Answer health(int stream, byte[] request) throws IOException {
    client.send(
        FrameClient.call(stream, FrameClient.HEALTH),
        Frame.data(stream, true, FrameClient.prefixed(request)));
    return client.answer(stream);
  }

  @Test
  @DisplayName("C110 C111 bytes that are no CheckRequest are 13, never an allow")
  void bytesThatAreNoCheckRequestAre13() throws IOException {
    byte[] cut = Arrays.copyOf(ALICE, ALICE.length - 1);

    assertRefused(ask(FrameClient.prefixed(cut)), "13");
  }

  @Test
  @DisplayName("a check that throws is 503")
  void aCheckThatThrowsIs503() throws IOException {
    Answer answer = client.check(1, DoorFixture.checkOf("alice", "/throw"));

    assertThat(
            CheckResponse.parseFrom(answer.message())
                .getDeniedResponse()
                .getStatus()
                .getCodeValue())
        .isEqualTo(503);
  }
}
