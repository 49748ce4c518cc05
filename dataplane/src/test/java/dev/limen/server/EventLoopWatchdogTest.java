package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.RequestKind;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No event loop waits outside its selector, nor uses 20 ms of CPU in one task, while people log in,
 * are checked, are renewed and are turned away.
 */
class EventLoopWatchdogTest {
  private static final long MAX_TASK_MILLIS = 20;
  private static final int ROUNDS = 300;

  @TempDir private Path folder;
  private DevIdp provider;
  private LoopWatch watch;
  private EventLoops loops;
  private LimenServer server;

  @BeforeEach
  void start() throws Exception {
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
    server = LimenServer.start(config(), loops);
  }

  @AfterEach
  void stop() {
    server.close();
    watch.close();
    provider.close();
  }

  private LimenConfig config() throws IOException {
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
                .formatted(provider.issuer()));
    return new ConfigLoader(Map.of()).load(file);
  }

  @Test
  void noLoopWaitsOutsideItsSelectorNorUsesTwentyMillisecondsOfCpuInOneTask() throws Exception {
    Visit visit = new Visit(server);
    visit.awaitReady();
    // Once for the classes and the compiler, then in earnest.
    walk(visit);
    watch.reset();
    walk(visit);
    assertThat(watch.waits()).isEmpty();
    assertThat(watch.worstCpuMillis()).isLessThan(MAX_TASK_MILLIS);
    assertThat(provider.log().of(RequestKind.TOKEN_REFRESH)).as("tokens renewed").isNotEmpty();
  }

  /** A login, checks of all kinds for longer than a token lives, a sign-out. */
  private void walk(Visit visit) throws Exception {
    visit.logIn("alice");
    long end = System.nanoTime() + Duration.ofMillis(2_500).toNanos();
    for (int i = 0; i < ROUNDS || System.nanoTime() < end; i++) {
      assertThat(visit.check("/orders")).isEqualTo(200);
      assertThat(visit.checkAsNobody("/orders", "text/html")).isEqualTo(302);
      assertThat(visit.checkAsNobody("/orders", "application/json")).isEqualTo(401);
      assertThat(visit.checkAsNobody("/public/a", "text/html")).isEqualTo(200);
    }
    visit.signOut();
  }

  @Test
  void aPlantedSleepIsSeen() throws Exception {
    watch.reset();
    loops.group().next().submit(() -> pause(Duration.ofMillis(100))).get(5, TimeUnit.SECONDS);
    assertThat(watch.waits()).isNotEmpty();
  }

  @Test
  void plantedWorkIsSeen() throws Exception {
    watch.reset();
    loops.group().next().submit(EventLoopWatchdogTest::work).get(5, TimeUnit.SECONDS);
    loops.group().next().submit(() -> {}).get(5, TimeUnit.SECONDS);
    loops.group().next().submit(() -> {}).get(5, TimeUnit.SECONDS);
    assertThat(watch.worstCpuMillis()).isGreaterThanOrEqualTo(MAX_TASK_MILLIS);
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Forty milliseconds of this thread's own CPU. */
  private static void work() {
    var threads = java.lang.management.ManagementFactory.getThreadMXBean();
    long end = threads.getCurrentThreadCpuTime() + Duration.ofMillis(40).toNanos();
    while (threads.getCurrentThreadCpuTime() < end) {
      Thread.onSpinWait();
    }
  }
}
