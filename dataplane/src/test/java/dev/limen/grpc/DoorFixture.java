package dev.limen.grpc;

import dev.limen.check.CheckHandler;
import dev.limen.check.CountedServerChannel;
import dev.limen.check.DoorConfig;
import dev.limen.check.FakeChecks;
import dev.limen.check.FakeFigures;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.ServerConfig.GrpcConfig;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The gRPC door on a port of its own, with a decision function written by hand. */
final class DoorFixture implements AutoCloseable {
  /** Longer than a client waits for an answer, so that none is given because of it. */
  static final Duration DEADLINE = Duration.ofMinutes(1);

  static final int MAX_CONCURRENT_STREAMS = DoorConfig.MAX_CONCURRENT_STREAMS;

  final FakeChecks checks = new FakeChecks();
  final FakeFigures figures = new FakeFigures();
  final GrpcServer server;
  volatile boolean serving = true;
  final EventLoopGroup loops;

  /** The last connection that came to another port. */
  volatile @Nullable Channel lastElsewhere;

  private final long heldBefore = CountedServerChannel.heldBytes();

  DoorFixture() throws IOException {
    this(DEADLINE);
  }

  DoorFixture(Duration deadline) throws IOException {
    this(DoorConfig.of(deadline), checks -> checks);
  }

  /** The door on as many loops. */
  static DoorFixture withLoops(int count) throws IOException {
    return new DoorFixture(DoorConfig.of(DEADLINE), checks -> checks, count);
  }

  /** The door with other limits, and with something before the decision. */
  DoorFixture(ExtAuthzConfig config, UnaryOperator<CheckHandler> before) throws IOException {
    this(config, before, 1);
  }

  private DoorFixture(ExtAuthzConfig config, UnaryOperator<CheckHandler> before, int loopCount)
      throws IOException {
    loops = new MultiThreadIoEventLoopGroup(loopCount, NioIoHandler.newFactory());
    server =
        new GrpcServer.Setup(config, before.apply(checks), () -> serving, figures)
            .listen(loops, CountedServerChannel.class);
  }

  FrameClient connect() throws IOException {
    return new FrameClient(server.address());
  }

  /** Listens on another port, same loop, for connections that may send so many RST_STREAM. */
  InetSocketAddress listenForFewResets(int maxRstReceived) {
    GrpcService service = new GrpcService(checks, () -> true, figures, 1_000_000_000L);
    GrpcConfig limits = DoorConfig.of(Duration.ofSeconds(1)).grpc();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(CountedServerChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    lastElsewhere = channel;
                    channel
                        .pipeline()
                        .addLast(
                            new GrpcConnectionBuilder(service, limits, maxRstReceived).build());
                  }
                });
    Channel listening = bootstrap.bind("127.0.0.1", 0).syncUninterruptibly().channel();
    return (InetSocketAddress) listening.localAddress();
  }

  /** What the one event loop has allocated in its life, in bytes. */
  long allocatedBytes() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id =
        loops.next().submit(() -> Thread.currentThread().threadId()).syncUninterruptibly().getNow();
    return threads.getThreadAllocatedBytes(id);
  }

  /** A check as the oracle writes it. */
  static CheckRequest checkRequest(String path, String... headers) {
    AttributeContext.HttpRequest.Builder http =
        AttributeContext.HttpRequest.newBuilder()
            .setMethod("GET")
            .setScheme("https")
            .setHost("app.example.com")
            .setPath(path)
            .putHeaders(":path", path);
    for (int i = 0; i < headers.length; i += 2) {
      http.putHeaders(headers[i], headers[i + 1]);
    }
    AttributeContext.Request request = AttributeContext.Request.newBuilder().setHttp(http).build();
    return CheckRequest.newBuilder()
        .setAttributes(AttributeContext.newBuilder().setRequest(request))
        .build();
  }

  /** A check in which {@code name} has a session. */
  static byte[] checkOf(String name, String path) {
    return checkRequest(path, "cookie", "__Host-limen=" + name).toByteArray();
  }

  /** Closes, and fails if a buffer was kept. */
  @Override
  public void close() {
    server.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    long held = CountedServerChannel.heldBytes() - heldBefore;
    if (held != 0) {
      throw new AssertionError("buffers that nobody released: bytes=" + held);
    }
  }
}
