package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way out. */
final class SignOutTest {
  private static final String CLEARED =
      "__Host-limen=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";

  private static LoginFixture fixture;

  private Browser browser;

  @BeforeAll
  static void start() throws Exception {
    fixture = LoginFixture.start();
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @BeforeEach
  void signIn() throws Exception {
    browser = fixture.browser();
    browser.login("/", "alice");
    fixture.store.asked.clear();
  }

  @AfterEach
  void mendEverything() {
    fixture.store.refused.clear();
  }

  private static @Nullable String parameter(URI uri, String name) {
    return Objects.requireNonNull(QueryString.parse(uri.getRawQuery())).single(name);
  }

  private static void assertPage(Decision decision, int status, Reason reason) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.reason()).isEqualTo(reason);
              assertThat(page.status()).isEqualTo(status);
            });
  }

  private int liveSessions() {
    return Math.toIntExact(fixture.memory.count());
  }

  @Test
  void endsTheSessionHereAndThenAtTheProvider() throws Exception {
    int before = liveSessions();
    Decision decision = browser.post("/oauth2/sign_out");
    URI uri = Browser.uri(decision);
    assertThat(uri.toString())
        .startsWith(fixture.idp.issuer() + "/protocol/openid-connect/logout?");
    assertThat(parameter(uri, "client_id")).isEqualTo("limen");
    assertThat(parameter(uri, "id_token_hint")).isNotEmpty();
    assertThat(parameter(uri, "post_logout_redirect_uri")).isEqualTo("http://localhost:8080/");
    assertThat(parameter(uri, "state")).hasSizeGreaterThan(20);
    assertThat(Browser.setCookies(decision)).containsExactly(CLEARED);
    assertThat(liveSessions()).isEqualTo(before - 1);
    assertThat(browser.follow(decision).headers().firstValue("location").orElse(""))
        .startsWith("http://localhost:8080/");
  }

  @Test
  void theProviderHasForgottenThePersonToo() throws Exception {
    browser.follow(browser.post("/oauth2/sign_out"));
    assertThat(browser.follow(browser.navigate("/")).body()).contains("password");
  }

  @Test
  void comesBackToWhereItWasAskedToIfThatIsHere() {
    Decision here = browser.post("/oauth2/sign_out?rd=/bye%3Fx%3D1");
    assertThat(parameter(Browser.uri(here), "post_logout_redirect_uri"))
        .isEqualTo("http://localhost:8080/bye?x=1");
  }

  @Test
  void neverSendsTheProviderElsewhere() {
    Decision there = browser.post("/oauth2/sign_out?rd=https://evil.example/");
    assertThat(parameter(Browser.uri(there), "post_logout_redirect_uri"))
        .isEqualTo("http://localhost:8080/");
  }

  @Nested
  @DisplayName("A42: a store that refuses")
  class AStoreThatRefuses {
    @Test
    void toDeleteIs503AndNobodyIsToldThatTheyAreSignedOut() {
      fixture.store.refused.add("delete");
      Decision decision = browser.post("/oauth2/sign_out");
      assertPage(decision, 503, Reason.STORE_UNAVAILABLE);
      assertThat(Browser.setCookies(decision)).isEmpty();
      assertThat(((Decision.Page) decision).body()).doesNotContainIgnoringCase("signed out");
    }

    @Test
    void toReadIs503Too() {
      fixture.store.refused.add("load");
      assertPage(browser.post("/oauth2/sign_out"), 503, Reason.STORE_UNAVAILABLE);
    }

    @Test
    void canBeAskedAgain() {
      fixture.store.refused.add("delete");
      browser.post("/oauth2/sign_out");
      fixture.store.refused.clear();
      assertThat(browser.post("/oauth2/sign_out")).isInstanceOf(Decision.Redirect.class);
    }
  }

  @Nested
  class WithoutASession {
    @Test
    void clearsTheCookieAndSaysSo() {
      browser.cookies.clear();
      Decision decision = browser.get("/oauth2/sign_out");
      assertPage(decision, 200, Reason.SIGNED_OUT);
      assertThat(Browser.setCookies(decision)).containsExactly(CLEARED);
    }

    @Test
    void thatTheStoreKnowsClearsTheCookieAndSaysSo() {
      String cookie = browser.session();
      browser.post("/oauth2/sign_out");
      browser.cookies.put("__Host-limen", cookie);
      assertPage(browser.post("/oauth2/sign_out"), 200, Reason.SIGNED_OUT);
      assertThat(browser.session()).isEmpty();
    }

    @Test
    void butWithACookieThatIsNoneClearsIt() {
      browser.cookies.put("__Host-limen", "garbage");
      assertPage(browser.get("/oauth2/sign_out"), 200, Reason.SIGNED_OUT);
      assertThat(browser.session()).isEmpty();
    }
  }

  @Test
  @DisplayName("A41: the cookie is worth nothing afterwards")
  void theCookieIsWorthNothingAfterwards() {
    String cookie = browser.session();
    browser.post("/oauth2/sign_out");
    browser.cookies.put("__Host-limen", cookie);
    assertThat(browser.get("/oauth2/userinfo"))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_UNKNOWN));
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    // method, Sec-Fetch-Site, Sec-Fetch-Mode, Accept,                ends?
    "POST,     same-origin,    navigate,       text/html,             true",
    "POST,     same-origin,    cors,           */*,                   true",
    "POST,     '',             '',             */*,                   true",
    "POST,     cross-site,     navigate,       text/html,             false",
    "POST,     same-site,      navigate,       text/html,             false",
    "GET,      same-origin,    navigate,       text/html,             true",
    "GET,      none,           navigate,       text/html,             true",
    "GET,      NONE,           Navigate,       text/html,             true",
    "GET,      cross-site,     navigate,       text/html,             false",
    "GET,      same-site,      navigate,       text/html,             false",
    "GET,      same-origin,    no-cors,        image/avif,            false",
    "GET,      same-origin,    cors,           text/html,             false",
    "GET,      cross-site,     no-cors,        image/avif,            false",
    "GET,      something,      navigate,       text/html,             false",
    "GET,      same-origin,    '',             text/html,             true",
    "GET,      same-origin,    '',             image/png,             false",
    "GET,      '',             '',             'text/html,*/*;q=0.8', true",
    "GET,      '',             '',             image/png,             false",
    "GET,      '',             '',             */*,                   false",
    "GET,      '',             '',             '',                    false",
  })
  // spotless:on
  void noOtherSiteCanStartIt(String method, String site, String mode, String accept, boolean ends) {
    EndpointRequest request =
        new EndpointRequest(
            method,
            "http",
            "localhost:8080",
            "/oauth2/sign_out",
            null,
            List.of("__Host-limen=" + browser.session()),
            site,
            mode,
            accept,
            null,
            null);
    int before = liveSessions();
    Decision decision =
        LoginFixture.answer(fixture.login.handle(request, System.currentTimeMillis()));
    assertThat(liveSessions()).isEqualTo(ends ? before - 1 : before);
    if (ends) {
      assertThat(decision).isInstanceOf(Decision.Redirect.class);
    } else {
      assertPage(decision, 403, Reason.CROSS_SITE_REFUSED);
      assertThat(Browser.setCookies(decision)).isEmpty();
      assertThat(((Decision.Page) decision).body()).contains("href=\"/oauth2/sign_out\"");
    }
  }

  @Test
  void endsHereAloneWhereTheProviderShallNotKnow() throws Exception {
    try (LoginFixture alone =
        LoginFixture.start(
            "providers:",
            "  - id: main",
            "    clientID: limen",
            "    clientSecret: { value: limen-demo-secret }",
            "    oidcConfig: { issuerURL: \"" + fixture.idp.issuer() + "\" }",
            "    logout: { rpInitiated: false }")) {
      Browser there = alone.browser();
      there.login("/", "alice");
      assertPage(there.post("/oauth2/sign_out"), 200, Reason.SIGNED_OUT);
      assertThat(there.session()).isEmpty();
      assertThat(alone.memory.count()).isZero();
    }
  }
}
