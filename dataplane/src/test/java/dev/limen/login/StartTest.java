package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.io.IOException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way in: from a page, or from the start endpoint, to the provider. */
final class StartTest {
  private static LoginFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture =
        LoginFixture.start(
            "redirects: { redirectURL: \"http://localhost:8080/oauth2/callback\","
                + " whitelistDomains: [desk.example.com] }");
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  private static String parameter(URI uri, String name) {
    QueryString query = Objects.requireNonNull(QueryString.parse(uri.getRawQuery()));
    return Objects.requireNonNull(query.single(name), name);
  }

  @Test
  void aNavigationGoesToTheProvidersAuthorizationEndpoint() {
    Decision decision = fixture.browser().navigate("/orders?x=1");
    URI uri = Browser.uri(decision);
    assertThat(uri.toString()).startsWith(fixture.idp.issuer() + "/protocol/openid-connect/auth?");
    assertThat(parameter(uri, "response_type")).isEqualTo("code");
    assertThat(parameter(uri, "client_id")).isEqualTo("limen");
    assertThat(parameter(uri, "redirect_uri")).isEqualTo("http://localhost:8080/oauth2/callback");
    assertThat(parameter(uri, "code_challenge_method")).isEqualTo("S256");
    assertThat(((Decision.Redirect) decision).reason()).isEqualTo(Reason.SIGN_IN_STARTED);
  }

  @Test
  void nothingIsStoredForSomebodyWhoOnlyKnocks() {
    int before = fixture.store.asked.size();
    fixture.browser().navigate("/orders");
    fixture.browser().get("/oauth2/start");
    assertThat(fixture.store.asked).hasSize(before);
    assertThat(fixture.memory.count()).isZero();
  }

  @Test
  @DisplayName("A48: over ten thousand logins everything is distinct and 256 bits long")
  void everyLoginHasItsOwnStateNonceAndChallenge() {
    Set<String> seen = new HashSet<>();
    ReturnTo page = new ReturnTo("http", "localhost:8080", "/orders");
    for (int i = 0; i < 10_000; i++) {
      URI uri = Browser.uri(fixture.login.start(fixture.provider, page, List.of(), 0));
      assertThat(parameter(uri, "code_challenge_method")).isEqualTo("S256");
      String state = parameter(uri, "state");
      assertThat(state).matches("[A-Za-z0-9_-]{49}");
      assertThat(parameter(uri, "nonce")).matches("[A-Za-z0-9_-]{43}");
      assertThat(parameter(uri, "code_challenge")).matches("[A-Za-z0-9_-]{43}");
      seen.add(state.substring(Flow.ID_LENGTH));
      seen.add(parameter(uri, "nonce"));
      seen.add(parameter(uri, "code_challenge"));
    }
    assertThat(seen).hasSize(30_000);
  }

