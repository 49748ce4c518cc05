package dev.limen.demo.judge;

import static dev.limen.demo.judge.StepFailed.expect;
import static dev.limen.demo.judge.StepFailed.expectPresent;

import dev.limen.demo.http.CookieJar;
import dev.limen.demo.http.Reply;
import dev.limen.demo.http.SetCookie;
import dev.limen.demo.run.AccessLog;
import dev.limen.demo.run.Ports;
import dev.limen.demo.run.ProviderLog;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Steps 1 to 16: from the first request to the session cookie. */
final class SignInSteps {
  private static final String SESSION = "__Host-limen";
  private static final String FLOW = "__Host-limen-flow-";
  private static final String START = "/orders?x=1";
  private static final int NONCE_LENGTH = 22;
  private static final int CHALLENGE_LENGTH = 43;

  private final Scene scene;
  private final Walk walk;

  SignInSteps(Scene scene, Walk walk) {
    this.scene = scene;
    this.walk = walk;
  }

  List<Step> all() {
    List<Step> steps = new ArrayList<>();
    steps.add(new Step(1, "browser → gateway", "asks for " + START, this::asks));
    steps.add(new Step(2, "gateway → Limen", "the check, headers only", this::headersOnly));
    steps.add(new Step(3, "Limen", "not signed in: flow cookie, nothing stored", this::flowCookie));
    steps.add(new Step(4, "Limen → browser", "302 to the authorization endpoint", this::redirect));
    steps.add(new Step(5, "browser → gateway", "asks for that endpoint", this::asksProvider));
    steps.add(new Step(6, "gateway → provider", "passes it, unchecked", this::unchecked));
    steps.add(new Step(7, "provider → browser", "login form", this::form));
    steps.add(new Step(8, "browser → gateway", "posts name and password", this::posts));
    steps.add(new Step(9, "gateway → provider", "verifies, makes a code", this::verifies));
    steps.add(new Step(10, "provider → browser", "302 to /oauth2/callback", this::code));
    steps.add(new Step(11, "browser → gateway", "asks for the callback", this::callback));
    steps.add(new Step(12, "gateway → Limen", "passes it", this::callbackPassed));
    steps.add(new Step(13, "Limen → provider", "redeems the code, backchannel", this::redeems));
    steps.add(new Step(14, "provider → Limen", "tokens; ID token validated", this::tokens));
    steps.add(new Step(15, "Limen → store", "one session", this::stored));
    steps.add(new Step(16, "Limen → browser", "302 back, session cookie", this::sessionCookie));
    return steps;
  }

  private String asks() throws IOException {
    walk.sessionsBefore = scene.store().sessions();
    walk.tracesBefore = scene.store().traces();
    walk.first = walk.browser.navigate(scene.edge().services() + START);
    AccessLog.Line line = scene.logged(walk.first);
    expect(line.method().equals("GET") && line.path().equals("/orders"), "GET /orders", line);
    return "Envoy's log: GET " + line.authority() + line.path() + " " + line.status();
  }

  /**
   * Step 21's body is sent already here, by somebody who is not signed in, so that a gateway that
   * forwards bodies is caught at this step; step 21 searches again.
   */
  private String headersOnly() throws IOException {
    expect(
        scene.recorder().sawRequest(walk.browser.name()),
        "the check of step 1 in the recording",
        scene.recorder().requestBytes() + " bytes without it");
    Browser anonymous = scene.newBrowser();
    Reply refused = anonymous.post(scene.edge().services() + "/orders", walk.body());
    expect(refused.status() == 401, "401 for a POST of nobody", refused.status());
    expect(
        scene.recorder().sawRequest(anonymous.name()), "the check of the POST, recorded", "none");
    walk.expectBodyNotSeen(scene);
    return "checks recorded; the marker of a " + walk.body().length + " byte body is in none";
  }

