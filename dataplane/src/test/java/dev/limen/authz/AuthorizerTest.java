package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests pass, and what becomes of the others. */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthorizerTest {
  private House house;

  @BeforeAll
  void build() throws IOException {
    house =
        House.with(
            """
            {match: {hosts: [], path: /public/*, methods: [GET]}, mode: public},
            {match: {hosts: [], path: /anything, methods: []}, mode: public},
            {match: {hosts: [], path: /v1/*/status, methods: []}, mode: public},
            {match: {hosts: [secret.example.com], path: /public/vault}, mode: deny}
            """);
  }

  @AfterAll
  void close() {
    house.close();
  }

  /** LOGIN in the words of the list: 302 for a navigation, 401 for all else. */
  private void assertLogin(Requests request, Reason reason) {
    assertThat(house.ask(request)).isEqualTo(new Decision.Deny(401, reason));
    if (request.method().equals("GET")) {
      assertThat(house.ask(request.navigation()))
          .isInstanceOfSatisfying(
              Decision.Redirect.class,
              redirect -> {
                assertThat(redirect.location()).startsWith(house.idp.issuer());
                assertThat(redirect.setCookies()).hasSize(1);
                assertThat(redirect.reason()).isEqualTo(reason);
              });
    }
  }

  private void assertRefused(Requests request, int status, Reason reason) {
    assertThat(house.ask(request)).isEqualTo(new Decision.Deny(status, reason));
    if (request.method().equals("GET")) {
      assertThat(house.ask(request.navigation()))
          .isInstanceOfSatisfying(
              Decision.Page.class,
              page -> {
                assertThat(page.status()).isEqualTo(status);
                assertThat(page.reason()).isEqualTo(reason);
                assertThat(page.contentType()).isEqualTo("text/html; charset=utf-8");
                assertThat(page.setCookies()).isEmpty();
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/public/x", "/public/", "/public/a/b?x=/../admin", "/anything?y"})
  void aPublicRouteNeedsNobody(String path) {
    assertThat(house.ask(get(path))).isInstanceOf(Decision.Allow.class);
    assertThat(house.ask(get(path).navigation())).isInstanceOf(Decision.Allow.class);
  }

  @Test
  void aSessionPasses() {
    String cookie = house.signedIn(House.alice());
    assertThat(house.ask(get("/orders?x=1").header("cookie: " + cookie)))
        .isInstanceOf(Decision.Allow.class);
    assertThat(house.ask(get("/orders").method("DELETE").header("cookie: a=1; " + cookie)))
        .isInstanceOf(Decision.Allow.class);
  }

  @ParameterizedTest
  @DisplayName("A01 A05 A07 A08 A09 A11 A13 no spelling of a path makes it public")
  @ValueSource(
      strings = {
        "/api/private/secret?x=/status",
        "/v1/secret?x=/status",
        "/admin?/public/x",
        "/public/../admin",
        "/public/%2e%2e/admin",
        "/public/.%2e/admin",
        "/public/x/../../admin",
        "/public/%252e%252e%252fadmin",
        "//admin",
        "/public//../admin",
        "/public///x/../../../admin",
        "/public/..;/admin",
        "/public;a=b/../admin",
        "/public/x;/..;/..;/admin",
        "/PUBLIC/x",
        "/public",
        "/public.",
        "/public/x%20",
        "/public/%c0%ae%c0%ae/admin",
        "/public/%e2%88%95..%e2%88%95admin",
        "/anything/",
        "/%61nything",
      })
  void anUnclearPathNeedsASession(String path) {
    assertLogin(get(path), Reason.NO_SESSION);
  }

  @ParameterizedTest
  @DisplayName("A02 A06 A10 a path that nobody honest sends")
  @ValueSource(
      strings = {
        "/public/a#/admin",
        "/admin#/../public",
        "/public%2f..%2fadmin",
        "/public/..%5cadmin",
        "/public\\..\\admin",
        "/public/%00/../admin",
        "/public/\u0000",
        "/public/\u001f",
        "/public/\u007f",
        "/public/ x",
        "/public/\r\nx: y",
        "/public/x?a b",
        "/public/À®À®/admin",
        "/public/ÿ",
      })
  void anAmbiguousPathIsRefused(String path) {
    assertRefused(get(path), 400, Reason.PATH_AMBIGUOUS);
  }

  @ParameterizedTest
  @DisplayName("A12: RFC 9112, section 3.2, other forms than the origin form")
  @CsvSource({
    "GET, http://evil.example/public/x",
    "GET, https://localhost:8080/public/x",
    "OPTIONS, *",
    "CONNECT, host:443",
    "CONNECT, /public/x",
    "GET, public/x",
  })
  void anotherTargetFormIsRefused(String method, String target) {
    assertRefused(get(target).method(method), 400, Reason.TARGET_FORM_REFUSED);
  }

  @ParameterizedTest
  @DisplayName("A03 A04 A16 A19 nothing else that a client says decides: no rule reads an address")
  @ValueSource(
      strings = {
        "x-forwarded-uri: /public/x",
        "x-forwarded-path: /public/x",
        "x-original-url: /public/x",
        "x-original-uri: /public/x",
        "x-rewrite-url: /public/x",
        "x-envoy-original-path: /public/x",
        "forwarded: path=/public",
        "x-forwarded-prefix: /public",
        "x-forwarded-host: other.example",
        "user-agent: GoogleHC/1.0",
        "user-agent: kube-probe/1.30",
        "x-forwarded-for: 10.0.0.1",
        "x-real-ip: 127.0.0.1",
        "x-auth-request-user: alice",
        "authorization: Bearer anything",
        "authorization: Basic YWxpY2U6YWxpY2U=",
        "x-envoy-internal: true",
        "x-forwarded-client-cert: By=a",
      })
  void noHeaderMakesAPathPublic(String header) {
    assertLogin(get("/admin").header(header), Reason.NO_SESSION);
  }

  @ParameterizedTest
  @DisplayName("A15 A20 the method is the method")
  @CsvSource({"POST", "PUT", "HEAD", "OPTIONS", "get", "PROPFIND"})
  void aMethodOverrideIsNoMethod(String method) {
    Requests request =
        get("/public/x?_method=GET")
            .method(method)
            .header("x-http-method-override: GET")
            .header("x-method-override: GET")
            .header("origin: https://evil.example")
            .header("access-control-request-method: GET");
    assertLogin(request, Reason.NO_SESSION);
  }

  @Test
  void aMethodThatChangesSomethingIsNeverRedirected() {
    assertThat(house.ask(get("/orders").method("POST").navigation()))
        .isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
    assertThat(house.ask(get("/orders").method("HEAD").navigation()))
        .isInstanceOf(Decision.Redirect.class);
  }

  @ParameterizedTest
  @DisplayName("A17: nothing is answered on the way to somebody else's path")
  @ValueSource(
      strings = {"/healthz", "/ready", "/ping", "/metrics", "/robots.txt", "/favicon.ico", "/"})
  void noPathIsSpecial(String path) {
    assertLogin(get(path), Reason.NO_SESSION);
  }

  @ParameterizedTest
  @DisplayName("A14: a host in any spelling is the same host")
  @ValueSource(
      strings = {
        "secret.example.com",
        "Secret.Example.COM",
        "Secret.Example.COM:443.",
        "secret.example.com.",
        "secret.example.com:80",
      })
  void aHostInAnySpellingIsTheSameHost(String host) {
    assertLogin(get("/x").host(host), Reason.NO_SESSION);
    assertRefused(get("/public/vault").host(host), 403, Reason.ROUTE_DENIED);
    assertThat(house.ask(get("/public/vault"))).isInstanceOf(Decision.Allow.class);
  }

  @ParameterizedTest
  @DisplayName("A51: an unknown host signs nobody in")
  @ValueSource(strings = {"evil.example", "localhost", "secret.example.com.evil.example", "[::1]"})
  void anUnknownHostIsRefused(String host) {
    assertRefused(get("/x").host(host), 400, Reason.HOST_UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "u@localhost:8080", "localhost:8080,evil", "a\u0000"})
  void aBrokenHostIsRefused(String host) {
    assertRefused(get("/public/x").host(host), 400, Reason.REQUEST_MALFORMED);
  }

  @Test
  void aRequestWithoutMethodOrPathIsRefused() {
    assertThat(house.ask(get("/public/x").method("")))
        .isEqualTo(new Decision.Deny(400, Reason.REQUEST_MALFORMED));
    assertRefused(get(""), 400, Reason.REQUEST_MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/oauth2",
        "/oauth2/",
        "/oauth2/start",
        "/oauth2/callback?code=a&state=b",
        "/oauth2/sign_in",
        "/oauth2/anything/else",
        "/oauth2/../oauth2/start",
        "//oauth2/start",
        "/oauth2;x/start",
        "/oauth%32/start",
        "/%6fauth2/callback",
      })
  void aCheckForAnEndpointOfOurOwnNamesTheMissingRoute(String path) {
    assertThat(house.ask(get(path)))
        .isEqualTo(new Decision.Deny(404, Reason.OWN_ENDPOINT_NOT_ROUTED));
    assertThat(house.ask(get(path).header("cookie: " + house.signedIn(House.alice()))))
        .isEqualTo(new Decision.Deny(404, Reason.OWN_ENDPOINT_NOT_ROUTED));
    assertThat(house.ask(get(path).navigation()))
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.status()).isEqualTo(404);
              assertThat(page.reason()).isEqualTo(Reason.OWN_ENDPOINT_NOT_ROUTED);
              assertThat(page.body()).contains("/oauth2");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"/oauth2x", "/oauth", "/OAUTH2/start", "/x/oauth2/start"})
  void aPathThatOnlyLooksLikeAnEndpointIsNone(String path) {
    assertLogin(get(path), Reason.NO_SESSION);
  }

  @Test
  void thePageOfAMissingRouteEscapesThePath() {
    assertThat(house.ask(get("/oauth2/<script>alert(1)</script>").navigation()))
        .isInstanceOfSatisfying(
            Decision.Page.class, page -> assertThat(page.body()).doesNotContain("<script>alert"));
  }

  @Test
  @DisplayName("A33 A34 two session cookies are none")
  void twoSessionCookiesAreNone() {
    String one = house.signedIn(House.alice());
    String other = house.signedIn(House.alice());
    for (String field : List.of(one + "; " + other, one + "; " + one, one + "," + other)) {
      assertLogin(get("/x").header("cookie: " + field), Reason.SESSION_COOKIE_AMBIGUOUS);
    }
    assertLogin(
        get("/x").header("cookie: " + one).header("cookie: " + other),
        Reason.SESSION_COOKIE_AMBIGUOUS);
    assertLogin(
        get("/x").header("cookie: " + one + "; __Host-limen=x"), Reason.SESSION_COOKIE_AMBIGUOUS);
  }

  private static List<String> notACookie() {
    return List.of("\"%s\"", " %s", "%s x", "%s=", "%sA", "A%s", "", "=", "A", "%s\u00ff", "%s\"");
  }

  @ParameterizedTest
  @DisplayName("A31 A35 A36 a value that was changed is none")
  @MethodSource("notACookie")
  void aChangedSessionCookieIsNone(String shape) {
    String value = house.signedIn(House.alice()).substring("__Host-limen=".length());
    assertLogin(
        get("/x").header("cookie: __Host-limen=" + shape.replace("%s", value)),
        Reason.SESSION_COOKIE_MALFORMED);
  }

  @Test
  @DisplayName("A36 A37 every prefix and every flipped bit")
  void everyPrefixAndEveryFlippedBitIsNone() {
    String cookie = house.signedIn(House.alice());
    int start = "__Host-limen=".length();
    for (int end = start; end < cookie.length(); end++) {
      assertThat(house.ask(get("/x").header("cookie: " + cookie.substring(0, end))))
          .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_MALFORMED));
    }
    for (int i = start; i < cookie.length(); i++) {
      for (int bit = 0; bit < 8; bit++) {
        char flipped = (char) (cookie.charAt(i) ^ (1 << bit));
        String changed = cookie.substring(0, i) + flipped + cookie.substring(i + 1);
        assertThat(house.ask(get("/x").header("cookie: " + changed)))
            .isInstanceOfSatisfying(
                Decision.Deny.class, deny -> assertThat(deny.status()).isEqualTo(401));
      }
    }
  }

  @Test
  void aSessionThatEndedIsNone() {
    String cookie = house.signedIn(House.alice());
    long later = House.NOW + 13 * 3_600_000L;
    assertThat(house.ask(get("/x").header("cookie: " + cookie), later))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_EXPIRED));
    assertLogin(
        get("/x")
            .header(
                "cookie: __Host-limen="
                    + house.sessionCookie.value(dev.limen.session.SessionSecret.random())),
        Reason.SESSION_UNKNOWN);
  }
}
