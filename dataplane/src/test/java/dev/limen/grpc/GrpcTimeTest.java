package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.DoorConfig;
import dev.limen.check.FakeChecks;
import dev.limen.check.FakeFigures;
import dev.limen.config.ServerConfig.GrpcConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How long and how often, on a channel and a clock of the test's own. */
class GrpcTimeTest {
  private static final int FEW_RESETS = 20;
  private static final int IDLE_SECONDS = 2 * 60 * 60;
  private static final Frame ACK = new Frame(Frame.SETTINGS, Frame.ACK, 0, new byte[0]);

  private static final GrpcConfig LIMITS = DoorConfig.of(Duration.ofSeconds(1)).grpc();

  private final FakeChecks checks = new FakeChecks();
  private final FakeFigures figures = new FakeFigures();
  private final GrpcService service =
      new GrpcService(checks, () -> true, figures, TimeUnit.DAYS.toNanos(1));

  private EmbeddedChannel open() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    channel
        .pipeline()
        .addLast(new IdleStateHandler(IDLE_SECONDS, 0, 0))
        .addLast(new GrpcConnectionBuilder(service, LIMITS, FEW_RESETS).build());
    channel.pipeline().fireChannelActive();
    return channel;
  }

  private static void send(EmbeddedChannel channel, byte[] bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
  }

  private static List<Integer> frameTypes(EmbeddedChannel channel) {
    List<Integer> types = new ArrayList<>();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      while (bytes.isReadable()) {
        int length = bytes.readUnsignedMedium();
        types.add((int) bytes.readUnsignedByte());
        bytes.skipBytes(Byte.BYTES + Integer.BYTES + length);
      }
      bytes.release();
    }
    return types;
  }

  private static void pass(EmbeddedChannel channel, long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runPendingTasks();
  }

  @Test
  @DisplayName("A83 a preface that drips is ended after ten seconds")
  void aPrefaceThatDripsIsEnded() {
    EmbeddedChannel channel = open();
    for (int i = 0; i < GrpcConnection.PREFACE_SECONDS - 1; i++) {
      send(channel, new byte[] {FrameClient.PREFACE[i]});
      pass(channel, 1);
    }
    assertThat(channel.isOpen()).isTrue();
    assertThat(figures.refusedLabels()).isEmpty();
    pass(channel, 1);

    assertThat(channel.isOpen()).isFalse();
    assertThat(figures.refusedLabels()).containsExactly("request_incomplete");
    channel.finishAndReleaseAll();
  }

  @Test
  @DisplayName("C57 an idle connection outlives Envoy's hour, then leaves in two steps")
  void anIdleConnectionOutlivesEnvoysHour() {
    EmbeddedChannel channel = open();
    send(channel, FrameClient.PREFACE);
    send(channel, Frame.settings().toBytes());
    send(channel, ACK.toBytes());
    pass(channel, IDLE_SECONDS - 1);
    channel.releaseOutbound();
    assertThat(channel.isOpen()).isTrue();
    pass(channel, 1);
    assertThat(channel.isOpen()).isTrue();
    assertThat(frameTypes(channel)).containsExactly(Frame.GOAWAY, Frame.PING);
    pass(channel, GrpcConnection.PING_SECONDS);
    pass(channel, GrpcConnection.LINGER_SECONDS);

    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }

  @Test
  @DisplayName("C57 a connection whose call waits is not idle")
  void aConnectionWhoseCallWaitsIsNotIdle() {
    EmbeddedChannel channel = open();
    send(channel, FrameClient.PREFACE);
    send(channel, Frame.settings().toBytes());
    send(channel, ACK.toBytes());
    send(channel, FrameClient.call(1, FrameClient.CHECK).toBytes());
    byte[] slow = FrameClient.prefixed(DoorFixture.checkOf("alice", "/slow"));
    send(channel, Frame.data(1, true, slow).toBytes());
    pass(channel, 2 * IDLE_SECONDS);
    assertThat(checks.waitingCount()).isEqualTo(1);

    assertThat(channel.isOpen()).isTrue();
    assertThat(frameTypes(channel)).doesNotContain(Frame.GOAWAY);
    channel.finishAndReleaseAll();
  }

  @Test
  @DisplayName("A78 C67 resets beyond the limit of a window end the connection")
  void resetsBeyondTheLimitEndTheConnection() {
    EmbeddedChannel channel = open();
    send(channel, FrameClient.PREFACE);
    send(channel, Frame.settings().toBytes());
    for (int i = 0; i <= FEW_RESETS; i++) {
      assertThat(channel.isOpen()).isTrue();
      int stream = 2 * i + 1;
      send(channel, FrameClient.call(stream, FrameClient.CHECK).toBytes());
      send(channel, Frame.ofInt(Frame.RST_STREAM, stream, 8).toBytes());
    }

    assertThat(channel.isOpen()).isFalse();
    channel.finishAndReleaseAll();
  }

  @Test
  @DisplayName("A87 the limit on resets is above twice what a busy gateway cancels")
  void theLimitOnResetsIsAboveWhatABusyGatewayCancels() {
    int busy = 5_000 * GrpcConnectionBuilder.RST_WINDOW_SECONDS;

    assertThat(GrpcConnectionBuilder.MAX_RST_RECEIVED_PER_WINDOW).isGreaterThanOrEqualTo(2 * busy);
  }
}