  private String flowCookie() throws IOException {
    List<SetCookie> flows = cookies(walk.first, FLOW);
    expect(flows.size() == 1, "one flow cookie", flows.size());
    SetCookie flow = flows.getFirst();
    expectAttributes(flow);
    walk.flowName = flow.name();
    walk.secrets.add(flow.value());
    Query sent = Query.of(location(walk.first, scene.edge().services() + START));
    for (String name : List.of("state", "nonce")) {
      boolean plain = Sealed.shows(flow.value(), sent.get(name));
      expect(!plain, name + " sealed in the cookie", "plain");
    }
    beginSpare();
    long traces = scene.store().traces();
    expect(traces == walk.tracesBefore, "nothing new stored", "+" + (traces - walk.tracesBefore));
    return flow.name().substring(0, FLOW.length()) + "…, sealed; " + scene.store().name() + " +0";
  }

  /** A sign-in that is never ended: what it chose must differ, and its cookie is tampered with. */
  private void beginSpare() throws IOException {
    String start = scene.edge().services() + START;
    Reply first = walk.spare.navigate(start);
    walk.spareSent = Query.of(location(first, start));
    cookies(first, FLOW).forEach(flow -> walk.secrets.add(flow.value()));
  }

  private String redirect() {
    expect(walk.first.status() == 302, "302", walk.first.status());
    walk.authorization = location(walk.first, scene.edge().services() + START);
    String endpoint = scene.edge().issuer() + "/protocol/openid-connect/auth";
    expect(
        walk.authorization.startsWith(endpoint + "?"),
        "a redirect to " + endpoint,
        walk.authorization.split("\\?", 2)[0]);
    Query sent = Query.of(walk.authorization);
    expectParameter(sent, "client_id", "limen");
    expectParameter(sent, "response_type", "code");
    expectParameter(sent, "redirect_uri", scene.edge().callback());
    expectParameter(sent, "code_challenge_method", "S256");
    expect(List.of(sent.get("scope").split(" ")).contains("openid"), "scope openid", "none");
    walk.state = sent.get("state");
    walk.nonce = sent.get("nonce");
    expect(walk.state.length() >= NONCE_LENGTH, "a state of 128 bits or more", "shorter");
    expect(walk.nonce.length() >= NONCE_LENGTH, "a nonce of 128 bits or more", "shorter");
    int challenge = sent.get("code_challenge").length();
    expect(challenge == CHALLENGE_LENGTH, "an S256 challenge of 43 characters", challenge);
    scene.expectFresh(sent);
    scene.expectFresh(walk.spareSent);
    return "client_id=limen, redirect_uri, state, nonce, S256";
  }

  private static void expectParameter(Query query, String name, String value) {
    expect(query.get(name).equals(value), name + "=" + value, name + "=" + query.get(name));
  }

  private String asksProvider() throws IOException {
    walk.checksBefore = scene.checks();
    walk.requestsBefore = scene.requestsToLimen();
    walk.providerMark = scene.providerMark();
    Map<String, String> planted =
        Map.of("x-auth-request-user", walk.planted, "X-Auth-Request-Access-Token", walk.planted);
    walk.formPage = walk.browser.navigate(walk.authorization, planted);
    AccessLog.Line line = scene.logged(walk.formPage);
    expect(line.authority().equals(scene.edge().providerAuthority()), "the provider's host", line);
    return "Envoy's log: GET " + line.authority() + line.path() + " " + line.status();
  }

  private String unchecked() {
    AccessLog.Line line = scene.logged(walk.formPage);
    expect(line.cluster().equals("provider"), "cluster provider", line.cluster());
    long checks = scene.checks() - walk.checksBefore;
    long requests = scene.requestsToLimen() - walk.requestsBefore;
    expect(checks == 0 && requests == 0, "no check for it", checks + " checks, " + requests);
    expect(!scene.recorder().sawRequest(walk.state), "its query not in the recording", "it is");
    List<ProviderLog.Entry> arrived =
        scene.awaitProvider(walk.providerMark, ProviderLog.Kind.AUTHORIZE);
    expect(!arrived.isEmpty(), "the request in the provider's log", "none");
    expect(
        arrived.stream().noneMatch(ProviderLog.Entry::planted),
        "the planted identity header stripped",
        "it arrived");
    return "no check; the planted identity header did not arrive";
  }

