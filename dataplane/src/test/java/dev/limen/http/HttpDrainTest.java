package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.BusyLoop;
import dev.limen.check.CountedServerChannel;
import dev.limen.http.RawClient.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the HTTP door closes. */
@Timeout(60)
class HttpDrainTest {
  private static final String GET = "GET /limen/check/x HTTP/1.1\r\nhost: a\r\n\r\n";
  private static final String SLOW =
      "GET /limen/check/slow HTTP/1.1\r\nhost: a\r\ncookie: __Host-limen=alice\r\n\r\n";

  private DoorFixture door;
  private RawClient client;

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

  @Test
  @DisplayName("the next answer on a connection says that it is the last")
  void theNextAnswerSaysThatItIsTheLast() throws Exception {
    assertThat(client.ask(GET).all("connection")).isEmpty();
    CompletableFuture<Void> drained = door.server.drain(Duration.ofSeconds(20));
    Response last = client.ask(GET);

    assertThat(last.status()).isEqualTo(401);
    assertThat(last.all("connection")).containsExactly("close");
    assertThat(client.isEnded()).isTrue();
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("a check under way is answered before its connection ends")
  void aCheckUnderWayIsAnswered() throws Exception {
    client.send(SLOW);
    var listener = door.checks.awaitSlow();
    CompletableFuture<Void> drained = door.server.drain(Duration.ofSeconds(20));
    listener.onDecision(new dev.limen.check.Decision.Deny(401, dev.limen.check.Reason.NO_SESSION));
    Response last = client.read();

    assertThat(last.status()).isEqualTo(401);
    assertThat(last.all("connection")).containsExactly("close");
    client.close();
    drained.get(10, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("an idle connection stays until the grace is over")
  void anIdleConnectionStaysUntilTheGraceIsOver() throws Exception {
    client.ask(GET);
    long started = System.nanoTime();
    CompletableFuture<Void> drained = door.server.drain(Duration.ofMillis(300));

    drained.get(10, TimeUnit.SECONDS);
    assertThat(System.nanoTime() - started).isGreaterThan(290_000_000L);
    assertThat(client.isEnded()).isTrue();
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
      client.send(SLOW);
      var listener = door.checks.awaitSlow();
      assertThat(BusyLoop.goesOn(drained)).isTrue();
      listener.onDecision(
          new dev.limen.check.Decision.Deny(401, dev.limen.check.Reason.NO_SESSION));
      Response last = client.read();

      assertThat(last.status()).isEqualTo(401);
      assertThat(last.all("connection")).containsExactly("close");
      client.close();
      drained.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  @DisplayName("no connection is accepted any more")
  void noConnectionIsAcceptedAnyMore() throws Exception {
    door.server.drain(Duration.ofMillis(10)).get(10, TimeUnit.SECONDS);

    assertThatThrownBy(() -> door.connect()).isInstanceOf(IOException.class);
  }
}
