package dev.limen.server;

import static dev.limen.session.SessionFixtures.renewed;
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
import dev.limen.metrics.Metrics;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import dev.limen.session.Tokens;
import dev.limen.session.redis.RealRedis;
import dev.limen.session.redis.RedisStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that stops while refreshes run behind answered checks, over a store that stays. */
class DrainTest {
  @TempDir private Path folder;
  private DevIdp provider;
  private RealRedis redis;
  private LimenConfig config;
  private LimenServer server;
  private SessionStore store;
  private Sessions sessions;

  @BeforeEach
  void start() throws Exception {
    redis = RealRedis.start(Files.createDirectory(folder.resolve("redis")));
    provider =
        DevIdp.start(
            DevIdpConfig.demo()
                .withSigningAlgorithm("ES256")
                .withRedirectUri("http://localhost:8080/oauth2/callback"));
    config = config();
    server = LimenServer.start(config);
    Metrics metrics = new Metrics();
    KeyRing keys = ConfiguredKeyRing.of(config.cookie().secrets());
    store = RedisStore.connect(config.session().store().redis(), metrics);
    sessions = new Sessions(store, keys, config.session(), metrics);
  }

  @AfterEach
  void stop() {
    server.close();
    store.close();
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
              shutdown: {lameDuck: 0s, drain: 2s}
            management: {bindAddress: "127.0.0.1:0"}
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

  private Session stored(SessionSecret secret) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        SessionLookup found =
            sessions
                .find(secret, System.currentTimeMillis())
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        return ((SessionLookup.Found) found).session();
      } catch (CompletionException e) {
        assertThat(e).hasCauseInstanceOf(StoreUnavailableException.class);
        assertThat(System.nanoTime()).as("connected in time").isLessThan(end);
        Thread.sleep(20);
      }
    }
  }

  /** Lets the session's tokens be due: still good for half a minute of eleven. */
  private void letItBeDue(Session session) {
    long now = System.currentTimeMillis();
    Tokens before = session.tokens();
    Tokens due =
        new Tokens(
            before.idToken(),
            before.accessToken(),
            before.refreshToken(),
            now + 30_000,
            0,
            now - 630_000);
    renewed(sessions, session, due, session.identity(), now).toCompletableFuture().join();
  }

  @Test
  @DisplayName("Facts, section 4.3, step 8: a shutdown waits for refreshes behind answered checks")
  void aRefreshBehindAnAnsweredCheckIsStoredBeforeTheServerIsGone() throws Exception {
    Visit visit = new Visit(server);
    visit.awaitReady();
    visit.logIn("alice");
    byte[] cookie = visit.sessionCookie().getBytes(US_ASCII);
    SessionSecret secret =
        Objects.requireNonNull(
            new SessionCookie(ConfiguredKeyRing.of(config.cookie().secrets()))
                .parse(cookie, Span.of(0, cookie.length)));
    letItBeDue(stored(secret));
    Session due = stored(secret);
    assertThat(due.generation()).isEqualTo(2);
    provider.faults().delayBy(Duration.ofMillis(1_500));
    provider.faults().switchOn(Fault.SLOW, RequestKind.TOKEN_REFRESH, 1);

    assertThat(visit.check("/orders")).isEqualTo(200);
    server.drainAndStop();

    Session renewed = stored(secret);
    assertThat(renewed.generation()).isEqualTo(3);
    assertThat(renewed.tokens().refreshToken()).isNotEqualTo(due.tokens().refreshToken());
  }
}
