package dev.limen.demo.judge;

import static dev.limen.demo.judge.StepFailed.expect;
import static dev.limen.demo.judge.StepFailed.expectPresent;

import dev.limen.demo.http.CookieJar;
import dev.limen.demo.http.Reply;
import dev.limen.demo.run.Await;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.ProviderLog;
import dev.limen.demo.run.Redis;
import dev.limen.demo.run.Stage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What must hold beyond the 21 steps. */
final class BeyondSteps {
  private static final String SESSION = "__Host-limen";
  private static final String ACCESS_TOKEN = "x-auth-request-access-token";
  private static final int MOST_REDIRECTS = 8;
  // Longer than any grace that a replica may give while its store is away.
  private static final Duration OUTAGE_SEEN = Duration.ofSeconds(75);
  private static final Duration STORE_BACK = Duration.ofSeconds(20);
  private static final Duration REFRESH_PATIENCE = Duration.ofSeconds(10);
  private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);

  private final Scene scene;
  private final Walk walk;
  private final TokenOracle oracle;

  BeyondSteps(Scene scene, Walk walk) {
    this.scene = scene;
    this.walk = walk;
    this.oracle = new TokenOracle(scene.edge().issuer());
  }

  /** The last one takes the store away for a while. */
  List<Step> all() {
    List<Step> steps = new ArrayList<>();
    steps.add(new Step(22, "public path", "nobody, with planted identity", this::publicPath));
    steps.add(new Step(23, "expired access token", "a later exp, no new login", this::expired));
    steps.add(new Step(24, "sign-out", "ends here and at the provider", this::signOut));
    steps.add(new Step(25, "Envoy's log", "holds no secret", this::logHoldsNoSecret));
    if (scene.stage().redis() != null) {
      steps.add(new Step(26, "Redis killed", "503, cookie kept, and back", this::redisKilled));
    }
    return steps;
  }

  private String publicPath() throws IOException {
    String hello = scene.edge().services() + "/public/hello";
    Browser anonymous = scene.newBrowser();
    Map<String, String> planted =
        Map.of(
            "authorization",
            "Bearer " + walk.planted,
            "x-auth-request-email",
            walk.planted,
            ACCESS_TOKEN,
            walk.planted);
    Echo echo = Echo.of(anonymous.fetch(hello, planted));
    expect(!echo.mentions(walk.planted), "no identity that the client planted", echo);
    Reply underscore = anonymous.fetch(hello, Map.of("x_auth_request_user", walk.planted));
    expect(underscore.status() == 400, "400 for x_auth_request_user", underscore.status());
    // Public is what its route says: reading. Writing there takes a session and the role.
    Browser bobs = scene.newBrowser();
    SignIn.run(scene, bobs, Credentials.BOB);
    Reply written = bobs.post(hello, new byte[0]);
    expect(written.status() == 403, "403 for bob's POST", written.status());
    return "200, nothing of it arrived; x_auth_request_user: 400; bob's POST: 403";
  }

  private String expired() throws IOException {
    scene.stage().provider().accessTokensLive(Stage.JUDGED_TOKEN_LIFETIME);
    Browser browser = scene.newBrowser();
    SignIn.run(scene, browser, Credentials.ALICE);
    int mark = scene.providerMark();
    Instant before = expiry(fetchOrders(browser));
    Duration wait = Duration.between(Instant.now(), before).plusSeconds(1);
    Await.until(wait.plusSeconds(2), () -> Instant.now().isAfter(before.plusMillis(500)));
    Instant after = expiry(afterRefresh(browser));
    expect(after.isAfter(before), "a later exp than " + before, after);
    int refreshes = scene.awaitProvider(mark, ProviderLog.Kind.REFRESH).size();
    int logins = scene.providerSince(mark, ProviderLog.Kind.LOGIN).size();
    expect(refreshes == 1 && logins == 0, "one refresh, no login", refreshes + ", " + logins);
    return "exp moved by " + Duration.between(before, after).toSeconds() + " s, logins +0";
  }

  /**
   * A check past expiry waits for the refresh, but not for long: then it is 503, and the one who
   * asks again later has its answer. (Over HTTP Envoy passes on the status alone.)
   */
  private Reply afterRefresh(Browser browser) throws IOException {
    long end = System.nanoTime() + REFRESH_PATIENCE.toNanos();
    Reply reply = fetchOrders(browser);
    while (reply.status() == 503 && System.nanoTime() < end) {
      boolean says = scene.mode() == Mode.HTTP || reply.header("retry-after") != null;
      expect(says, "503 with Retry-After", "503 without");
      expect(reply.all("set-cookie").isEmpty(), "503 without Set-Cookie", "503 with one");
      Await.until(BETWEEN_TRIES, () -> false);
      reply = fetchOrders(browser);
    }
    return reply;
  }

  private Reply fetchOrders(Browser browser) throws IOException {
    return browser.fetch(scene.edge().services() + "/orders", Map.of());
  }

  private Instant expiry(Reply reply) throws IOException {
    return oracle
        .verified(Echo.of(reply).only(ACCESS_TOKEN), "the access token")
        .getExpirationTime()
        .toInstant();
  }

  private String signOut() throws IOException {
    String services = scene.edge().services();
    CookieJar jar = walk.browser.jar(scene.edge().servicesAuthority());
    String old = expectPresent(jar.value(SESSION), "a session cookie");
    long before = scene.store().sessions();
    int mark = scene.providerMark();
    Reply asked = walk.browser.navigate(services + "/oauth2/sign_out?rd=/public/hello");
    expect(asked.status() == 200, "a page that asks", asked.status());
    expect(old.equals(jar.value(SESSION)), "nothing changed by asking", "the cookie");
    String form = expectPresent(LoginForm.posted(asked.text(), services + "/"), "a form");
    Reply last = follow(walk.browser, walk.browser.submit(form, Map.of()), form);
    expect(last.status() < 400, "sign-out to end well", last.status());
    expect(jar.value(SESSION) == null, "the session cookie cleared", "kept");
    long after = scene.awaitSessions(before - 1);
    expect(after == before - 1, scene.store().name() + " -1", after - before);
    int logouts = scene.awaitProvider(mark, ProviderLog.Kind.LOGOUT).size();
    expect(logouts >= 1, "a logout in the provider's log", logouts);
    jar.put(SESSION, old);
    Reply replayed = walk.browser.navigate(services + "/orders");
    expect(replayed.status() == 302, "302 for the old cookie", replayed.status());
    String login = expectPresent(Browser.location(replayed, services + "/orders"), "a Location");
    Reply page = walk.browser.navigate(login);
    expect(
        page.status() == 200 && LoginForm.action(page.text(), login) != null,
        "the login form again",
        page.status());
    return "old cookie: 302; the provider asks for the password again";
  }

  private static Reply follow(Browser browser, Reply first, String from) throws IOException {
    String url = from;
    Reply reply = first;
    for (int i = 0; i < MOST_REDIRECTS && reply.status() / 100 == 3; i++) {
      url = expectPresent(Browser.location(reply, url), "a Location");
      if (Browser.authority(url).startsWith("localhost") && !url.contains("/oauth2/")) {
        // Home again: what the services answer there is not part of signing out.
        return reply;
      }
      reply = browser.navigate(url);
    }
    return reply;
  }

  private String logHoldsNoSecret() {
    List<String> secrets = new ArrayList<>(walk.secrets);
    secrets.addAll(TokenOracle.JWT_BEGINNINGS);
    secrets.addAll(List.of(walk.state, walk.nonce, walk.planted, "its-own"));
    secrets.add(Query.of(walk.callback).get("code"));
    for (String secret : secrets) {
      boolean found = !secret.isEmpty() && scene.envoy().accessLog().contains(secret);
      expect(!found, "no state, nonce, code, token or cookie in the access log", "one");
    }
    return "no state, nonce, code, token or cookie in " + logLines() + " lines";
  }

  private int logLines() {
    return scene.envoy().accessLog().lines().size();
  }

  private String redisKilled() throws IOException {
    Redis redis = expectPresent(scene.stage().redis(), "Redis");
    String url = scene.edge().services() + "/orders";
    Browser browser = scene.newBrowser();
    SignIn.run(scene, browser, Credentials.ALICE);
    CookieJar jar = browser.jar(scene.edge().servicesAuthority());
    String cookie = expectPresent(jar.value(SESSION), "a session cookie");
    redis.crash();
    Reply away;
    try {
      Await.until(OUTAGE_SEEN, () -> browser.fetch(url, Map.of()).status() != 200);
      away = browser.fetch(url, Map.of());
    } finally {
      redis.comeBack();
    }
    expect(away.status() == 503, "503 while Redis is away", away.status());
    expect(away.all("set-cookie").isEmpty(), "no Set-Cookie in it", "one");
    expect(cookie.equals(jar.value(SESSION)), "the cookie kept", "changed");
    Await.until(STORE_BACK, () -> browser.fetch(url, Map.of()).status() == 200);
    Reply back = browser.fetch(url, Map.of());
    expect(back.status() == 200, "200 with the same cookie after its return", back.status());
    return "503 without Set-Cookie; after its return the same cookie: 200";
  }
}
