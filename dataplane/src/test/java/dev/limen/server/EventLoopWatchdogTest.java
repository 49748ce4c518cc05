package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CheckHandler;
import dev.limen.check.Decision;
import dev.limen.check.FakeFigures;
import dev.limen.check.Reason;
import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.config.ServerConfig;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.RequestKind;
import dev.limen.grpc.GrpcServer;
import dev.limen.http.BrowserEndpoints;
import dev.limen.http.HttpServer;
import dev.limen.session.redis.RealRedis;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No event loop waits outside its selector, nor uses 20 ms of CPU in one task, while people log in,
 * are checked, are renewed and are turned away, at either door and with either store, and somebody
 * reads the figures.
 */
class EventLoopWatchdogTest {
  private static final long MAX_TASK_MILLIS = 20;
  private static final int ROUNDS = 300;
  private static final int ROUNDS_A_SCRAPE = 10;
  private static final String MEMORY = "{type: memory}";

  @TempDir private Path folder;
  private DevIdp provider;
  private LoopWatch watch;
  private EventLoops loops;

  @BeforeEach
  void start() throws IOException {
    provider =
        DevIdp.start(
            DevIdpConfig.demo()
                .withSigningAlgorithm("ES256")
                .withAccessTokenLifetime(Duration.ofSeconds(2))
                .withRedirectUri("http://localhost:8080/oauth2/callback"));
    watch = new LoopWatch();
    loops =
        Epoll.isAvailable()
            ? EventLoops.start(
                watch.watching(EpollIoHandler.newFactory()), EpollServerSocketChannel.class)
            : EventLoops.start(
                watch.watching(NioIoHandler.newFactory()), NioServerSocketChannel.class);
  }

  @AfterEach
  void stop() {
    loops.close();
    watch.close();
    provider.close();
  }