  private String form() {
    expect(walk.formPage.status() == 200, "200", walk.formPage.status());
    walk.action =
        expectPresent(
            LoginForm.action(walk.formPage.text(), walk.authorization), "form kc-form-login");
    return "200, form kc-form-login";
  }

  private String posts() throws IOException {
    String user = Credentials.ALICE.user();
    walk.posted = walk.browser.submit(walk.action, Map.of("username", user, "password", user));
    AccessLog.Line line = scene.logged(walk.posted);
    expect(
        line.method().equals("POST") && line.cluster().equals("provider"),
        "POST to the provider",
        line);
    return "Envoy's log: POST " + line.authority() + line.path() + " " + line.status();
  }

  private String verifies() {
    List<ProviderLog.Entry> logins = scene.awaitProvider(walk.providerMark, ProviderLog.Kind.LOGIN);
    expect(logins.size() == 1, "one login in the provider's log", logins.size());
    return "provider's log: " + logins.getFirst().text();
  }

  private String code() {
    expect(walk.posted.status() == 302, "302", walk.posted.status());
    walk.callback = location(walk.posted, walk.action);
    expect(
        walk.callback.startsWith(scene.edge().callback() + "?"),
        "a redirect to " + scene.edge().callback(),
        walk.callback.split("\\?", 2)[0]);
    Query query = Query.of(walk.callback);
    expect(!query.get("code").isEmpty(), "a code", "none");
    expect(query.get("state").equals(walk.state), "our state", "another");
    return "Location: " + scene.edge().callback() + " with code and our state";
  }

  private String callback() throws IOException {
    walk.checksBefore = scene.checks();
    walk.providerMark = scene.providerMark();
    walk.callbackReply = walk.browser.navigate(walk.callback);
    AccessLog.Line line = scene.logged(walk.callbackReply);
    expect(line.path().equals("/oauth2/callback"), "/oauth2/callback", line.path());
    return "Envoy's log: GET " + line.authority() + line.path() + " " + line.status();
  }

  private String callbackPassed() {
    AccessLog.Line line = scene.logged(walk.callbackReply);
    expect(line.cluster().equals("limen-http"), "cluster limen-http", line.cluster());
    expect(line.details().equals("via_upstream"), "Limen's own answer", line.details());
    long checks = scene.checks() - walk.checksBefore;
    expect(checks == 0, "no check for it", checks);
    return "Envoy's log: cluster limen-http, no check";
  }

  private String redeems() throws IOException {
    List<ProviderLog.Entry> asked =
        scene.awaitProvider(walk.providerMark, ProviderLog.Kind.TOKEN_REQUEST);
    expect(asked.size() == 1, "one token request in the provider's log", asked.size());
    String backchannel = "127.0.0.1:" + Ports.PROVIDER;
    expect(asked.getFirst().host().equals(backchannel), backchannel, asked.getFirst().host());
    boolean throughGateway =
        scene.envoy().accessLog().lines().stream().anyMatch(line -> line.path().endsWith("/token"));
    expect(!throughGateway, "no token request through the gateway", "one");
    expectFlippedRefused();
    return "provider's log: "
        + asked.getFirst().text()
        + " at "
        + backchannel
        + "; with a changed flow cookie 400";
  }

