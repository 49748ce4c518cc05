package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.net.URI;
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

  @Nested
  class AGet {
    @Test
    void asksAndEndsNothing() {
      int before = liveSessions();
      Decision decision = browser.get("/oauth2/sign_out");
      assertPage(decision, 200, Reason.SIGN_OUT_ASKED);
      assertThat(Browser.setCookies(decision)).isEmpty();
      assertThat(fixture.store.asked).isEmpty();
      assertThat(liveSessions()).isEqualTo(before);
      assertThat(((Decision.Page) decision).body())
          .contains("<form method=\"post\" action=\"/oauth2/sign_out\">");
    }

    @ParameterizedTest
    @CsvSource({"none", "same-origin", "same-site", "cross-site", "''"})
    void asksWhereverItComesFrom(String site) {
      browser.fetchSite = site;
      assertPage(browser.get("/oauth2/sign_out"), 200, Reason.SIGN_OUT_ASKED);
      assertThat(fixture.store.asked).isEmpty();
    }

    // spotless:off
    @ParameterizedTest
    @CsvSource({
      "rd=/bye?x=1%26y,                 /oauth2/sign_out?rd=/bye%3Fx%3D1%26y",
      "rd=http://localhost:8080/bye,    /oauth2/sign_out?rd=/bye",
      "rd=https://evil.example/,        /oauth2/sign_out",
      "rd=//evil.example,               /oauth2/sign_out",
      "rd=/a&rd=/b,                     /oauth2/sign_out",
      "rd=/%22%3E%3Cscript%3E,          /oauth2/sign_out?rd=/%22%3E%3Cscript%3E",
      "rd=%zz,                          /oauth2/sign_out",
    })
    // spotless:on
    @DisplayName("A50: the form keeps a place to return to that is here, and no other")
    void keepsWhereItWasAskedToReturnTo(String query, String action) {
      Decision decision = browser.get("/oauth2/sign_out?" + query);
      assertThat(((Decision.Page) decision).body()).contains(" action=\"" + action + "\"");
    }

    @Test
    void leadsToTheSameEndAsAPostByItself() {
      Decision asked = browser.get("/oauth2/sign_out?rd=/bye");
      String action =
          ((Decision.Page) asked).body().replaceAll("(?s).* action=\"([^\"]*)\".*", "$1");
      browser.fetchSite = "same-origin";
      URI uri = Browser.uri(browser.post(action));
      assertThat(parameter(uri, "post_logout_redirect_uri")).isEqualTo("http://localhost:8080/bye");
      assertThat(browser.session()).isEmpty();
    }
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    // Sec-Fetch-Site, Origin,                        ends?
    "same-origin,      http://localhost:8080,         true",
    "same-origin,      '',                            true",
    "SAME-ORIGIN,      http://evil.example,           true",
    "none,             '',                            true",
    "cross-site,       http://localhost:8080,         false",
    "same-site,        http://localhost:8080,         false",
    "something,        '',                            false",
    "'',               http://localhost:8080,         true",
    "'',               HTTP://LOCALHOST:8080,         true",
    "'',               http://localhost,              false",
    "'',               https://localhost:8080,        false",
    "'',               http://localhost:8080.evil.example, false",
    "'',               http://evil.example,           false",
    "'',               null,                          false",
    "'',               '',                            true",
  })
  // spotless:on
  void noOtherSiteCanPostIt(String site, String origin, boolean ends) {
    browser.fetchSite = site;
    browser.origin = origin;
    int before = liveSessions();
    Decision decision = browser.post("/oauth2/sign_out?rd=/bye");
    assertThat(liveSessions()).isEqualTo(ends ? before - 1 : before);
    if (ends) {
      assertThat(decision).isInstanceOf(Decision.Redirect.class);
    } else {
      assertPage(decision, 403, Reason.CROSS_SITE_REFUSED);
      assertThat(Browser.setCookies(decision)).isEmpty();
      assertThat(((Decision.Page) decision).body())
          .contains("<form method=\"post\" action=\"/oauth2/sign_out?rd=/bye\">");
    }
  }

  @Test
  void anOriginIsComparedWithTheOneThatBrowsersKnow() throws Exception {
    try (LoginFixture behindTls =
        LoginFixture.start(
            "redirects: { redirectURL: \"https://desk.example.com/oauth2/callback\" }")) {
      Browser there = behindTls.browser();
      there.host = "desk.example.com";
      there.login("/", "alice");
      there.fetchSite = "";
      there.origin = "https://desk.example.com";
      assertThat(parameter(Browser.uri(there.post("/oauth2/sign_out")), "post_logout_redirect_uri"))
          .isEqualTo("https://desk.example.com/");
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
