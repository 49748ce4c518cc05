package dev.limen.grpc;

import static dev.limen.session.SessionFixtures.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.grpc.LimenProcess.Page;
import dev.limen.metrics.Metrics;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionFixtures;
import dev.limen.session.Sessions;
import dev.limen.session.redis.RealRedis;
import dev.limen.session.redis.RedisStore;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code limen serve} does on SIGTERM, seen from outside the process. */
@Timeout(180)
class SigtermTest {
  @TempDir private Path folder;

  private Path config(int redisPort, String issuer) throws IOException {
    return Files.writeString(
        folder.resolve("limen.yaml"),
        """
        version: 1
        server:
          extAuthz:
            grpc: {bindAddress: "127.0.0.1:0"}
            http: {bindAddress: "127.0.0.1:0"}
            deadline: 30s
          shutdown: {lameDuck: 4s, drain: 30s}
        management: {bindAddress: "127.0.0.1:0"}
        cookie:
          secrets: [{id: k1, value: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]
        session:
          store:
            type: redis
            redis:
              connectionURL: "redis://127.0.0.1:%d/0"
              timeouts: {connect: 10s, command: 10s}
        providers:
          - id: main
            provider: keycloak-oidc
            clientID: limen
            clientSecret: {value: limen-demo-secret}
            oidcConfig: {issuerURL: "%s"}
        redirects: {redirectURL: "https://app.example.com/oauth2/callback"}
        routes:
          - {match: {path: /public/*}, mode: public}
        """
            .formatted(redisPort, issuer));
  }

  /** The cookie of somebody whose session is in Redis. */
  private static String signIn(Path config) {
    LimenConfig settings = new ConfigLoader(Map.of()).load(config);
    KeyRing ring = ConfiguredKeyRing.of(settings.cookie().secrets());
    Metrics metrics = new Metrics();
    try (RedisStore store = RedisStore.connect(settings.session().store().redis(), metrics)) {
      while (answer(store.ping().handle((_, trouble) -> trouble != null))) {
        Thread.onSpinWait();
      }
      Sessions sessions = new Sessions(store, ring, settings.session(), metrics);
      Session session =
          answer(
              sessions.create(
                  SessionFixtures.identity("alice"),
                  SessionFixtures.tokens(1),
                  SessionContext.UNKNOWN,
                  System.currentTimeMillis()));
      return "__Host-limen=" + new SessionCookie(ring).value(session.secret());
    }
  }

  private static void send(FrameClient client, int stream, String path, String... headers)
      throws IOException {
    byte[] check = DoorFixture.checkRequest(path, headers).toByteArray();
    client.send(
        FrameClient.call(stream, FrameClient.CHECK),
        Frame.data(stream, true, FrameClient.prefixed(check)));
  }

  private static boolean isAllowed(FrameClient client, int stream) throws IOException {
    return CheckResponse.parseFrom(client.answer(stream).message()).hasOkResponse();
  }

  @Test
  void readinessGoesFirstThenConnectionsAreToldInTwoStepsAndWhatWasAskedIsAnswered()
      throws Exception {
    try (RealRedis redis = RealRedis.start(folder);
        DevIdp provider = DevIdp.start(DevIdpConfig.demo())) {
      Path config = config(redis.port(), provider.issuer().toString());
      String cookie = signIn(config);
      try (LimenProcess limen = LimenProcess.serve(config);
          FrameClient slow = new FrameClient(limen.grpcAddress()).open()) {
        limen.awaitPage("/ready", new Page(200, "ready"));
        redis.freeze();
        send(slow, 1, "/orders", "cookie", cookie);
        slow.roundTrip(1);

        limen.sigterm();

        limen.awaitPage("/ready", new Page(503, "draining"));
        try (FrameClient late = new FrameClient(limen.grpcAddress()).open()) {
          send(late, 1, "/public/a");
          assertThat(isAllowed(late, 1)).as("a new check while gateways take notice").isTrue();
        }
        assertThat(slow.control(Frame.GOAWAY).intAt(0)).isEqualTo(Integer.MAX_VALUE);
        assertThat(slow.control(Frame.GOAWAY).intAt(0)).isEqualTo(1);
        redis.thaw();
        assertThat(isAllowed(slow, 1)).as("the check that was under way").isTrue();
        slow.readToEnd();
        assertThat(limen.exitCode()).isZero();
      }
    }
  }

  @Test
  void duringTheStartItEndsTheProcessAsCleanly() throws Exception {
    Path config = folder.resolve("limen.yaml");
    assertThat(new ProcessBuilder("mkfifo", config.toString()).start().waitFor()).isZero();
    try (LimenProcess limen = LimenProcess.start(config)) {
      // From here on it waits for the first byte of its configuration.
      OutputStream pipe = open(config);
      limen.sigterm();

      assertThat(limen.exitCode()).isZero();
      pipe.close();
    }
  }

  /** Returns once the process has opened the other end. */
  private static OutputStream open(Path pipe) throws Exception {
    return CompletableFuture.<OutputStream>supplyAsync(
            () -> {
              try {
                return new FileOutputStream(pipe.toFile());
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })
        .get(60, TimeUnit.SECONDS);
  }

  @Test
  void aStartThatFailsKeepsItsExitCode() throws Exception {
    Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "version: 2\n");
    try (LimenProcess limen = LimenProcess.start(wrong)) {
      assertThat(limen.exitCode()).isEqualTo(2);
    }
  }
}
