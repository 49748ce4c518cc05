package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running Limen follows its files: whole, at once, or not at all. */
class ConfigReloadTest {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final String PUBLIC = "routes: [{match: {path: /orders/*}, mode: public}]\n";

  @TempDir private Path folder;
  private DevIdp provider;
  private LoopWatch watch;
  private LimenServer server;
  private ConfigReload reload;
  private Visit visit;
  private Path file;
  private Path clientSecret;

  @BeforeEach
  void start() throws Exception {
    provider = provider();
    file = folder.resolve("limen.yaml");
    clientSecret = Files.writeString(folder.resolve("client-secret"), "limen-demo-secret\n");
    write(base());
    watch = new LoopWatch();
    ConfigFiles files = new ConfigFiles(file, Map.of());
    server = LimenServer.start(files.read().configOrThrow(), loops());
    reload = server.follow(files, POLL);
    visit = new Visit(server);
    visit.awaitReady();
  }

  @AfterEach
  void stop() {
    server.close();
    watch.close();
    provider.close();
  }

  private static DevIdp provider() throws IOException {
    return DevIdp.start(
        DevIdpConfig.demo()
            .withSigningAlgorithm("ES256")
            .withRedirectUri("http://localhost:8080/oauth2/callback"));
  }

  private EventLoops loops() {
    return Epoll.isAvailable()
        ? EventLoops.start(
            watch.watching(EpollIoHandler.newFactory()), EpollServerSocketChannel.class)
        : EventLoops.start(watch.watching(NioIoHandler.newFactory()), NioServerSocketChannel.class);
  }

  private String base() {
    return """
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
        clientSecret: {fromFile: "%s"}
        oidcConfig: {issuerURL: "%s"}
    redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
    """
        .formatted(clientSecret, provider.issuer());
  }

  /** As an editor or Kubernetes does it: a new file in the place of the old one. */
  private void write(String yaml) throws IOException {
    Path next = Files.writeString(folder.resolve("next"), yaml);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** A condition that may need an answer of the server. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  private static void await(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      Thread.sleep(20);
    }
  }

  private void awaitMetric(String line) throws Exception {
    await(line, () -> visit.page("/metrics").lines().anyMatch(line::equals));
  }

  private static String applied(int count) {
    return "limen_config_reloads_total{outcome=\"applied\"} " + count + ".0";
  }

  private boolean isOpen() throws IOException, InterruptedException {
    return visit.checkAsNobody("/orders/1", "application/json") == 200;
  }

  @Test
  void aNewRouteFlipsTheDecisionAndNoCheckIsDroppedNorALoopHeldUp() throws Exception {
    visit.logIn("alice");
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> load =
        CompletableFuture.supplyAsync(() -> checkUntil(over, new Visit(server)));
    CompletableFuture<Integer> more =
        CompletableFuture.supplyAsync(() -> checkUntil(over, new Visit(server)));
    assertThat(isOpen()).isFalse();
    watch.reset();
    write(base() + PUBLIC);
    await("the route is public", this::isOpen);
    write(base());
    await("the route is not public", () -> !isOpen());
    over.set(true);
    assertThat(load.join() + more.join()).isGreaterThan(10);
    assertThat(visit.check("/orders/1")).as("the session goes on").isEqualTo(200);
    assertThat(watch.waits()).isEmpty();
    awaitMetric(applied(2));
    awaitMetric("limen_config_last_reload_successful 1.0");
  }

