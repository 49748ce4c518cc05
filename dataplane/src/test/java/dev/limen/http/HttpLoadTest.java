package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.DoorConfig;
import dev.limen.check.WaitingRoom;
import dev.limen.http.RawClient.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More than one gateway would ask, and more than it would wait for. */
@Timeout(120)
class HttpLoadTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final String ALICE = "host: a\r\ncookie: __Host-limen=alice\r\n\r\n";
  private static final String GET = "GET /limen/check/x HTTP/1.1\r\n" + ALICE;
  private static final String SLOW = "GET /limen/check/slow HTTP/1.1\r\n" + ALICE;
  private static final int SEATS = 3;

  private static void assertAnswered(RawClient client) throws IOException {
    assertThat(client.ask(GET).status()).isEqualTo(200);
  }

  @Test
  @DisplayName("as many checks wait as configured, one more is 503 at once, and nobody is asked")
  void oneMoreCheckThanConfiguredIs503AtOnce() throws Exception {
    try (DoorFixture door =
            new DoorFixture(DoorConfig.of(DEADLINE), checks -> new WaitingRoom(checks, SEATS));
        RawClient waiting = door.connect();
        RawClient client = door.connect()) {
      waiting.send(SLOW.repeat(SEATS));
      while (door.checks.seen().size() < SEATS) {
        Thread.sleep(1);
      }
      Response refused = client.ask(GET);
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.all("retry-after")).containsExactly("2");
      assertThat(door.figures.answeredLabels()).containsExactly("overloaded");
      assertThat(door.checks.seen()).hasSize(SEATS);
      door.checks.release();
      assertThat(waiting.read().status()).isEqualTo(200);

      assertAnswered(client);
    }
  }

  @Test
  @DisplayName("A83 C53 heads that drip keep nobody else from being answered")
  void headsThatDripKeepNobodyFromBeingAnswered() throws Exception {
    List<RawClient> dripping = new ArrayList<>();
    try (DoorFixture door = new DoorFixture(DEADLINE);
        RawClient victim = door.connect()) {
      long alone = System.nanoTime();
      for (int i = 0; i < 300; i++) {
        assertAnswered(victim);
      }
      alone = System.nanoTime() - alone;
      for (int i = 0; i < 300; i++) {
        dripping.add(door.connect());
        dripping.getLast().send("G");
      }
      long beside = System.nanoTime();
      for (int i = 0; i < 300; i++) {
        dripping.get(i).send("E");
        assertAnswered(victim);
      }
      beside = System.nanoTime() - beside;
      System.out.printf("A83 HTTP: 300 checks beside 300 drips: x%.2f%n", beside / (double) alone);
    } finally {
      for (RawClient each : dripping) {
        each.close();
      }
    }
  }

  @Test
  @DisplayName("A84 connections beyond the limit are closed as they come, and make room as they go")
  void connectionsBeyondTheLimitAreClosedAsTheyCome() throws Exception {
    int limit = 20;
    try (DoorFixture door = new DoorFixture(DoorConfig.of(DEADLINE, limit, 0), checks -> checks)) {
      List<RawClient> in = new ArrayList<>();
      for (int i = 0; i < limit; i++) {
        in.add(door.connect());
        assertAnswered(in.getLast());
      }
      for (int i = 0; i < 1_000; i++) {
        try (RawClient refused = door.connect()) {
          assertThat(refused.isEnded()).isTrue();
        }
      }
      assertThat(door.figures.refusedLabels()).hasSize(1_000).containsOnly("too_many_connections");
      assertAnswered(in.getFirst());
      for (RawClient each : in) {
        each.close();
      }

      assertThat(awaitRoom(door)).isEqualTo(200);
    }
  }

  /** The server sees the ends of the others some time after they were closed here. */
  private static int awaitRoom(DoorFixture door) throws Exception {
    for (int i = 0; i < 10_000; i++) {
      try (RawClient client = door.connect()) {
        return client.ask(GET).status();
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
        RawClient first = door.connect();
        RawClient second = door.connect()) {
      assertAnswered(first);
      assertAnswered(second);
      try (RawClient third = door.connect()) {
        assertThat(third.isEnded()).isTrue();
      }

      assertThat(door.figures.refusedLabels()).containsExactly("too_many_connections");
    }
  }
}
