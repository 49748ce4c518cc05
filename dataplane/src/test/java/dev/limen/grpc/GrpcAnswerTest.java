package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.limen.check.Decision;
import dev.limen.check.DoorConfig;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import dev.limen.config.ServerConfig.GrpcConfig;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes out for each kind of decision, and what is counted for it. */
@Timeout(60)
class GrpcAnswerTest {
  private static final int PREFIX_BYTES = 5;

  /** A health check of the service {@code x}. */
  private static final byte[] X = {0x0a, 1, 'x'};

  static Stream<Decision> decisions() {
    return Stream.of(
        new Decision.Allow(new HeaderMutations(List.of(), List.of())),
        new Decision.Redirect("/a", List.of(), Reason.SIGN_IN_STARTED),
        new Decision.Page(404, "text/html", "", List.of(), Reason.NOT_FOUND),
        new Decision.Deny(401, Reason.NO_SESSION),
        new Decision.Unavailable(Reason.STORE_UNAVAILABLE));
  }

  static Stream<Decision> unwritable() {
    return Stream.of(
        new Decision.Redirect("/a\r\nset-cookie: b", List.of(), Reason.SIGNED_IN),
        new Decision.Page(999, "text/html", "", List.of(), Reason.NOT_FOUND),
        new Decision.Deny(200, Reason.NO_SESSION));
  }

  private static DoorFixture deciding(Decision decision) throws Exception {
    return new DoorFixture(
        DoorConfig.of(Duration.ofSeconds(10)), _ -> (_, listener) -> listener.onDecision(decision));
  }

  @ParameterizedTest
  @MethodSource("decisions")
  @DisplayName("C86 no decision is an empty message, which to Envoy is an allow")
  void noDecisionIsAnEmptyMessage(Decision decision) throws Exception {
    try (DoorFixture door = deciding(decision);
        FrameClient client = door.connect().open()) {
      FrameClient.Answer answer = client.check(1, DoorFixture.checkOf("alice", "/x"));

      assertThat(answer.data.size()).isGreaterThan(PREFIX_BYTES);
      assertThat(door.figures.answeredLabels()).containsExactly(Decision.label(decision));
    }
  }

  @ParameterizedTest
  @MethodSource("unwritable")
  @DisplayName("an answer that cannot be written is counted as the 503 that was")
  void anUnwritableAnswerIsCountedAsWhatWasWritten(Decision decision) throws Exception {
    try (DoorFixture door = deciding(decision);
        FrameClient client = door.connect().open()) {
      client.check(1, DoorFixture.checkOf("alice", "/x"));

      assertThat(door.figures.answeredLabels()).containsExactly("internal_error");
    }
  }

  /** Calls that are refused, each with its status. */
  static Stream<Arguments> refused() {
    byte[] alice = FrameClient.prefixed(DoorFixture.checkOf("alice", "/x"));
    byte[] compressed = alice.clone();
    compressed[0] = 1;
    byte[] long31 = {0, (byte) 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    return Stream.of(
        Arguments.of("4", FrameClient.call(1, FrameClient.CHECK, "grpc-timeout", "0m"), alice),
        Arguments.of("5", FrameClient.call(1, FrameClient.HEALTH), FrameClient.prefixed(X)),
        Arguments.of("8", FrameClient.call(1, FrameClient.CHECK), long31),
        Arguments.of("12", FrameClient.call(1, "/nothing"), alice),
        Arguments.of(
            "12", FrameClient.call(1, FrameClient.CHECK, "grpc-encoding", "gzip"), compressed),
        Arguments.of("13", FrameClient.call(1, FrameClient.CHECK), compressed));
  }

  /**
   * Envoy lets nobody pass then, and shows its own {@code status_on_error}, 503 in the files that
   * Limen ships: never a page of ours, whatever the status.
   */
  @ParameterizedTest
  @MethodSource("refused")
  @DisplayName(
      "C102 an error of a call says a status that is not 0, in trailers only, and no message")
  void noErrorOfACallIsAnAnswer(String status, Frame call, byte[] message) throws Exception {
    try (DoorFixture door = new DoorFixture();
        FrameClient client = door.connect().open()) {
      client.send(call, Frame.data(1, true, message));
      FrameClient.Answer answer = client.answer(1);

      assertThat(answer.grpcStatus()).isEqualTo(status);
      assertThat(answer.frameTypes).containsExactly(Frame.HEADERS);
      assertThat(answer.headers.getFirst()).containsEntry(":status", "200");
      assertThat(door.checks.seen()).isEmpty();
    }
  }

  @Test
  @DisplayName("C86 an empty message is refused before its headers are written")
  void anEmptyMessageIsRefusedBeforeItsHeaders() {
    EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
    CallWriter writer =
        new CallWriter(
            new DefaultHttp2ConnectionEncoder(
                new DefaultHttp2Connection(true), new DefaultHttp2FrameWriter()));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> writer.message(channel.pipeline().firstContext(), 1, new byte[0]));
    ByteBuf written = channel.readOutbound();
    assertThat((Object) written).isNull();
    channel.finishAndReleaseAll();
  }

  @Test
  @DisplayName("a connection that begins while the door drains is told to leave at once")
  void aConnectionThatBeginsWhileTheDoorDrainsIsToldToLeave() {
    GrpcService service =
        new GrpcService(
            (_, _) -> {},
            () -> true,
            new dev.limen.check.FakeFigures(),
            1_000_000_000L,
            new AtomicBoolean(true));
    EmbeddedChannel channel = new EmbeddedChannel();
    GrpcConfig limits = DoorConfig.of(Duration.ofSeconds(1)).grpc();
    channel.pipeline().addLast(new GrpcConnectionBuilder(service, limits).build());
    channel.pipeline().fireChannelActive();

    boolean told = false;
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      told |= out.readableBytes() > 3 && out.getByte(out.readerIndex() + 3) == Frame.GOAWAY;
      out.release();
    }
    assertThat(told).isTrue();
    channel.finishAndReleaseAll();
  }
}
