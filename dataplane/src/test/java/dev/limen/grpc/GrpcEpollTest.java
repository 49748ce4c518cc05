package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.DoorConfig;
import dev.limen.check.FakeChecks;
import dev.limen.check.FakeFigures;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
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
class GrpcEpollTest {
  @Test
  @DisplayName("on epoll a check is answered, and the door goes away in two steps")
  void onEpollACheckIsAnsweredAndTheDoorGoesAway() throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
    ExtAuthzConfig config = DoorConfig.of(Duration.ofSeconds(5));
    try (GrpcServer server =
            new GrpcServer.Setup(config, new FakeChecks(), () -> true, new FakeFigures())
                .listen(loops, EpollServerSocketChannel.class);
        FrameClient client = new FrameClient(server.address()).open()) {
      assertThat(client.check(1, DoorFixture.checkOf("alice", "/x")).grpcStatus()).isEqualTo("0");
      CompletableFuture<Void> drained = server.drain(Duration.ofSeconds(20));
      Frame ping = client.control(Frame.PING);
      client.send(new Frame(Frame.PING, Frame.ACK, 0, ping.payload()));
      client.readToEnd();
      drained.get(10, TimeUnit.SECONDS);
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