  private LimenConfig config(String store) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("limen.yaml"),
            """
            version: 1
            server:
              extAuthz:
                grpc: {bindAddress: "127.0.0.1:0"}
                http: {bindAddress: "127.0.0.1:0"}
              shutdown: {lameDuck: 0s, drain: 2s}
            management: {bindAddress: "127.0.0.1:0"}
            cookie:
              secrets: [{id: k1, value: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]
            session: {store: %s}
            providers:
              - id: main
                provider: keycloak-oidc
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            routes:
              - {match: {path: /public/*}, mode: public}
            """
                .formatted(store, provider.issuer()));
    return new ConfigLoader(Map.of()).load(file);
  }

  @Test
  void noLoopWaitsOrWorksLongBehindTheHttpDoor() throws Exception {
    try (LimenServer server = LimenServer.start(config(MEMORY), loops);
        Gateway gateway = Gateway.overHttp(server.httpAddress())) {
      assertThatNoLoopWaitsNorWorksLong(new Visit(server, gateway));
    }
  }

  @Test
  void noLoopWaitsOrWorksLongBehindTheGrpcDoor() throws Exception {
    try (LimenServer server = LimenServer.start(config(MEMORY), loops);
        Gateway gateway = Gateway.overGrpc(server.grpcAddress())) {
      assertThatNoLoopWaitsNorWorksLong(new Visit(server, gateway));
    }
  }

  @Test
  void noLoopWaitsOrWorksLongWhileTheSessionsAreInRedis() throws Exception {
    try (RealRedis redis = RealRedis.start(folder);
        LimenServer server = LimenServer.start(config(redisAt(redis.port())), loops);
        Gateway gateway = Gateway.overGrpc(server.grpcAddress())) {
      assertThatNoLoopWaitsNorWorksLong(new Visit(server, gateway));
    }
  }

  /** With deadlines that a busy machine keeps. */
  private static String redisAt(int port) {
    return "{type: redis, redis: {connectionURL: \"redis://127.0.0.1:%d/0\",".formatted(port)
        + " timeouts: {connect: 5s, command: 5s}}}";
  }

  private void assertThatNoLoopWaitsNorWorksLong(Visit visit) throws Exception {
    visit.awaitReady();
    // Once for the classes and the compiler, then in earnest.
    walk(visit);
    watch.reset();
    walk(visit);
    assertThat(watch.waits()).isEmpty();
    assertThat(watch.worstCpuMillis()).isLessThan(MAX_TASK_MILLIS);
    assertThat(provider.log().of(RequestKind.TOKEN_REFRESH)).as("tokens renewed").isNotEmpty();
  }

  /** A login, checks of all kinds for longer than a token lives, scrapes meanwhile, a sign-out. */
  private void walk(Visit visit) throws Exception {
    visit.logIn("alice");
    long end = System.nanoTime() + Duration.ofMillis(2_500).toNanos();
    for (int i = 0; i < ROUNDS || System.nanoTime() < end; i++) {
      assertThat(visit.check("/orders")).isEqualTo(200);
      assertThat(visit.checkAsNobody("/orders", "text/html")).isEqualTo(302);
      assertThat(visit.checkAsNobody("/orders", "application/json")).isEqualTo(401);
      assertThat(visit.checkAsNobody("/public/a", "text/html")).isEqualTo(200);
      if (i % ROUNDS_A_SCRAPE == 0) {
        assertThat(visit.management("/metrics")).isEqualTo(200);
      }
    }
    visit.signOut();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSleepPlantedBehindADoorIsSeen(boolean grpc) throws Exception {
    checkBehindADoor(grpc, () -> pause(Duration.ofMillis(25)));
    assertThat(watch.waits()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void workPlantedBehindADoorIsSeen(boolean grpc) throws Exception {
    checkBehindADoor(grpc, () -> work(Duration.ofMillis(25)));
    assertThat(watch.worstCpuMillis()).isGreaterThanOrEqualTo(MAX_TASK_MILLIS);
  }

  /** One check at a door of these loops that decides after doing {@code planted}. */
  private void checkBehindADoor(boolean grpc, Runnable planted) throws Exception {
    AtomicBoolean isPlanted = new AtomicBoolean();
    CheckHandler checks =
        (_, listener) -> {
          if (isPlanted.get()) {
            planted.run();
          }
          listener.onDecision(new Decision.Deny(401, Reason.NO_SESSION));
        };
    LimenConfig config = config(MEMORY);
    ServerConfig.ExtAuthzConfig doors = config.server().extAuthz();
    BrowserEndpoints nothing =
        _ -> CompletableFuture.completedFuture(new Decision.Deny(404, Reason.NO_SESSION));
    try (GrpcServer byGrpc =
            new GrpcServer.Setup(doors, checks, () -> true, new FakeFigures())
                .listen(loops.group(), loops.channelType());
        HttpServer byHttp =
            new HttpServer.Setup(doors, config.web(), checks, nothing, new FakeFigures())
                .listen(loops.group(), loops.channelType());
        Gateway gateway =
            grpc ? Gateway.overGrpc(byGrpc.address()) : Gateway.overHttp(byHttp.address())) {
      for (int i = 0; i < ROUNDS; i++) {
        assertThat(gateway.check("/orders", Map.of()).status()).isEqualTo(401);
      }
      watch.reset();
      for (int i = 0; i < ROUNDS; i++) {
        gateway.check("/orders", Map.of());
      }
      assertThat(watch.waits()).as("nothing is planted").isEmpty();
      assertThat(watch.worstCpuMillis()).as("nothing is planted").isLessThan(MAX_TASK_MILLIS);
      isPlanted.set(true);
      assertThat(gateway.check("/orders", Map.of()).status()).isEqualTo(401);
      // Its CPU is known when the loop comes to its selector again.
      isPlanted.set(false);
      gateway.check("/orders", Map.of());
    }
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** So much of this thread's own CPU. */
  private static void work(Duration cpu) {
    var threads = java.lang.management.ManagementFactory.getThreadMXBean();
    long end = threads.getCurrentThreadCpuTime() + cpu.toNanos();
    while (threads.getCurrentThreadCpuTime() < end) {
      Thread.onSpinWait();
    }
  }
}
