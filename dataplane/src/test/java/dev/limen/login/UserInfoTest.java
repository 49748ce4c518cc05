package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.session.Identity;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionSecret;
import dev.limen.session.Tokens;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is signed in, for a page's own script. */
final class UserInfoTest {
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
  void openABrowser() {
    browser = fixture.browser();
  }

  @AfterEach
  void mendEverything() {
    fixture.store.refused.clear();
  }

  private String documentOf(Identity identity) {
    Tokens tokens = new Tokens("i", "a", null, 0, 0);
    SessionSecret secret =
        fixture
            .sessions
            .create(identity, tokens, SessionContext.UNKNOWN, System.currentTimeMillis())
            .toCompletableFuture()
            .join()
            .secret();
    browser.cookies.put("__Host-limen", fixture.sessionCookie.value(secret));
    return ((Decision.Page) browser.get("/oauth2/userinfo")).body();
  }

  private static Identity identity(
      String subject, @Nullable String email, @Nullable String username, String... groups) {
    return new Identity(
        "main",
        "http://127.0.0.1:1",
        subject,
        subject,
        null,
        email,
        username,
        List.of(groups),
        List.of(),
        Map.of(),
        null,
        null,
        List.of(),
        0);
  }

  @Test
  void saysWhoIsSignedIn() throws Exception {
    browser.login("/", "alice");
    assertThat(browser.get("/oauth2/userinfo"))
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.status()).isEqualTo(200);
              assertThat(page.contentType()).isEqualTo("application/json");
              assertThat(page.body())
                  .matches(
                      "\\{\"user\":\"[^\"]+\",\"email\":\"alice@example.com\","
                          + "\"groups\":\\[\"staff\"],\"preferredUsername\":\"alice\"}");
            });
  }

  @Test
  void hasOauth2ProxysFieldsAndLeavesOutWhatItLeavesOut() {
    assertThat(documentOf(identity("u", null, null))).isEqualTo("{\"user\":\"u\",\"email\":\"\"}");
    assertThat(documentOf(identity("u", "e", "n", "a", "b")))
        .isEqualTo(
            "{\"user\":\"u\",\"email\":\"e\",\"groups\":[\"a\",\"b\"],"
                + "\"preferredUsername\":\"n\"}");
  }

  @Test
  void escapesWhateverANameHolds() {
    assertThat(documentOf(identity("\"\\\n</script>\u2028é", null, null)))
        .isEqualTo(
            "{\"user\":\"\\u0022\\u005c\\u000a\\u003c/script\\u003e\\u2028\\u00e9\","
                + "\"email\":\"\"}");
  }

  @Test
  void is401WithoutASession() {
    assertThat(browser.get("/oauth2/userinfo"))
        .isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void is401WithACookieThatIsNone(String value) {
    browser.cookies.put("__Host-limen", value);
    assertThat(browser.get("/oauth2/userinfo"))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_MALFORMED));
  }

  @Test
  void is401WithACookieOfAnotherKeyRing() {
    SessionCookie foreign = new SessionCookie(KeyRing.generated());
    browser.cookies.put("__Host-limen", foreign.value(SessionSecret.random()));
    assertThat(browser.get("/oauth2/userinfo"))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_UNVERIFIED));
  }

  @Test
  void is401WithTwoCookies() throws Exception {
    browser.login("/", "alice");
    String cookie = "__Host-limen=" + browser.session();
    EndpointRequest request =
        LoginFixture.request("GET", "/oauth2/userinfo", "", List.of(cookie, cookie));
    assertThat(LoginFixture.answer(fixture.login.handle(request, System.currentTimeMillis())))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_AMBIGUOUS));
  }

  @Test
  void is503WhileTheStoreIsAway() throws Exception {
    browser.login("/", "alice");
    fixture.store.refused.add("load");
    assertThat(browser.get("/oauth2/userinfo"))
        .isEqualTo(new Decision.Unavailable(Reason.STORE_UNAVAILABLE));
  }
}
