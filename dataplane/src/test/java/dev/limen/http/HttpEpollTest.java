package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.DoorConfig;
import dev.limen.check.FakeChecks;
import dev.limen.check.FakeFigures;
import dev.limen.check.Reason;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.WebConfig;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The same door on the transport that production has. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class HttpEpollTest {
  private static final String GET =
      " /limen/check/x HTTP/1.1\r\nhost: a\r\ncookie: __Host-limen=alice\r\n\r\n";

  private static HttpServer listen(FakeChecks checks, EventLoopGroup loops) throws Exception {
    ExtAuthzConfig config = DoorConfig.of(Duration.ofSeconds(5));
    BrowserEndpoints none =
        request -> CompletableFuture.completedFuture(new Decision.Deny(404, Reason.NOT_FOUND));
    return new HttpServer.Setup(config, new WebConfig("/oauth2"), checks, none, new FakeFigures())
        .listen(loops, EpollServerSocketChannel.class);
  }

  @Test
  @DisplayName("on epoll: keep-alive, half-close, a large body refused, drain")
  void onEpollTheDoorAnswersAndGoesAway() throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    FakeChecks checks = new FakeChecks();
    try (HttpServer server = listen(checks, loops);
        RawClient kept = new RawClient(server.address());
        RawClient half = new RawClient(server.address());
        RawClient large = new RawClient(server.address())) {
      assertThat(kept.ask("GET" + GET).status()).isEqualTo(200);
      assertThat(kept.ask("PUT" + GET).status()).isEqualTo(200);
      half.send("GET" + GET.replace("/limen/check/x", "/limen/check/slow"));
      half.endOutput();
      checks.release();
      assertThat(half.read().status()).isEqualTo(200);
      assertThat(half.isEnded()).isTrue();
      large.send("POST /limen/check/x HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n");
      large.send("x".repeat(100_000));
      assertThat(large.read().status()).isEqualTo(413);
      assertThat(large.isEnded()).isTrue();
      CompletableFuture<Void> drained = server.drain(Duration.ofSeconds(20));
      assertThat(kept.ask("GET" + GET).all("connection")).containsExactly("close");
      assertThat(kept.isEnded()).isTrue();
      drained.get(10, TimeUnit.SECONDS);
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