  @Test
  @DisplayName("A39: the attributes of the flow cookie")
  void theFlowCookieIsAHostCookieThatNoScriptReads() {
    assertThat(Browser.setCookies(fixture.browser().navigate("/")))
        .singleElement()
        .asString()
        .matches(
            "__Host-limen-flow-[A-Za-z0-9_-]{6}=[A-Za-z0-9_-]+"
                + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900")
        .hasSizeLessThan(FlowCookies.MAX_LENGTH + 100);
  }

  @ParameterizedTest
  @CsvSource({"evil.example", "localhost", "localhost:8081", "desk.example.com.evil.example", "''"})
  @DisplayName("A51: a host that nobody configured")
  void aHostThatNobodyConfiguredGets400AndNoCookie(String host) {
    Browser browser = fixture.browser();
    browser.host = host;
    for (Decision decision :
        List.of(
            browser.navigate("/"), browser.get("/oauth2/start"), browser.get("/oauth2/callback"))) {
      assertThat(decision)
          .isInstanceOfSatisfying(
              Decision.Page.class,
              page -> {
                assertThat(page.status()).isEqualTo(400);
                assertThat(page.reason()).isEqualTo(Reason.HOST_UNKNOWN);
                assertThat(page.setCookies()).isEmpty();
              });
    }
  }

  @Test
  @DisplayName("A51: redirect_uri")
  void anAllowedHostHasACallbackOfItsOwn() {
    Browser browser = fixture.browser();
    browser.scheme = "https";
    browser.host = "desk.example.com";
    assertThat(parameter(Browser.uri(browser.navigate("/a")), "redirect_uri"))
        .isEqualTo("https://desk.example.com/oauth2/callback");
  }

  @ParameterizedTest
  @CsvSource({
    "http,  desk.example.com, http://desk.example.com/oauth2/callback",
    "https, desk.example.com, https://desk.example.com/oauth2/callback",
    "https, localhost:8080,   http://localhost:8080/oauth2/callback"
  })
  @DisplayName("A51: the scheme of a redirect_uri is the gateway's, but for a configured one")
  void theSchemeOfACallbackIsTheGateways(String scheme, String host, String callback) {
    Browser browser = fixture.browser();
    browser.scheme = scheme;
    browser.host = host;
    assertThat(parameter(Browser.uri(browser.navigate("/a")), "redirect_uri")).isEqualTo(callback);
    assertThat(parameter(Browser.uri(browser.get("/oauth2/start")), "redirect_uri"))
        .isEqualTo(callback);
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "/oauth2/start,                                    /",
    "/oauth2/start?rd=%2Forders%3Fx%3D1,               /orders?x=1",
    "/oauth2/start?rd=/a&rd=/b,                        /",
    "/oauth2/start?rd=https://evil.example,            /",
    "/oauth2/start?rd=//evil.example,                  /",
    "/oauth2/start?rd=%2F%5Cevil.example,              /",
    "/oauth2/start?rd=%2Fa%0d%0aLocation:%20x,         /",
    "/oauth2/start?rd=%zz,                             /",
    "/oauth2/start?rd=http://localhost:8080/a,         /a",
    "/oauth2/start?rd=http://desk.example.com/a,       http://desk.example.com/a",
    "/oauth2/start?rd=/oauth2/sign_out,                /",
  })
  // spotless:on
  @DisplayName("A50: to the end of a login, the place to return to is here or none")
  void theStartEndpointReturnsToWhereItWasAskedToIfThatIsHere(String start, String target)
      throws IOException, InterruptedException {
    Browser browser = fixture.browser();
    String callback = browser.signIn(browser.get(start), "alice");
    assertThat(Browser.uri(browser.get(callback))).hasToString(target);
  }

  @Test
  void theOldestLoginMakesRoomAtTheLimit() {
    Browser browser = fixture.browser();
    for (int i = 0; i < 20; i++) {
      browser.navigate("/" + i);
      assertThat(browser.flows())
          .hasSizeLessThanOrEqualTo(fixture.config.cookie().flow().maxFlows());
    }
    assertThat(browser.flows()).hasSize(fixture.config.cookie().flow().maxFlows());
  }

  @Test
  void aThousandPlantedFlowCookiesAreMetWithABoundedAnswer() {
    Browser browser = fixture.browser();
    for (int i = 0; i < 1_000; i++) {
      browser.cookies.put("__Host-limen-flow-" + i, "x");
    }
    assertThat(Browser.setCookies(browser.navigate("/"))).hasSizeLessThan(RequestCookies.MAX_FLOWS);
  }

  @Test
  @DisplayName("A66: while the provider is unknown there is no redirect, but a 503")
  void whileTheProviderIsUnknownThereIsNoRedirectButA503ThatOffersToTryAgain() throws Exception {
    try (LoginFixture away = LoginFixture.withoutProvider()) {
      for (Decision decision :
          List.of(away.browser().navigate("/a?b"), away.browser().get("/oauth2/start?rd=/a%3Fb"))) {
        assertThat(decision)
            .isInstanceOfSatisfying(
                Decision.Page.class,
                page -> {
                  assertThat(page.status()).isEqualTo(503);
                  assertThat(page.reason()).isEqualTo(Reason.PROVIDER_UNAVAILABLE);
                  assertThat(page.setCookies()).isEmpty();
                  assertThat(page.body()).contains("href=\"/oauth2/start?rd=/a%3Fb\"");
                });
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /oauth2/nothing, 404",
    "GET, /oauth2/, 404",
    "GET, /oauth2, 404",
    "GET, /other, 404",
    "GET, /oauth2/start/, 404",
    "GET, /oauth2/Start, 404",
    "POST, /oauth2/start, 405",
    "HEAD, /oauth2/start, 405",
    "POST, /oauth2/callback, 405",
    "HEAD, /oauth2/callback, 405",
    "PUT, /oauth2/sign_out, 405",
    "POST, /oauth2/userinfo, 405"
  })
  void whatIsNotThereIsNamed(String method, String path, int status) {
    Decision decision =
        LoginFixture.answer(
            fixture.login.handle(LoginFixture.request(method, path, "", List.of()), 0));
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Page.class, page -> assertThat(page.status()).isEqualTo(status));
  }
}
