package dev.limen.http;

import dev.limen.check.CheckHandler;
import dev.limen.check.CountedServerChannel;
import dev.limen.check.Decision;
import dev.limen.check.DoorConfig;
import dev.limen.check.FakeChecks;
import dev.limen.check.FakeFigures;
import dev.limen.check.Reason;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.WebConfig;
import dev.limen.login.EndpointRequest;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** The HTTP door on a port of its own, with a decision function written by hand. */
final class DoorFixture implements AutoCloseable {
  /** Longer than a busy machine keeps any test waiting that releases its checks by itself. */
  static final Duration DEADLINE = Duration.ofMinutes(1);

  final FakeChecks checks = new FakeChecks();
  final FakeFigures figures = new FakeFigures();
  final List<EndpointRequest> endpointRequests = new CopyOnWriteArrayList<>();
  final HttpServer server;
  final EventLoopGroup loops;
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
        new HttpServer.Setup(
                config, new WebConfig("/oauth2"), before.apply(checks), this::browser, figures)
            .listen(loops, CountedServerChannel.class);
  }

  RawClient connect() throws IOException {
    return new RawClient(server.address());
  }

  /** What the one event loop has allocated in its life, in bytes. */
  long allocatedBytes() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id =
        loops.next().submit(() -> Thread.currentThread().threadId()).syncUninterruptibly().getNow();
    return threads.getThreadAllocatedBytes(id);
  }

  private CompletionStage<Decision> browser(EndpointRequest request) {
    endpointRequests.add(request);
    if (request.path().startsWith("/oauth2/denies/")) {
      String[] words = request.path().split("/");
      Reason reason = Reason.valueOf(words[4].toUpperCase(Locale.ROOT));
      return CompletableFuture.completedFuture(
          new Decision.Deny(Integer.parseInt(words[3]), reason));
    }
    return switch (request.path()) {
      case "/oauth2/throws" -> throw new IllegalStateException("planted");
      case "/oauth2/never" -> new CompletableFuture<>();
      case "/oauth2/splits" ->
          CompletableFuture.completedFuture(
              new Decision.Redirect("/a\r\nset-cookie: b", List.of(), Reason.SIGNED_IN));
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