  /** Every check has one of the two answers that there are, whenever it comes. */
  private static int checkUntil(AtomicBoolean over, Visit visitor) {
    int count = 0;
    try {
      while (!over.get()) {
        assertThat(visitor.checkAsNobody("/orders/1", "application/json")).isIn(200, 401);
        count++;
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("a check was dropped after " + count, e);
    }
    return count;
  }

  @Test
  void aBrokenFileKeepsTheLastGoodAndIsSaidInMetricAndReadinessWhichStaysOn() throws Exception {
    write(base() + PUBLIC);
    await("the route is public", this::isOpen);
    write(base() + "routes: []\nsession: {idelTimeout: 5m}\n");
    awaitMetric("limen_config_last_reload_successful 0.0");
    awaitMetric("limen_config_reloads_total{outcome=\"refused\"} 1.0");
    assertThat(isOpen()).isTrue();
    assertThat(visit.management("/ready")).isEqualTo(200);
    assertThat(visit.page("/ready"))
        .startsWith("ready\nconfiguration: not reloaded, the last good one stays in force: " + file)
        .contains(":16:11: error: session.idelTimeout: found an unknown key");
    write(base());
    await("the good file is in force", () -> !isOpen());
    assertThat(visit.page("/ready")).isEqualTo("ready\n");
    awaitMetric("limen_config_last_reload_successful 1.0");
  }

  @Test
  void aFileThatGoesAwayKeepsTheLastGood() throws Exception {
    Files.delete(file);
    awaitMetric("limen_config_last_reload_successful 0.0");
    assertThat(visit.management("/ready")).isEqualTo(200);
    write(base());
    awaitMetric("limen_config_last_reload_successful 1.0");
  }

  @Test
  void aRingThatCannotBeMadeKeepsTheLastGood() throws Exception {
    write(base() + PUBLIC + "cookie: {secrets: [{id: k1, value: c2hvcnQ=}]}\n");
    awaitMetric("limen_config_last_reload_successful 0.0");
    assertThat(visit.page("/ready")).contains("cookie.secrets[id=k1]").doesNotContain("c2hvcnQ");
    assertThat(isOpen()).isFalse();
  }

  @Test
  void whatNeedsARestartIsNamedAndTheRestIsInForce() throws Exception {
    write(base().replace("lameDuck: 0s", "lameDuck: 1s") + PUBLIC);
    await("the route is public", this::isOpen);
    assertThat(visit.page("/ready"))
        .isEqualTo("ready\nconfiguration: needs a restart: server.shutdown.lameDuck\n");
    write(base());
    await("the route is not public", () -> !isOpen());
    assertThat(visit.page("/ready")).isEqualTo("ready\n");
  }

  @Test
  void anotherProviderTakesOverOnceItIsKnown() throws Exception {
    try (DevIdp other = provider()) {
      write(base().replace(provider.issuer(), other.issuer()));
      awaitMetric(applied(1));
      assertThat(visit.management("/ready")).isEqualTo(200);
      visit.logIn("alice");
      assertThat(other.log().of(RequestKind.TOKEN_CODE)).hasSize(1);
      assertThat(provider.log().of(RequestKind.TOKEN_CODE)).isEmpty();
    }
  }

  @Test
  void aProviderThatDoesNotAnswerDoesNotTakeOverUntilItDoes() throws Exception {
    DevIdp other = provider();
    String issuer = other.issuer();
    other.close();
    write(base().replace(provider.issuer(), issuer) + PUBLIC);
    awaitMetric("limen_config_last_reload_successful 0.0");
    assertThat(visit.page("/ready")).contains("providers not known yet, trying again: [main]");
    assertThat(isOpen()).as("nothing of it is in force").isFalse();
    visit.logIn("alice");
    assertThat(provider.log().of(RequestKind.TOKEN_CODE)).hasSize(1);
  }

  @Test
  void aClientSecretIsRotatedByItsFile() throws Exception {
    Files.writeString(clientSecret, "not-the-secret\n");
    awaitMetric(applied(1));
    assertThat(visit.callbackStatus("alice")).isNotEqualTo(302);
    Files.writeString(clientSecret, "limen-demo-secret\n");
    awaitMetric(applied(2));
    new Visit(server).logIn("alice");
  }

  @Test
  void aRingKeyIsAddedAsTheSecondThenMadeTheFirstAndSessionsKeepOpening() throws Exception {
    String k1 = "{id: k1, value: \"" + key(1) + "\"}";
    String k2 = "{id: k2, value: \"" + key(2) + "\"}";
    write(base() + "cookie: {secrets: [" + k1 + "]}\n");
    awaitMetric(applied(1));
    visit.logIn("alice");
    write(base() + "cookie: {secrets: [" + k1 + ", " + k2 + "]}\n");
    awaitMetric(applied(2));
    assertThat(visit.check("/orders")).isEqualTo(200);
    write(base() + "cookie: {secrets: [" + k2 + ", " + k1 + "]}\n");
    awaitMetric(applied(3));
    assertThat(visit.check("/orders")).as("sealed with the old key").isEqualTo(200);
    Visit later = new Visit(server);
    later.logIn("bob");
    write(base() + "cookie: {secrets: [" + k2 + "]}\n");
    awaitMetric(applied(4));
    assertThat(later.check("/orders")).as("sealed with the new key").isEqualTo(200);
    assertThat(visit.check("/orders")).as("the old key is gone").isEqualTo(302);
  }

  private static String key(int seed) {
    byte[] bytes = new byte[32];
    java.util.Arrays.fill(bytes, (byte) seed);
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Test
  void anOperatorsWishReadsTheFilesAtOnce() throws Exception {
    write(base() + PUBLIC);
    reload.now();
    await("the route is public", this::isOpen);
  }

  @Test
  void aProfileAndTheRulesOfARouteChange() throws Exception {
    visit.logIn("alice");
    assertThat(visit.check("/orders")).isEqualTo(200);
    write(base() + "routes: [{match: {path: /orders}, mode: login, require: {group: nobody}}]\n");
    await("the rule refuses", () -> visit.check("/orders") == 403);
    String profile = "headerProfiles: [{id: p, headers: [{name: X-P, claim: sub}]}]\n";
    write(base() + profile + "routes: [{match: {path: /orders}, mode: login, headers: p}]\n");
    await("the rule is gone", () -> visit.check("/orders") == 200);
    awaitMetric(applied(2));
  }

  @Test
  void filesThatSayTheSameInOtherWordsAreNoReload() throws Exception {
    write("# a comment\n" + base());
    write(base() + PUBLIC);
    await("the route is public", this::isOpen);
    write("# a comment\n" + base() + PUBLIC);
    Thread.sleep(POLL.toMillis() * 6);
    awaitMetric(applied(1));
  }
}
