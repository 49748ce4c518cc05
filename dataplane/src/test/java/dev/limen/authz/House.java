package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.limen.check.Decision;
import dev.limen.check.HeaderField;
import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.login.EndpointRequest;
import dev.limen.login.Login;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.BearerTokens;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionStore;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import dev.limen.session.memory.MemoryStore;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * The rooms that a check passes through, put together as {@code server} does, with a provider of
 * its own.
 *
 * <p>Invariant: every answer that a test gets was the only one to its check.
 */
@NullMarked
final class House implements AutoCloseable {
  /** When each house begins. */
  static final long NOW = System.currentTimeMillis();

  final DevIdp idp;
  final Login login;
  final TestClock clock;
  final LimenConfig config;
  final OpenIdProvider provider;
  final Metrics metrics = new Metrics();
  final KeyRing keys;
  final SessionCookie sessionCookie;
  final Sessions sessions;
  final BearerTokens bearerTokens;
  final Authorizer authorizer;

  private House(DevIdp idp, TestClock clock, String routes, SessionStore store, KeyRing keys)
      throws IOException {
    this.idp = idp;
    this.clock = clock;
    this.keys = keys;
    sessionCookie = new SessionCookie(keys);
    config = config(idp, routes);
    provider = OpenIdProvider.start(config.providers().getFirst(), metrics, clock);
    Map<String, OpenIdProvider> providers = Map.of("main", provider);
    sessions = new Sessions(store, keys, config.session(), metrics);
    login =
        new Login(
            config, providers, new RouteProviders(config), sessions, sessionCookie, keys, metrics);
    bearerTokens = BearerTokens.start(config.bearer(), providers.values(), metrics, clock);
    Refresher refresher = new Refresher(providers, sessions, config.session(), metrics);
    authorizer =
        new Authorizer(config, providers, login, refresher, sessions, bearerTokens, keys, metrics);
  }

  /** A house with these routes, one {@code {match: …, mode: …}} each, and sessions in memory. */
  static House with(String routes) throws IOException {
    return with(routes, new MemoryStore(), UnaryOperator.identity());
  }

  /** A house over {@code store}, at a provider with its own {@code settings}. */
  static House with(String routes, SessionStore store, UnaryOperator<DevIdpConfig> settings)
      throws IOException {
    TestClock clock = new TestClock(NOW);
    DevIdp idp = DevIdp.start(settings.apply(DevIdpConfig.demo()).withClock(clock));
    House house = new House(idp, clock, routes, store, KeyRing.generated());
    house.awaitProvider();
    return house;
  }

  /** A house whose provider does not answer, and never did. */
  static House withoutProvider() throws IOException {
    TestClock clock = new TestClock(NOW);
    DevIdp idp = DevIdp.start(DevIdpConfig.demo().withClock(clock));
    idp.close();
    return new House(idp, clock, "", new MemoryStore(), KeyRing.generated());
  }

  /** A house over a store that it shares with others, each with a ring of its own. */
  static House replica(SessionStore store, KeyRing keys) throws IOException {
    TestClock clock = new TestClock(NOW);
    DevIdp idp = DevIdp.start(DevIdpConfig.demo().withClock(clock));
    House house = new House(idp, clock, "", store, keys);
    house.awaitProvider();
    return house;
  }

  private static LimenConfig config(DevIdp idp, String routes) throws IOException {
    String yaml =
        """
        version: 1
        providers:
          - id: main
            provider: keycloak-oidc
            clientID: limen
            clientSecret: { value: limen-demo-secret }
            oidcConfig: { issuerURL: "ISSUER" }
        redirects:
          redirectURL: http://localhost:8080/oauth2/callback
          whitelistDomains: [secret.example.com]
        routes: [ROUTES]
        """
            .replace("ROUTES", routes)
            .replace("ISSUER", idp.issuer());
    Path file = Files.createTempFile("limen", ".yaml");
    try {
      Files.writeString(file, yaml);
      return new ConfigLoader(Map.of()).load(file);
    } finally {
      Files.delete(file);
    }
  }