  /** Sealed also means: with a flow cookie that was changed nobody gets as far as the provider. */
  private void expectFlippedRefused() throws IOException {
    CookieJar jar = walk.spare.jar(scene.edge().servicesAuthority());
    for (String name : jar.names()) {
      jar.put(name, Sealed.flipped(expectPresent(jar.value(name), "its value")));
    }
    int mark = scene.providerMark();
    // As the provider made it (with its iss), so that nothing but the cookie is wrong.
    String callback =
        walk.callback
            .replace(walk.state, walk.spareSent.get("state"))
            .replace(Query.of(walk.callback).get("code"), "none");
    Reply refused = walk.spare.navigate(callback);
    expect(refused.status() == 400, "400 for a flow cookie that was changed", refused.status());
    int asked = scene.providerSince(mark, ProviderLog.Kind.TOKEN_REQUEST).size();
    expect(asked == 0, "no token request for it", asked);
  }

  private String tokens() {
    List<ProviderLog.Entry> given =
        scene.awaitProvider(walk.providerMark, ProviderLog.Kind.CODE_TO_TOKEN);
    expect(given.size() == 1, "one token event in the provider's log", given.size());
    expect(
        walk.callbackReply.status() == 302,
        "the ID token accepted: 302 from the callback",
        walk.callbackReply.status());
    return "provider's log: tokens given once, verifier and all; ID token accepted";
  }

  private String stored() throws IOException {
    long sessions = scene.awaitSessions(walk.sessionsBefore + 1);
    expect(
        sessions == walk.sessionsBefore + 1,
        scene.store().name() + " +1",
        "+" + (sessions - walk.sessionsBefore));
    String cookie = walk.browser.jar(scene.edge().servicesAuthority()).value(SESSION);
    if (cookie != null) {
      walk.secrets.add(cookie);
    }
    String increased = scene.store().name() + " +1";
    if (!scene.store().canBeSearched()) {
      return increased;
    }
    for (String beginning : TokenOracle.JWT_BEGINNINGS) {
      expect(!scene.store().holds(beginning), "no token text in a dump", "some");
    }
    expect(cookie == null || !scene.store().holds(cookie), "no cookie in a dump", "one");
    return increased + ", no token text in keys, values and files";
  }

  private String sessionCookie() {
    String expected = scene.edge().services() + START;
    String to = location(walk.callbackReply, walk.callback);
    expect(to.equals(expected), "302 to " + expected, to.split("\\?", 2)[0]);
    List<SetCookie> sessions =
        cookies(walk.callbackReply, SESSION).stream()
            .filter(cookie -> cookie.name().equals(SESSION))
            .toList();
    expect(sessions.size() == 1, "one cookie " + SESSION, sessions.size());
    expectAttributes(sessions.getFirst());
    expect(sessions.getFirst().value().length() >= CHALLENGE_LENGTH, "256 bits in it", "less");
    SetCookie cleared =
        expectPresent(
            cookies(walk.callbackReply, FLOW).stream()
                .filter(cookie -> cookie.name().equals(walk.flowName))
                .findFirst()
                .orElse(null),
            "a Set-Cookie for the flow cookie");
    expect(cleared.clears(Instant.now()), "the flow cookie cleared", "kept");
    expect(cleared.brokenHostPrefixRule() == null, "in a way that browsers accept", cleared);
    return "302 to "
        + START
        + "; "
        + SESSION
        + " Secure HttpOnly SameSite=Lax Path=/, flow cleared";
  }

  private static void expectAttributes(SetCookie cookie) {
    String broken = cookie.brokenHostPrefixRule();
    expect(broken == null, cookie.name() + " as its prefix demands", broken);
    expect(cookie.has("httponly"), cookie.name() + " with HttpOnly", cookie);
    expect(
        "lax".equalsIgnoreCase(cookie.attribute("samesite")),
        cookie.name() + " with SameSite=Lax",
        cookie);
  }

  private static List<SetCookie> cookies(Reply reply, String prefix) {
    return reply.all("set-cookie").stream()
        .map(SetCookie::parse)
        .filter(cookie -> cookie.name().startsWith(prefix))
        .toList();
  }

  private static String location(Reply reply, String from) {
    return expectPresent(Browser.location(reply, from), "a Location");
  }
}
