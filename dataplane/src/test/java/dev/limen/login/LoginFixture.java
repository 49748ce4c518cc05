package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.RequestKind;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.Identity;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import dev.limen.session.memory.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A login room with a real, strict provider behind it and sessions in memory. */
final class LoginFixture implements AutoCloseable {
  final DevIdp idp;
  final LimenConfig config;
  final OpenIdProvider provider;
  final MemoryStore memory = new MemoryStore();
  final SessionFixture.FailingStore store = new SessionFixture.FailingStore(memory);
  final KeyRing keys = KeyRing.generated();
  final SessionCookie sessionCookie = new SessionCookie(keys);
  final Metrics metrics = new Metrics();
  final Sessions sessions;
  final Login login;

  private LoginFixture(DevIdp idp, InstantSource time, String... settings) {
    this.idp = idp;
    this.config = LoginSettings.with(idp.issuer(), settings);
    this.provider = OpenIdProvider.start(config.providers().getFirst(), metrics, time);
    this.sessions = new Sessions(store, keys, config.session(), metrics);
    this.login =
        new Login(config, Map.of("main", provider), sessions, sessionCookie, keys, metrics);
  }

  /** With the demo's realm, once the provider is known. */
  static LoginFixture start(String... settings) throws IOException, InterruptedException {
    DevIdpConfig realm =
        DevIdpConfig.demo()
            .withRedirectUri("https://desk.example.com/oauth2/callback")
            .withAccessTokenLifetime(Duration.ofSeconds(60));
    return started(new LoginFixture(DevIdp.start(realm), InstantSource.system(), settings));
  }

  /** With a provider whose tokens live ten minutes, and by whose clock it is earlier than here. */
  static LoginFixture startAhead(Duration ahead, String... settings)
      throws IOException, InterruptedException {
    DevIdpConfig realm = DevIdpConfig.demo().withAccessTokenLifetime(Duration.ofMinutes(10));
    InstantSource time = () -> InstantSource.system().instant().plus(ahead);
    return started(new LoginFixture(DevIdp.start(realm), time, settings));
  }

  private static LoginFixture started(LoginFixture fixture) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!fixture.provider.isKnown()) {
      if (System.nanoTime() > deadlineNanos) {
        throw new AssertionError("the provider is not known after 20 s");
      }
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return fixture;
  }

  /** Whose provider has gone away before anything was known of it. */
  static LoginFixture withoutProvider(String... settings) throws IOException {
    DevIdp gone = DevIdp.start(DevIdpConfig.demo());
    gone.close();
    return new LoginFixture(gone, InstantSource.system(), settings);
  }

  /** A browser without cookies. */
  Browser browser() {
    return new Browser(this);
  }

  /** Token requests with a code, so far. */
  int codesRedeemed() {
    return idp.log().of(RequestKind.TOKEN_CODE).size();
  }

  /** What Prometheus would read. */
  String scrape() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8);
  }

  /** Waits for an answer. */
  static Decision answer(CompletionStage<Decision> stage) {
    return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** A request that a program sends, with nothing that a browser adds. */
  static EndpointRequest request(String method, String path, String query, List<String> cookies) {
    return new EndpointRequest(
        method, "http", "localhost:8080", path, query, cookies, null, null, "203.0.113.7", null);
  }

  /** A page with this status, for this reason, that signs nobody in. */
  static void assertPage(Decision decision, int status, Reason reason) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.reason()).isEqualTo(reason);
              assertThat(page.status()).isEqualTo(status);
              assertThat(page.setCookies()).noneMatch(each -> each.startsWith("__Host-limen="));
              assertThat(page.contentType()).isEqualTo("text/html; charset=utf-8");
            });
  }

  /** A redirect to this page. */
  static void assertLandsOn(Decision decision, String page) {
    assertThat(decision).isInstanceOf(Decision.Redirect.class);
    assertThat(((Decision.Redirect) decision).location()).isEqualTo(page);
  }

  /** Whose session this cookie opens. */
  Identity identity(String cookie) {
    return ((SessionLookup.Found) lookup(cookie)).session().identity();
  }

  /** Whether this cookie opens a session. */
  boolean isLive(String cookie) {
    return lookup(cookie) instanceof SessionLookup.Found;
  }

  private SessionLookup lookup(String cookie) {
    byte[] bytes = cookie.getBytes(StandardCharsets.US_ASCII);
    SessionSecret secret = sessionCookie.parse(bytes, Span.of(0, bytes.length));
    assertThat(secret).isNotNull();
    return sessions
        .find(Objects.requireNonNull(secret), System.currentTimeMillis())
        .toCompletableFuture()
        .join();
  }

  @Override
  public void close() {
    provider.close();
    idp.close();
  }
}