  /** Metadata is read in the background; nothing tells when it is known, so this looks again. */
  private void awaitProvider() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!provider.isKnown()) {
      assertThat(System.nanoTime()).as("the provider is known in time").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** The one answer to {@code request}. */
  Decision ask(Requests request) {
    return ask(request, clock.millis());
  }

  /** The session cookie of somebody who went the whole way, through check, provider, callback. */
  String loggedIn(String user) throws IOException, InterruptedException {
    return loggedIn(user, "/orders").setCookies().stream()
        .map(House::pair)
        .filter(pair -> pair.startsWith("__Host-limen="))
        .findFirst()
        .orElseThrow();
  }

  /** The last answer on that way, which sends a browser back to where it wanted to go. */
  Decision.Redirect loggedIn(String user, String target) throws IOException, InterruptedException {
    Decision.Redirect toProvider = (Decision.Redirect) ask(Requests.get(target).navigation());
    String callback = Visitor.signIn(toProvider.location(), user);
    EndpointRequest request =
        new EndpointRequest(
            "GET",
            "http",
            "localhost:8080",
            "/oauth2/callback",
            URI.create(callback).getRawQuery(),
            List.of(pair(toProvider.setCookies().getFirst())),
            "cross-site",
            null,
            "127.0.0.1",
            null);
    Decision answer = login.handle(request, clock.millis()).toCompletableFuture().join();
    return answer instanceof Decision.Redirect back ? back : fail("login ended in " + answer);
  }

  private static String pair(String setCookie) {
    return setCookie.substring(0, setCookie.indexOf(';'));
  }

  /** The one answer to {@code request}, asked at {@code nowMillis}. */
  Decision ask(Requests request, long nowMillis) {
    CompletableFuture<Decision> answer = new CompletableFuture<>();
    AtomicInteger answers = new AtomicInteger();
    authorizer.authorize(
        request.build(),
        nowMillis,
        decision -> {
          answers.incrementAndGet();
          answer.complete(decision);
        });
    Decision decision = answer.orTimeout(30, TimeUnit.SECONDS).join();
    assertThat(answers).hasValue(1);
    return decision;
  }

  /** A session of {@code identity} whose tokens are good for an hour; returns its cookie. */
  String signedIn(Identity identity) {
    long end = NOW + Duration.ofHours(1).toMillis();
    return signedIn(identity, new Tokens("id.of.alice", "access.of.alice", null, end, 0, NOW));
  }

  String signedIn(Identity identity, Tokens tokens) {
    return cookieOf(created(identity, tokens));
  }

  Session created(Identity identity, Tokens tokens) {
    return sessions
        .create(identity, tokens, SessionContext.UNKNOWN, NOW)
        .toCompletableFuture()
        .join();
  }

  String cookieOf(Session session) {
    return "__Host-limen=" + sessionCookie.value(session.secret());
  }

  /** What the metrics say of a line that begins with {@code start}; null if there is none. */
  @Nullable String metric(String start) {
    return new String(metrics.scrape(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith(start))
        .findFirst()
        .orElse(null);
  }

  static Identity alice() {
    return identity("alice-id", "alice@example.com", "alice", List.of("users", "/team/a"));
  }

  static Identity identity(
      String subject,
      @Nullable String email,
      @Nullable String preferredUsername,
      List<String> groups) {
    return new Identity(
        "main",
        "http://idp.example",
        subject,
        subject,
        null,
        email,
        preferredUsername,
        groups,
        List.of(),
        Map.of(),
        null,
        null,
        List.of(),
        0);
  }

  /** The value that an allow sets {@code name} to; null if it does not. */
  static @Nullable String set(Decision decision, String name) {
    assertThat(decision).isInstanceOf(Decision.Allow.class);
    for (HeaderField field : ((Decision.Allow) decision).mutations().set()) {
      if (field.name().equals(name)) {
        return field.value();
      }
    }
    return null;
  }

  static List<String> removed(Decision decision) {
    assertThat(decision).isInstanceOf(Decision.Allow.class);
    return ((Decision.Allow) decision).mutations().remove();
  }

  @Override
  public void close() {
    bearerTokens.close();
    provider.close();
    idp.close();
  }
}
