package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.DecisionListener;
import dev.limen.check.DoorConfig;
import dev.limen.check.SteppedChecks;
import dev.limen.check.WaitingRoom;
import dev.limen.grpc.FrameClient.Answer;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More than one gateway would ask, and more than it would wait for. */
@Timeout(120)
class GrpcLoadTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final byte[] ALICE = DoorFixture.checkOf("alice", "/orders");
  private static final int CANCEL = 8;
  private static final int SEATS = 3;

  private static Frame[] check(int stream, String path) {
    byte[] message = FrameClient.prefixed(DoorFixture.checkOf("alice", path));
    return new Frame[] {
      FrameClient.call(stream, FrameClient.CHECK), Frame.data(stream, true, message)
    };
  }

  private static int httpStatus(Answer answer) throws IOException {
    return CheckResponse.parseFrom(answer.message()).getDeniedResponse().getStatus().getCodeValue();
  }

  private static boolean isAllowed(Answer answer) throws IOException {
    return CheckResponse.parseFrom(answer.message()).hasOkResponse();
  }

  /**
   * Three seconds of a gateway whose clients give up 5,000 times a second, each after its check has
   * begun and while the store is slow.
   */
  @Test
  @DisplayName("A87 15,000 cancelled checks end no connection, and their work stops")
  void cancelledChecksEndNoConnectionAndTheirWorkStops() throws Exception {
    int storm = 15_000;
    AtomicReference<WaitingRoom> room = new AtomicReference<>();
    try (SteppedChecks slow = new SteppedChecks(50);
        DoorFixture door =
            new DoorFixture(
                DoorConfig.of(DEADLINE),
                _ -> {
                  room.set(new WaitingRoom(slow, storm));
                  return room.get();
                });
        FrameClient client = door.connect()) {
      client.open();
      int stream = 1;
      for (int sent = 0; sent < storm; sent += 50, stream += 2) {
        ByteArrayOutputStream burst = new ByteArrayOutputStream();
        for (int i = 0; i < 50; i++, stream += 2) {
          for (Frame frame : check(stream, "/orders")) {
            burst.writeBytes(frame.toBytes());
          }
          burst.writeBytes(Frame.ofInt(Frame.RST_STREAM, stream, CANCEL).toBytes());
        }
        client.send(burst.toByteArray());
        if (sent % 1_500 == 0) {
          assertThat(isAllowed(client.check(stream, ALICE))).isTrue();
        }
      }
      assertThat(isAllowed(client.check(stream, ALICE))).isTrue();

      assertThat(client.all()).noneMatch(frame -> frame.type() == Frame.GOAWAY);
      assertThat(slow.begunCount()).isGreaterThan(storm);
      // The first step is under way when the cancel comes, of a few the second; all would be five.
      assertThat(slow.stepCount()).isLessThan(storm + storm / 2);
      assertThat(room.get().waiting()).isZero();
    }
  }

  @Test
  @DisplayName("A87 C101 a check whose connection is gone is told so")
  void aCheckWhoseConnectionIsGoneIsToldSo() throws Exception {
    try (DoorFixture door = new DoorFixture()) {
      DecisionListener listener;
      try (FrameClient client = door.connect()) {
        client.open();
        client.send(check(1, "/slow"));
        listener = door.checks.awaitSlow();
        assertThat(listener.isCancelled()).isFalse();
      }
      for (int i = 0; i < 20_000 && !listener.isCancelled(); i++) {
        Thread.sleep(1);
      }

      assertThat(listener.isCancelled()).isTrue();
    }
  }

  @Test
  @DisplayName("as many checks wait as configured, one more is 503 at once, and nobody is asked")
  void oneMoreCheckThanConfiguredIs503AtOnce() throws Exception {
    try (DoorFixture door =
            new DoorFixture(DoorConfig.of(DEADLINE), checks -> new WaitingRoom(checks, SEATS));
        FrameClient client = door.connect()) {
      client.open();
      int stream = 1;
      for (int i = 0; i < SEATS; i++, stream += 2) {
        client.send(check(stream, "/slow"));
      }
      Answer refused = client.check(stream, ALICE);
      assertThat(httpStatus(refused)).isEqualTo(503);
      assertThat(door.figures.answeredLabels()).containsExactly("overloaded");
      assertThat(door.checks.seen()).hasSize(SEATS);
      door.checks.release();
      client.answer(1);

      assertThat(isAllowed(client.check(stream + 2, ALICE))).isTrue();
    }
  }

  /** How long a check that nobody decides waits for its 503. */
  private static Duration patienceOf(Duration deadline, String grpcTimeout) throws IOException {
    byte[] slow = FrameClient.prefixed(DoorFixture.checkOf("alice", "/slow"));
    try (DoorFixture door = new DoorFixture(deadline);
        FrameClient client = door.connect()) {
      client.open();
      long began = System.nanoTime();
      client.send(
          FrameClient.call(1, FrameClient.CHECK, "grpc-timeout", grpcTimeout),
          Frame.data(1, true, slow));
      assertThat(httpStatus(client.answer(1))).isEqualTo(503);
      assertThat(door.figures.answeredLabels()).containsExactly("deadline_exceeded");
      return Duration.ofNanos(System.nanoTime() - began);
    }
  }

  /** The longer of each pair is longer than the client waits at all. */
  @Test
  @DisplayName("C98 the gateway's timeout is honoured before the configured deadline, and no later")
  void theShorterOfBothDeadlinesCounts() throws Exception {
    assertThat(patienceOf(Duration.ofMillis(300), "1H"))
        .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    assertThat(patienceOf(Duration.ofMinutes(1), "20m"))
        .isGreaterThanOrEqualTo(Duration.ofMillis(10));
  }

  @Test
  @DisplayName("A83 prefaces that drip keep nobody else from being answered")
  void prefacesThatDripKeepNobodyFromBeingAnswered() throws Exception {
    List<FrameClient> dripping = new ArrayList<>();
    try (DoorFixture door = new DoorFixture();
        FrameClient victim = door.connect()) {
      victim.open();
      int stream = 1;
      long alone = System.nanoTime();
      for (int i = 0; i < 300; i++, stream += 2) {
        assertThat(isAllowed(victim.check(stream, ALICE))).isTrue();
      }
      alone = System.nanoTime() - alone;
      for (int i = 0; i < 300; i++) {
        dripping.add(door.connect());
        dripping.getLast().send(new byte[] {FrameClient.PREFACE[0]});
      }
      long beside = System.nanoTime();
      for (int i = 0; i < 300; i++, stream += 2) {
        dripping.get(i).send(new byte[] {FrameClient.PREFACE[1]});
        assertThat(isAllowed(victim.check(stream, ALICE))).isTrue();
      }
      beside = System.nanoTime() - beside;
      System.out.printf("A83 gRPC: 300 checks beside 300 drips: x%.2f%n", beside / (double) alone);
    } finally {
      for (FrameClient each : dripping) {
        each.close();
      }
    }
  }

  @Test
  @DisplayName("A84 connections beyond the limit are closed as they come, and make room as they go")
  void connectionsBeyondTheLimitAreClosedAsTheyCome() throws Exception {
    int limit = 20;
    try (DoorFixture door = new DoorFixture(DoorConfig.of(DEADLINE, limit, 0), checks -> checks)) {
      List<FrameClient> in = new ArrayList<>();
      for (int i = 0; i < limit; i++) {
        in.add(door.connect().open());
        assertThat(isAllowed(in.getLast().check(1, ALICE))).isTrue();
      }
      for (int i = 0; i < 1_000; i++) {
        try (FrameClient refused = door.connect()) {
          refused.readToEnd();
          assertThat(refused.all()).isEmpty();
        }
      }
      assertThat(door.figures.refusedLabels()).hasSize(1_000).containsOnly("too_many_connections");
      assertThat(isAllowed(in.getFirst().check(3, ALICE))).isTrue();
      for (FrameClient each : in) {
        each.close();
      }

      assertThat(isAllowed(awaitRoom(door))).isTrue();
    }
  }

  /** The server sees the ends of the others some time after they were closed here. */
  private static Answer awaitRoom(DoorFixture door) throws Exception {
    for (int i = 0; i < 10_000; i++) {
      try (FrameClient client = door.connect()) {
        return client.open().check(1, ALICE);
      } catch (IOException | AssertionError _) {
        Thread.sleep(1);
      }
    }
    throw new AssertionError("no room after 10,000 attempts");
  }

  @Test
  @DisplayName("A84 one source takes its own share and no more, when it has one")
  void oneSourceTakesItsOwnShare() throws Exception {
    try (DoorFixture door = new DoorFixture(DoorConfig.of(DEADLINE, 100, 2), checks -> checks);
        FrameClient first = door.connect().open();
        FrameClient second = door.connect().open()) {
      assertThat(isAllowed(first.check(1, ALICE))).isTrue();
      assertThat(isAllowed(second.check(1, ALICE))).isTrue();
      try (FrameClient third = door.connect()) {
        third.readToEnd();
      }

      assertThat(door.figures.refusedLabels()).containsExactly("too_many_connections");
    }
  }
}
