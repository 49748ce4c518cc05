package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.devidp.RequestRecord;
import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
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
  private static final String BACK = "http://localhost:8080/oauth2/signed_out";

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
    assertThat(parameter(uri, "post_logout_redirect_uri")).isEqualTo(BACK);
    assertThat(parameter(uri, "state")).hasSize(Flow.STATE_LENGTH);
    assertThat(Browser.setCookies(decision))
        .hasSize(2)
        .startsWith(CLEARED)
        .allMatch(each -> each.startsWith("__Host-limen"));
    assertThat(liveSessions()).isEqualTo(before - 1);
    assertThat(back(decision)).startsWith("/oauth2/signed_out?state=");
  }

  /** Where the provider sends a browser that signs out there, without the host. */
  private String back(Decision signedOut) throws Exception {
    String location = browser.follow(signedOut).headers().firstValue("location").orElse("");
    assertThat(location).startsWith("http://localhost:8080/");
    return location.substring("http://localhost:8080".length());
  }

  @Test
  void theProviderHasForgottenThePersonToo() throws Exception {
    browser.follow(browser.post("/oauth2/sign_out"));
    assertThat(browser.follow(browser.navigate("/")).body()).contains("password");
  }

  @Test
  void comesBackToWhereItWasAskedToIfThatIsHere() throws Exception {
    Decision here = browser.get(back(browser.post("/oauth2/sign_out?rd=/bye%3Fx%3D1")));
    LoginFixture.assertLandsOn(here, "/bye?x=1");
    assertThat(browser.flows()).isEmpty();
  }

  @Test
  void neverEndsElsewhere() throws Exception {
    Decision there = browser.post("/oauth2/sign_out?rd=https://evil.example/");
    assertThat(parameter(Browser.uri(there), "post_logout_redirect_uri")).isEqualTo(BACK);
    LoginFixture.assertLandsOn(browser.get(back(there)), "/");
  }

  @Nested
  @DisplayName("RP-Initiated Logout 1.0, section 3: the way back")
  class TheWayBack {
    @Test
    void withAnotherStateLeadsToTheDefaultPageAndKeepsTheCookie() {
      browser.post("/oauth2/sign_out?rd=/bye");
      String other = browser.flows().getFirst().substring("__Host-limen-flow-".length());
      for (String query :
          new String[] {"", "?state=", "?state=x", "?state=" + other + "x".repeat(43)}) {
        Decision decision = browser.get("/oauth2/signed_out" + query);
        LoginFixture.assertLandsOn(decision, "/");
        assertThat(Browser.setCookies(decision)).isEmpty();
      }
    }

    @Test
    void inAnotherBrowserLeadsToTheDefaultPage() throws Exception {
      String back = back(browser.post("/oauth2/sign_out?rd=/bye"));
      LoginFixture.assertLandsOn(fixture.browser().get(back), "/");
      LoginFixture.assertLandsOn(browser.get(back), "/bye");
    }

    @Test
    void isForTheOneSignOutAndNotForALogin() {
      browser.cookies.clear();
      String loginState = String.valueOf(parameter(Browser.uri(browser.navigate("/a")), "state"));
      LoginFixture.assertLandsOn(browser.get("/oauth2/signed_out?state=" + loginState), "/");
      assertThat(browser.flows()).hasSize(1);
    }

    @Test
    void ofASignOutIsNoCallback() throws Exception {
      String state =
          String.valueOf(parameter(Browser.uri(browser.post("/oauth2/sign_out")), "state"));
      Decision decision =
          browser.get("/oauth2/callback?code=c&state=" + state + "&iss=" + fixture.idp.issuer());
      assertPage(decision, 400, Reason.FLOW_UNKNOWN);
    }

    @Test
    void endsNothingByItself() {
      int before = liveSessions();
      browser.get("/oauth2/signed_out?state=x");
      assertThat(liveSessions()).isEqualTo(before);
      assertThat(browser.session()).isNotEmpty();
    }
  }

  @Nested
  class OfAllMySessions {
    private final Browser phone = fixture.browser();
    private final Browser bobs = fixture.browser();

    @BeforeEach
    void signInElsewhere() throws Exception {
      phone.login("/", "alice");
      bobs.login("/", "bob");
    }

    private void assertLive(Browser there, boolean isLive) {
      assertThat(there.get("/oauth2/userinfo") instanceof Decision.Page).isEqualTo(isLive);
    }

    @Test
    void endsThoseOfOtherBrowsersAndNobodyElses() {
      String cookie = browser.session();
      assertThat(browser.post("/oauth2/sign_out?all=true")).isInstanceOf(Decision.Redirect.class);
      browser.cookies.put("__Host-limen", cookie);

      assertLive(browser, false);
      assertLive(phone, false);
      assertLive(bobs, true);
    }

    @Test
    void isOfferedOnThePageThatAsks() {
      Decision.Page asked = (Decision.Page) browser.get("/oauth2/sign_out?rd=/bye");
      assertThat(asked.body())
          .contains("<form method=\"post\" action=\"/oauth2/sign_out?rd=/bye\">")
          .contains("<form method=\"post\" action=\"/oauth2/sign_out?all=true&amp;rd=/bye\">");
      assertLive(phone, true);
    }

    @ParameterizedTest
    @CsvSource({"all=false", "all=", "all=1", "all=true&all=true", "ALL=true"})
    void isWhatWasAskedForAlone(String query) {
      browser.post("/oauth2/sign_out?" + query);
      assertLive(phone, true);
    }

    @Test
    void isNothingThatAnotherSiteCanStart() {
      browser.fetchSite = "cross-site";
      assertPage(browser.post("/oauth2/sign_out?all=true"), 403, Reason.CROSS_SITE_REFUSED);
      assertLive(phone, true);
    }

    @Test
    void withoutASessionThatIsLiveIsNotSaidToBeDone() {
      String cookie = browser.session();
      browser.post("/oauth2/sign_out");
      browser.cookies.put("__Host-limen", cookie);
      Decision decision = browser.post("/oauth2/sign_out?all=true");
      assertThat(decision)
          .isInstanceOfSatisfying(
              Decision.Page.class, page -> assertThat(page.status()).isEqualTo(400));
      assertThat(((Decision.Page) decision).body()).doesNotContain("You are signed out");
      assertLive(phone, true);
    }

    @Test
    void thatTheStoreRefusesIs503AndTheCookieStays() {
      fixture.store.refused.add("revoke");
      Decision decision = browser.post("/oauth2/sign_out?all=true");
      assertPage(decision, 503, Reason.STORE_UNAVAILABLE);
      assertThat(Browser.setCookies(decision)).isEmpty();
    }
  }

  @Nested
  @DisplayName("RFC 7009: the refresh token")
  class TheRefreshToken {
    @Test
    void isRevokedBehindTheAnswer() throws Exception {
      fixture.idp.log().clear();
      browser.post("/oauth2/sign_out");
      RequestRecord revoked =
          fixture
              .idp
              .log()
              .await(each -> each.kind() == RequestKind.REVOKE, Duration.ofSeconds(20));
      assertThat(revoked.outcome()).isEqualTo("ok");
      assertThat(revoked.user()).isEqualTo("alice");
    }

    @Test
    void thatTheProviderDoesNotTakeChangesNothing() throws Exception {
      fixture.idp.faults().switchOn(Fault.HTTP_500, RequestKind.REVOKE, 1);
      try {
        fixture.idp.log().clear();
        Decision decision = browser.post("/oauth2/sign_out");
        assertThat(decision).isInstanceOf(Decision.Redirect.class);
        fixture.idp.log().await(each -> each.kind() == RequestKind.REVOKE, Duration.ofSeconds(20));
        awaitCounted("unexpected_status");
      } finally {
        fixture.idp.faults().clear();
      }
    }

    /** It is counted after the provider's answer, for which nobody waits. */
    private void awaitCounted(String outcome) {
      String line =
          "limen_provider_requests_total{endpoint=\"revocation\",outcome=\"" + outcome + "\"";
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (!fixture.scrape().contains(line)) {
        assertThat(System.nanoTime()).as("waited for " + line).isLessThan(end);
        Thread.onSpinWait();
      }
    }

    @Test
    void ofASignOutThatTheStoreRefusedIsKept() throws Exception {
      fixture.idp.log().clear();
      fixture.store.refused.add("delete");
      browser.post("/oauth2/sign_out");
      fixture.store.refused.clear();
      browser.post("/oauth2/sign_out");
      fixture.idp.log().await(each -> each.kind() == RequestKind.REVOKE, Duration.ofSeconds(20));
      assertThat(fixture.idp.log().of(RequestKind.REVOKE)).hasSize(1);
    }
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
    void leadsToTheSameEndAsAPostByItself() throws Exception {
      Decision asked = browser.get("/oauth2/sign_out?rd=/bye");
      String action =
          ((Decision.Page) asked).body().replaceAll("(?s).*? action=\"([^\"]*)\".*", "$1");
      browser.fetchSite = "same-origin";
      Decision signedOut = browser.post(action);
      assertThat(browser.session()).isEmpty();
      LoginFixture.assertLandsOn(browser.get(back(signedOut)), "/bye");
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
          .isEqualTo("https://desk.example.com/oauth2/signed_out");
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
