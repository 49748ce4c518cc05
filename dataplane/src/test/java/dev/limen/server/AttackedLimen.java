package dev.limen.server;

import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.renewed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.metrics.Metrics;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import dev.limen.session.redis.RealRedis;
import dev.limen.session.redis.RedisStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Two whole Limens over one real Redis, at the strict provider, with all their doors open, and what
 * somebody needs who attacks them.
 *
 * <p>Invariant: sessions that a test stores itself are sealed with the servers' own ring; no
 * deadline is so short that a busy machine meets it.
 */
final class AttackedLimen implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  final RealRedis redis;
  final RealRedis.Raw raw;
  final DevIdp provider;
  final DevIdp other;
  final LimenServer server;

  /** Another process, as far as anything but the store is shared. */
  final LimenServer replica;

  final Doors doors;
  final Doors replicaDoors;
  final SessionStore store;
  final LimenConfig config;
  final Sessions sessions;
  final SessionCookie sessionCookie;

  private AttackedLimen(Path folder, DevIdpConfig realm) throws Exception {
    redis = RealRedis.start(Files.createDirectory(folder.resolve("redis")));
    raw = redis.raw();
    provider = DevIdp.start(realm.withRedirectUri("http://localhost:8080/oauth2/callback"));
    other = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256"));
    config = config(folder);
    server = LimenServer.start(config);
    replica = LimenServer.start(config);
    doors = new Doors(server);
    replicaDoors = new Doors(replica);
    Metrics metrics = new Metrics();
    KeyRing keys = ConfiguredKeyRing.of(config.cookie().secrets());
    store = RedisStore.connect(config.session().store().redis(), metrics);
    sessions = new Sessions(store, keys, config.session(), metrics);
    sessionCookie = new SessionCookie(keys);
    new Visit(server).awaitReady();
    new Visit(replica).awaitReady();
    awaitStore();
  }

  /** In this folder, at the demo's realm. */
  static AttackedLimen start(Path folder) throws Exception {
    return start(folder, DevIdpConfig.demo());
  }

  /** In this folder, at this realm. */
  static AttackedLimen start(Path folder, DevIdpConfig realm) throws Exception {
    return new AttackedLimen(folder, realm);
  }

  private LimenConfig config(Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("limen.yaml"),
            """
            version: 1
            server:
              extAuthz:
                grpc: {bindAddress: "127.0.0.1:0"}
                http: {bindAddress: "127.0.0.1:0"}
                deadline: 30s
              shutdown: {lameDuck: 0s, drain: 2s}
            management: {bindAddress: "127.0.0.1:0"}
            logging: {decisions: none}
            cookie: {secrets: [{id: k1, value: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]}
            session:
              store:
                type: redis
                redis:
                  connectionURL: "redis://127.0.0.1:%d/0"
                  timeouts: {command: 10s, connect: 10s}
            providers:
              - id: main
                provider: keycloak-oidc
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
                timeouts: {connect: 10s, token: 10s, jwks: 20s}
              - id: other
                provider: keycloak-oidc
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
                timeouts: {connect: 10s, token: 10s, jwks: 20s}
            defaults: {provider: main}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            bearer: {issuers: [{issuer: "%s", audiences: [limen]}]}
            routes:
              - {match: {path: /public/*}, mode: public}
              - {match: {path: /api/*}, mode: bearer}
              - {match: {path: /other/*}, mode: login, provider: other}
              - {match: {path: /staff/*}, mode: login, require: {group: staff}}
              - {match: {path: /corp/*}, mode: login, require: {emailDomain: example.com}}
            """
                .formatted(redis.port(), provider.issuer(), other.issuer(), provider.issuer()));
    return new ConfigLoader(Map.of()).load(file);
  }

  private void awaitStore() throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (store.ping().handle((_, trouble) -> trouble != null).toCompletableFuture().join()) {
      assertThat(System.nanoTime()).as("connected in time").isLessThan(end);
      Thread.sleep(20);
    }
  }

  /** A browser without cookies, at the HTTP door. */
  Visit visit() {
    return new Visit(server);
  }

  /** Somebody with a session whose tokens are good for an hour; stored, without any login. */
  Session signedIn(String person) {
    return signedIn(person, sessions);
  }

  /** The same by {@code others}. */
  static Session signedIn(String person, Sessions others) {
    long now = System.currentTimeMillis();
    long end = now + Duration.ofHours(1).toMillis();
    Tokens tokens = new Tokens("id.of." + person, "access.of." + person, null, end, 0, now);
    return others
        .create(identity(person), tokens, SessionContext.UNKNOWN, now)
        .toCompletableFuture()
        .join();
  }

  private static Identity identity(String person) {
    return new Identity(
        "main",
        "http://idp.example",
        person + "-id",
        person + "-id",
        null,
        person + "@example.com",
        person,
        List.of("users"),
        List.of(),
        Map.of(),
        null,
        null,
        List.of(),
        0);
  }

  /** The cookie that opens {@code session}, as a browser sends it. */
  String cookieOf(Session session) {
    return "__Host-limen=" + sessionCookie.value(session.secret());
  }

  /** The session in the store that a cookie's value opens. */
  Session stored(String value) {
    return ((SessionLookup.Found) lookup(value)).session();
  }

  /** Whether a cookie's value opens a session in the store. */
  boolean isLive(String value) {
    return lookup(value) instanceof SessionLookup.Found;
  }

  private SessionLookup lookup(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    SessionSecret secret = sessionCookie.parse(bytes, Span.of(0, bytes.length));
    return sessions
        .find(Objects.requireNonNull(secret), System.currentTimeMillis())
        .toCompletableFuture()
        .join();
  }

  /**
   * Lets the tokens of a stored session have expired, so that the next check waits for new ones.
   */
  void letTokensExpire(String value) {
    long now = System.currentTimeMillis();
    Session session = stored(value);
    Tokens before = session.tokens();
    Tokens expired =
        new Tokens(
            before.idToken(),
            before.accessToken(),
            before.refreshToken(),
            now - 1_000,
            before.refreshTokenExpiresAtMillis(),
            now - 61_000);
    assertThat(answer(renewed(sessions, session, expired, session.identity(), now))).isNotNull();
  }

  /** What a session's record is called in Redis. */
  static String recordOf(Session session) {
    return "limen:s:{" + session.key().hex() + "}";
  }

  /** How many sessions Redis holds. */
  int sessionCount() {
    return raw.commands().keys("limen:s:*").size();
  }

  /** How many checks of the first server were answered for {@code reason}. */
  long answeredFor(String reason) throws IOException, InterruptedException {
    return figure("limen_checks_total", "reason=\"" + reason + "\"");
  }

  /** The sum of a metric's series whose labels hold {@code label}. */
  long figure(String metric, String label) throws IOException, InterruptedException {
    return visit()
        .page("/metrics")
        .lines()
        .filter(line -> line.startsWith(metric) && line.contains(label))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() {
    doors.close();
    replicaDoors.close();
    server.close();
    replica.close();
    store.close();
    provider.close();
    other.close();
    raw.close();
    redis.close();
  }
}
