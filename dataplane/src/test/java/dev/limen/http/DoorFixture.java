package dev.limen.http;

import dev.limen.check.CountedServerChannel;
import dev.limen.check.Decision;
import dev.limen.check.FakeChecks;
import dev.limen.check.FakeFigures;
import dev.limen.check.Reason;
import dev.limen.config.BindAddress;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.ServerConfig.GrpcConfig;
import dev.limen.config.ServerConfig.HttpConfig;
import dev.limen.config.WebConfig;
import dev.limen.login.EndpointRequest;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** The HTTP door on a port of its own, with a decision function written by hand. */
final class DoorFixture implements AutoCloseable {
  static final Duration DEADLINE = Duration.ofSeconds(2);

  final FakeChecks checks = new FakeChecks();
  final FakeFigures figures = new FakeFigures();
  final List<EndpointRequest> endpointRequests = new CopyOnWriteArrayList<>();
  final HttpServer server;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final long heldBefore = CountedServerChannel.heldBytes();

  DoorFixture() throws IOException {
    this(DEADLINE);
  }

  DoorFixture(Duration deadline) throws IOException {
    BindAddress loopback = new BindAddress("127.0.0.1", 0);
    ExtAuthzConfig config =
        new ExtAuthzConfig(
            new GrpcConfig(loopback, 100), new HttpConfig(loopback, "/limen/check"), deadline);
    server =
        new HttpServer.Setup(config, new WebConfig("/oauth2"), checks, this::browser, figures)
            .listen(loops, CountedServerChannel.class);
  }

  RawClient connect() throws IOException {
    return new RawClient(server.address());
  }

  private CompletionStage<Decision> browser(EndpointRequest request, long nowMillis) {
    endpointRequests.add(request);
    return switch (request.path()) {
      case "/oauth2/fails" -> CompletableFuture.failedFuture(new IllegalStateException("planted"));
      case "/oauth2/allows" -> CompletableFuture.completedFuture(allow());
      case "/oauth2/away" ->
          CompletableFuture.completedFuture(new Decision.Unavailable(Reason.STORE_UNAVAILABLE));
      case "/oauth2/callback" ->
          CompletableFuture.supplyAsync(() ->
              new Decision.Redirect(
                  "http://localhost:8080/orders?x=1",
                  List.of("__Host-limen=new; Path=/", "__Host-limen-flow-a=; Max-Age=0"),
                  Reason.SIGNED_IN));
      default ->
          CompletableFuture.completedFuture(
              new Decision.Page(
                  200, "text/html; charset=utf-8", "<p>Grüße", List.of(), Reason.SIGNED_OUT));
    };
  }

  private static Decision allow() {
    return new Decision.Allow(new dev.limen.check.HeaderMutations(List.of(), List.of()));
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
