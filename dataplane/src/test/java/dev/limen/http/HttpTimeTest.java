package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How long a connection waits, on a clock that the test turns. */
class HttpTimeTest {
  private static final int IDLE_SECONDS = 2 * 60 * 60;
  private static final int MESSAGE_SECONDS = 10;
  private static final String GET = "GET /x HTTP/1.1\r\nhost: a\r\n";

  private EmbeddedChannel channel;
  private @Nullable Exchange waiting;

  @BeforeEach
  void open() {
    channel = new EmbeddedChannel();
    channel.freezeTime();
    HttpConnection connection =
        new HttpConnection(
            channel,
            new RequestHandler() {
              @Override
              public void handle(RequestHead head, Exchange exchange) {
                waiting = exchange;
              }

              @Override
              public void refused(Reason reason) {}

              @Override
              public void turnedAway() {}
            },
            Duration.ofSeconds(MESSAGE_SECONDS));
    channel
        .pipeline()
        .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
        .addLast(connection.decoder())
        .addLast(connection);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void send(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void pass(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runPendingTasks();
  }

  private String written() {
    StringBuilder all = new StringBuilder();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      all.append(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }
    return all.toString();
  }

  private void answer() {
    Exchange asked = waiting;
    if (asked == null) {
      throw new AssertionError("no request came");
    }
    asked.answer(HttpAnswer.of(200, List.of(), new byte[0]));
  }

  @Test
  @DisplayName("A83 C53 a head that drips is 408 after ten seconds, and the end")
  void aHeadThatDripsIs408AfterTenSeconds() {
    send("G");
    for (int i = 1; i < MESSAGE_SECONDS; i++) {
      pass(1);
      send(GET.substring(i, i + 1));
    }
    assertThat(written()).isEmpty();
    pass(1);

    assertThat(written())
        .startsWith("HTTP/1.1 408 ")
        .contains("connection: close", "\"request_incomplete\"");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  @DisplayName("C53 a body that drips is 408 as well")
  void aBodyThatDripsIs408() {
    send("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nh");
    pass(MESSAGE_SECONDS);

    assertThat(written()).startsWith("HTTP/1.1 408 ");
  }

  @Test
  @DisplayName("the time of one message is not the time of the next")
  void theTimeOfOneMessageIsNotTheTimeOfTheNext() {
    send(GET);
    pass(MESSAGE_SECONDS - 1);
    send("\r\nGET /");
    pass(MESSAGE_SECONDS - 1);
    answer();

    assertThat(written()).startsWith("HTTP/1.1 200 ");
    pass(1);
    assertThat(written()).startsWith("HTTP/1.1 408 ");
  }

  @Test
  @DisplayName("a request that waits for its answer has no time of its own here")
  void aRequestThatWaitsForItsAnswerHasNoTime() {
    send(GET + "\r\n");
    pass(3 * 60 * 60);
    answer();

    assertThat(written()).startsWith("HTTP/1.1 200 ");
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  @DisplayName("C57 an idle connection outlives Envoy's hour, and ends after two")
  void anIdleConnectionOutlivesEnvoysHour() {
    send(GET + "\r\n");
    answer();
    pass(IDLE_SECONDS - 1);
    assertThat(channel.isOpen()).isTrue();
    pass(1);

    assertThat(channel.isOpen()).isFalse();
  }
}
