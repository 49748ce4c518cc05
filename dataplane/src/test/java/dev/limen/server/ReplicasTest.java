package dev.limen.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.devidp.RequestRecord;
import dev.limen.metrics.Metrics;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionFixtures;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import dev.limen.session.redis.RealRedis;
import dev.limen.session.redis.RedisStore;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three replicas over one Redis, each with connections of its own, at a strict provider. */
class ReplicasTest {
  private static final int REPLICAS = 3;
  private static final int CHECKS = 1_000;

  @TempDir private Path folder;
  private DevIdp provider;
  private RealRedis redis;
  private LimenConfig config;
  private final List<LimenServer> replicas = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    redis = RealRedis.start(Files.createDirectory(folder.resolve("redis")));
    provider = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256"));
    config = config();
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(LimenServer.start(config));
    }
  }

  @AfterEach
  void stop() {
    replicas.forEach(LimenServer::close);
    provider.close();
    redis.close();
  }

  private LimenConfig config() throws IOException {
    Path key = folder.resolve("k1");
    Files.writeString(key, Base64.getEncoder().encodeToString(new byte[KeyRing.KEY_LENGTH]));
    Path file =
        Files.writeString(
            folder.resolve("limen.yaml"),
            """
            version: 1
            server:
              extAuthz:
                grpc: {bindAddress: "127.0.0.1:0"}
                http: {bindAddress: "127.0.0.1:0"}
            management: {bindAddress: "127.0.0.1:0"}
            logging: {decisions: none}
            cookie: {secrets: [{id: k1, fromFile: "%s"}]}
            session:
              store:
                type: redis
                redis:
                  connectionURL: "%s"
                  timeouts: {connect: 5s, command: 5s}
            providers:
              - id: main
                provider: keycloak-oidc
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            """
                .formatted(key, redis.config().connectionURL(), provider.issuer()));
    return new ConfigLoader(Map.of()).load(file);
  }

  /** Somebody who is signed in, and whose access token has expired. */
  private String expiredCookie() throws Exception {
    List<Visit> visits = replicas.stream().map(Visit::new).toList();
    for (Visit visit : visits) {
      visit.awaitReady();
    }
    visits.getFirst().logIn("alice");
    byte[] cookie = visits.getFirst().sessionCookie().getBytes(US_ASCII);
    SessionSecret secret =
        Objects.requireNonNull(
            new SessionCookie(ConfiguredKeyRing.of(config.cookie().secrets()))
                .parse(cookie, Span.of(0, cookie.length)));
    // What a replica does that looks into Redis by itself.
    try (RedisStore store = RedisStore.connect(config.session().store().redis(), new Metrics())) {
      KeyRing keys = ConfiguredKeyRing.of(config.cookie().secrets());
      letItExpire(new Sessions(store, keys, config.session(), new Metrics()), secret);
    }
    return visits.getFirst().cookie();
  }

  private static void letItExpire(Sessions sessions, SessionSecret secret) throws Exception {
    long now = System.currentTimeMillis();
    SessionLookup found = null;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (found == null) {
      assertThat(System.nanoTime()).as("connected in time").isLessThan(end);
      found = sessions.find(secret, now).exceptionally(_ -> null).toCompletableFuture().join();
      Thread.sleep(20);
    }
    Session session = ((SessionLookup.Found) found).session();
    Tokens before = session.tokens();
    Tokens expired =
        new Tokens(
            before.idToken(),
            before.accessToken(),
            before.refreshToken(),
            now - 1_000,
            0,
            now - 600_000);
    assertThat(
            SessionFixtures.answer(
                SessionFixtures.renewed(sessions, session, expired, session.identity(), now)))
        .isNotNull();
  }

  @Test
  @DisplayName(
      "1,000 concurrent checks on one expired session, 3 replicas: 1 token request, 0 logouts")
  void aThousandChecksAtThreeReplicasAreOneTokenRequest() throws Exception {
    Map<String, String> headers = Map.of("accept", "text/html", "cookie", expiredCookie());
    provider.log().clear();
    provider.faults().delayBy(Duration.ofMillis(300));
    provider.faults().switchOn(Fault.SLOW, RequestKind.TOKEN_REFRESH, CHECKS);
    List<Gateway> gateways =
        replicas.stream().map(each -> Gateway.overGrpc(each.grpcAddress())).toList();

    List<Integer> statuses = checksAtOnce(gateways, headers);

    assertThat(statuses)
        .as("allowed, or asked to come again: nobody is sent to sign in")
        .hasSize(CHECKS)
        .allMatch(status -> status == 200 || status == 503);
    for (Gateway gateway : gateways) {
      awaitAllowed(gateway, headers);
      gateway.close();
    }
    assertThat(provider.log().of(RequestKind.TOKEN_REFRESH))
        .singleElement()
        .extracting(RequestRecord::outcome)
        .isEqualTo("ok");
  }

  private static List<Integer> checksAtOnce(List<Gateway> gateways, Map<String, String> headers)
      throws Exception {
    CountDownLatch ready = new CountDownLatch(CHECKS);
    List<Future<Integer>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CHECKS; i++) {
        Gateway gateway = gateways.get(i % REPLICAS);
        answers.add(
            threads.submit(() -> {
              ready.countDown();
              ready.await();
              return status(gateway, headers);
            }));
      }
    }
    List<Integer> statuses = new ArrayList<>();
    for (Future<Integer> answer : answers) {
      statuses.add(answer.get());
    }
    return statuses;
  }

  /** What a gateway makes of it, for which no answer in its own time is a 503, too. */
  private static int status(Gateway gateway, Map<String, String> headers) throws Exception {
    try {
      return gateway.check("/orders", headers).status();
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      return 503;
    }
  }

  private static void awaitAllowed(Gateway gateway, Map<String, String> headers) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    int status = status(gateway, headers);
    while (status != 200) {
      assertThat(status).isEqualTo(503);
      assertThat(System.nanoTime()).as("allowed in time").isLessThan(end);
      Thread.sleep(50);
      status = status(gateway, headers);
    }
  }
}
