package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.BusyLoop;
import dev.limen.check.CountedServerChannel;
import dev.limen.check.DecisionListener;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the gRPC door closes (RFC 9113, section 6.8). */
@Timeout(60)
class GrpcDrainTest {
  private static final byte[] ALICE = DoorFixture.checkOf("alice", "/orders");
  private static final Duration GRACE = Duration.ofSeconds(20);

  private DoorFixture door;
  private FrameClient client;

  @BeforeEach
  void open() throws IOException {
    door = new DoorFixture();
    client = door.connect().open();
    client.roundTrip(1);
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    door.close();
  }

  private static Frame ackOf(Frame ping) {
    return new Frame(Frame.PING, Frame.ACK, 0, ping.payload());
  }

  private void sendCheck(int stream, String path) throws IOException {
    client.send(
        FrameClient.call(stream, FrameClient.CHECK),
        Frame.data(stream, true, FrameClient.prefixed(DoorFixture.checkOf("alice", path))));
  }

  @Test
  @DisplayName("C79 it goes in two steps, and answers what was asked between them")
  void itGoesInTwoSteps() throws Exception {
    sendCheck(1, "/slow");
    DecisionListener slow = door.checks.awaitSlow();
    CompletableFuture<Void> drained = door.server.drain(GRACE);
    Frame first = client.control(Frame.GOAWAY);
    Frame ping = client.control(Frame.PING);
    sendCheck(3, "/orders");
    client.send(ackOf(ping));
    Frame second = client.control(Frame.GOAWAY);
    slow.onDecision(new dev.limen.check.Decision.Deny(401, dev.limen.check.Reason.NO_SESSION));

    assertThat(first.intAt(0)).isEqualTo(Integer.MAX_VALUE);
    assertThat(first.intAt(4)).isZero();
    assertThat(second.intAt(0)).isEqualTo(3);
    assertThat(second.intAt(4)).isZero();
    assertThat(CheckResponse.parseFrom(client.answer(3).message()).hasOkResponse()).isTrue();
    assertThat(client.answer(1).grpcStatus()).isEqualTo("0");
    client.readToEnd();
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  /** What a gateway loses that asks once more before it has seen that the door leaves. */
  private int lostBy(FrameClient gateway, Runnable leaves) throws Exception {
    gateway.send(
        FrameClient.call(1, FrameClient.CHECK),
        Frame.data(1, true, FrameClient.prefixed(DoorFixture.checkOf("alice", "/slow"))));
    DecisionListener slow = door.checks.awaitSlow();
    leaves.run();
    gateway.send(
        FrameClient.call(3, FrameClient.CHECK), Frame.data(3, true, FrameClient.prefixed(ALICE)));
    try {
      gateway.roundTrip(1);
      slow.onDecision(new dev.limen.check.Decision.Deny(401, dev.limen.check.Reason.NO_SESSION));
      gateway.answer(1);
      gateway.answer(3);
    } catch (IOException | AssertionError _) {
      // The connection is gone, and what it did not bring.
    }
    int lost = 0;
    for (int stream = 1; stream <= 3; stream += 2) {
      FrameClient.Answer answer = gateway.soFar(stream);
      lost += answer != null && "0".equals(answer.grpcStatus()) ? 0 : 1;
    }
    return lost;
  }

  private void leaveInTwoSteps() {
    CompletableFuture<Void> _ = door.server.drain(GRACE);
  }

  /** As Netty itself would, and most servers do: the streams so far, and no more. */
  private static void leaveInOneStep(Channel connection) {
    GrpcConnection handler = connection.pipeline().get(GrpcConnection.class);
    ChannelHandlerContext ctx = connection.pipeline().context(handler);
    int last = handler.connection().remote().lastStreamCreated();
    connection
        .eventLoop()
        .submit(() -> {
          ChannelFuture _ = handler.goAway(ctx, last, 0, Unpooled.EMPTY_BUFFER, ctx.newPromise());
          ctx.flush();
        })
        .syncUninterruptibly();
  }

  @Test
  @DisplayName(
      "C79 C80 two steps lose nothing that was asked meanwhile, and one step, the control, does")
  void twoStepsLoseNothingAndOneStepDoes() throws Exception {
    try (FrameClient naive = new FrameClient(door.listenForFewResets(100)).open()) {
      naive.roundTrip(1);
      Channel connection = Objects.requireNonNull(door.lastElsewhere);
      assertThat(lostBy(naive, () -> leaveInOneStep(connection))).isPositive();
    }

    assertThat(lostBy(client, this::leaveInTwoSteps)).isZero();
  }

  @Test
  @DisplayName("a connection that is accepted while the drain begins is waited for like the others")
  void aConnectionAcceptedWhileTheDrainBeginsIsWaitedFor() throws Exception {
    client.close();
    door.close();
    door = DoorFixture.withLoops(2);
    try (BusyLoop busy = new BusyLoop(door.loops)) {
      long before = CountedServerChannel.acceptedCount();
      client = door.connect();
      BusyLoop.awaitAccepted(before, 1);
      CompletableFuture<Void> drained = door.server.drain(Duration.ofMinutes(5));
      BusyLoop.awaitDeaf(door.server.address());
      busy.free();
      client.open();
      sendCheck(1, "/slow");
      DecisionListener slow = door.checks.awaitSlow();
      assertThat(BusyLoop.goesOn(drained)).isTrue();
      slow.onDecision(new dev.limen.check.Decision.Deny(401, dev.limen.check.Reason.NO_SESSION));

      assertThat(client.control(Frame.GOAWAY).intAt(0)).isEqualTo(Integer.MAX_VALUE);
      assertThat(client.answer(1).grpcStatus()).isEqualTo("0");
      client.close();
      drained.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  @DisplayName("the second step comes after a second, even without the answer to the PING")
  void theSecondStepComesAfterASecond() throws Exception {
    long started = System.nanoTime();
    CompletableFuture<Void> drained = door.server.drain(GRACE);
    client.control(Frame.GOAWAY);
    client.control(Frame.GOAWAY);
    client.readToEnd();

    assertThat(System.nanoTime() - started).isGreaterThan(900_000_000L);
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("a connection without calls ends as soon as it has said so")
  void aConnectionWithoutCallsEndsAtOnce() throws Exception {
    assertThat(client.check(1, ALICE).grpcStatus()).isEqualTo("0");
    CompletableFuture<Void> drained = door.server.drain(GRACE);
    client.send(ackOf(client.control(Frame.PING)));
    client.control(Frame.GOAWAY);

    assertThat(client.control(Frame.GOAWAY).intAt(0)).isEqualTo(1);
    client.readToEnd();
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("what is asked after the second step does no harm to what was asked before")
  void whatIsAskedAfterTheSecondStepDoesNoHarm() throws Exception {
    sendCheck(1, "/slow");
    DecisionListener slow = door.checks.awaitSlow();
    CompletableFuture<Void> drained = door.server.drain(GRACE);
    client.send(ackOf(client.control(Frame.PING)));
    client.control(Frame.GOAWAY);
    client.control(Frame.GOAWAY);
    sendCheck(3, "/orders");
    client.roundTrip(2);
    slow.onDecision(new dev.limen.check.Decision.Deny(401, dev.limen.check.Reason.NO_SESSION));

    assertThat(client.answer(1).grpcStatus()).isEqualTo("0");
    client.readToEnd();
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("the grace bounds it all, and no connection is accepted any more")
  void theGraceBoundsItAll() throws Exception {
    sendCheck(1, "/slow");
    door.checks.awaitSlow();
    door.server.drain(Duration.ofMillis(300)).get(10, TimeUnit.SECONDS);

    client.readToEnd();
    assertThatThrownBy(() -> door.connect()).isInstanceOf(IOException.class);
  }
}
