package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From an authentication request to a code. */
final class AuthorizationEndpointTest {
  private final SettableClock clock = new SettableClock();
  private DevIdp idp;
  private Visitor visitor;
  private RelyingParty party;

  @BeforeEach
  void start() throws Exception {
    idp = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256").withClock(clock));
    visitor = new Visitor(idp);
    party = new RelyingParty(idp);
  }

  @AfterEach
  void stop() {
    idp.close();
  }

  private Map<String, String> with(String name, String value) {
    Map<String, String> request = party.request();
    request.put(name, value);
    return request;
  }

  private Map<String, String> without(String name) {
    Map<String, String> request = party.request();
    request.remove(name);
    return request;
  }

  private static String error(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(302);
    String location = Visitor.location(answer);
    assertThat(location).startsWith(RelyingParty.CALLBACK + "?");
    assertThat(Visitor.parameter(location, "state")).isEqualTo("the-state");
    assertThat(Visitor.parameter(location, "code")).isNull();
    return String.valueOf(Visitor.parameter(location, "error"));
  }

  /** The form that a person fills in. */
  @Nested
  @DisplayName("The login form")
  final class LoginForm {
    @Test
    void isShownToABrowserThatIsNotSignedIn() throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());

      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body())
          .contains("id=\"kc-form-login\"", "name=\"username\"", "name=\"password\"")
          .doesNotContain("<script");
      assertThat(page.headers().firstValue("content-security-policy").orElse(""))
          .contains("default-src 'none'")
          .doesNotContain("unsafe", "script-src", "form-action");
      assertThat(page.headers().firstValue("cache-control")).hasValue("no-store");
    }

    @Test
    void sendsTheBrowserBackWithCodeStateAndIssuer() throws Exception {
      String callback = visitor.signIn(party.request(), "alice");

      assertThat(callback).startsWith(RelyingParty.CALLBACK + "?");
      assertThat(Visitor.parameter(callback, "code")).hasSizeGreaterThan(20);
      assertThat(Visitor.parameter(callback, "state")).isEqualTo("the-state");
      assertThat(Visitor.parameter(callback, "iss")).isEqualTo(idp.issuer());
      assertThat(Visitor.parameter(callback, "session_state")).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({"alice,wrong", "nobody,alice", "alice,ALICE", "'',''", "bob,alice"})
    void isShownAgainWithAMessageWhenThePasswordIsWrong(String name, String password)
        throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());
      HttpResponse<String> again =
          visitor.submit(page, Map.of("username", name, "password", password));

      assertThat(again.statusCode()).isEqualTo(200);
      assertThat(again.body()).contains("kc-form-login", "Invalid username or password.");
      assertThat(visitor.has(Provider.SESSION_COOKIE)).isFalse();
    }

    @Test
    void canBeFilledInAgainAfterAWrongPassword() throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());
      HttpResponse<String> again =
          visitor.submit(page, Map.of("username", "alice", "password", "wrong"));
      HttpResponse<String> done =
          visitor.submit(again, Map.of("username", "alice", "password", "alice"));

      assertThat(Visitor.parameter(Visitor.location(done), "code")).isNotBlank();
    }

    @Test
    void escapesTheNameThatWasTyped() throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());
      HttpResponse<String> again =
          visitor.submit(page, Map.of("username", "\"><script>alert(1)</script>", "password", "x"));

      assertThat(again.body()).doesNotContain("<script").contains("&lt;script&gt;");
    }

    @Test
    void worksOnce() throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());
      visitor.submit(page, Map.of("username", "alice", "password", "alice"));
      HttpResponse<String> second =
          visitor.submit(page, Map.of("username", "alice", "password", "alice"));

      assertThat(second.statusCode()).isEqualTo(400);
    }

    @Test
    void doesNotWorkInAnotherBrowser() throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());
      HttpResponse<String> elsewhere =
          new Visitor(idp).submit(page, Map.of("username", "alice", "password", "alice"));

      assertThat(elsewhere.statusCode()).isEqualTo(400);
    }

    @Test
    void worksInTwoTabs() throws Exception {
      HttpResponse<String> first = visitor.authorize(party.request());
      HttpResponse<String> second = visitor.authorize(party.request());
      Map<String, String> alice = Map.of("username", "alice", "password", "alice");

      assertThat(visitor.submit(second, alice).statusCode()).isEqualTo(302);
      assertThat(visitor.submit(first, alice).statusCode()).isEqualTo(302);
    }

    @Test
    void expires() throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());
      clock.advance(Pending.LIFETIME);

      assertThat(
              visitor.submit(page, Map.of("username", "alice", "password", "alice")).statusCode())
          .isEqualTo(400);
    }
  }

  /** What the provider remembers of a browser. */
  @Nested
  @DisplayName("The browser's session")
  final class BrowserSession {
    @Test
    void isACookieOutOfReachOfScriptsAndOtherSites() throws Exception {
      HttpResponse<String> page = visitor.authorize(party.request());
      HttpResponse<String> done =
          visitor.submit(page, Map.of("username", "alice", "password", "alice"));

      assertThat(done.headers().allValues("set-cookie"))
          .singleElement()
          .asString()
          .startsWith(Provider.SESSION_COOKIE + "=")
          .contains("; Path=/realms/limen/; HttpOnly; SameSite=Lax")
          .doesNotContain("Secure");
    }

    @Test
    void sparesTheForm() throws Exception {
      visitor.signIn(party.request(), "alice");
      HttpResponse<String> second = visitor.authorize(party.request());

      assertThat(second.statusCode()).isEqualTo(302);
      assertThat(Visitor.parameter(Visitor.location(second), "code")).isNotBlank();
    }

    @Test
    void doesNotSpareTheFormWhenPromptIsLogin() throws Exception {
      visitor.signIn(party.request(), "alice");

      assertThat(visitor.authorize(with("prompt", "login")).statusCode()).isEqualTo(200);
    }

    @Test
    void isEnoughForPromptNone() throws Exception {
      visitor.signIn(party.request(), "alice");
      HttpResponse<String> silent = visitor.authorize(with("prompt", "none"));

      assertThat(Visitor.parameter(Visitor.location(silent), "code")).isNotBlank();
    }

    @Test
    void isMissedByPromptNone() throws Exception {
      assertThat(error(visitor.authorize(with("prompt", "none")))).isEqualTo("login_required");
    }

    @Test
    void isTooOldForMaxAge() throws Exception {
      visitor.signIn(party.request(), "alice");
      clock.advance(Duration.ofSeconds(9));
      assertThat(visitor.authorize(with("max_age", "10")).statusCode()).isEqualTo(302);

      clock.advance(Duration.ofSeconds(1));
      assertThat(visitor.authorize(with("max_age", "10")).statusCode()).isEqualTo(200);
    }

    @Test
    void endsWhenIdle() throws Exception {
      visitor.signIn(party.request(), "alice");
      clock.advance(Duration.ofSeconds(1799));
      assertThat(visitor.authorize(party.request()).statusCode()).isEqualTo(302);

      clock.advance(Duration.ofMinutes(30));
      assertThat(visitor.authorize(party.request()).statusCode()).isEqualTo(200);
    }

    @Test
    void isAnotherForAnotherUser() throws Exception {
      String alice = visitor.signIn(party.request(), "alice");
      String bob = visitor.signIn(with("prompt", "login"), "bob");

      assertThat(Visitor.parameter(bob, "session_state"))
          .isNotEqualTo(Visitor.parameter(alice, "session_state"));
      assertThat(idp.sessionCount()).isEqualTo(1);
    }
  }

  /** Requests that get a page, since no address can be trusted. */
  @Nested
  @DisplayName("RFC 9700, section 4.11: a request that could be anybody's is not redirected")
  final class NotRedirected {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "http://localhost:8080/oauth2/callback/",
          "http://localhost:8080/oauth2/callback?x=1",
          "http://localhost:8080/oauth2/Callback",
          "http://localhost/oauth2/callback",
          "https://localhost:8080/oauth2/callback",
          "http://evil.example/",
          "/oauth2/callback",
          ""
        })
    void whenTheRedirectUriIsNotTheVerySame(String redirectUri) throws Exception {
      HttpResponse<String> answer = visitor.authorize(with("redirect_uri", redirectUri));

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.headers().firstValue("location")).isEmpty();
    }

    @Test
    void whenTheRedirectUriIsMissing() throws Exception {
      assertThat(visitor.authorize(without("redirect_uri")).statusCode()).isEqualTo(400);
    }

    @Test
    void whenTheClientIsNotKnown() throws Exception {
      assertThat(visitor.authorize(with("client_id", "other")).statusCode()).isEqualTo(400);
      assertThat(visitor.authorize(without("client_id")).statusCode()).isEqualTo(400);
    }

    @Test
    void whenTheClientIsNamedTwice() throws Exception {
      String url =
          idp.issuer()
              + "/protocol/openid-connect/auth?client_id=other&"
              + Visitor.encoded(party.request());

      assertThat(visitor.get(url).statusCode()).isEqualTo(400);
    }
  }

  /** Requests that get an error at the callback. */
  @Nested
  @DisplayName("RFC 6749, section 4.1.2.1: a wrong request goes back to the client with an error")
  final class Refused {
    @Test
    @DisplayName("RFC 7636, section 4.4.1")
    void whenThereIsNoChallenge() throws Exception {
      Map<String, String> request = without("code_challenge");
      request.remove("code_challenge_method");

      assertThat(error(visitor.authorize(request))).isEqualTo("invalid_request");
    }

    @Test
    void whenTheChallengeIsPlain() throws Exception {
      assertThat(error(visitor.authorize(with("code_challenge_method", "plain"))))
          .isEqualTo("invalid_request");
      assertThat(error(visitor.authorize(without("code_challenge_method"))))
          .isEqualTo("invalid_request");
    }

    @Test
    void whenTheChallengeIsNotASha256() throws Exception {
      assertThat(error(visitor.authorize(with("code_challenge", "short"))))
          .isEqualTo("invalid_request");
    }

    @ParameterizedTest
    @CsvSource({
      "response_type,token",
      "response_type,code id_token",
      "response_type,nonsense",
      "scope,profile",
      "scope,openid unheard-of",
      "response_mode,fragment",
      "prompt,none login",
      "request,eyJhbGciOiJub25lIn0.e30.",
      "request_uri,https://rp.example/request"
    })
    void whenAParameterIsNotServed(String name, String value) throws Exception {
      assertThat(error(visitor.authorize(with(name, value)))).isNotEqualTo("null");
    }

    @Test
    void whenAParameterComesTwice() throws Exception {
      String url =
          idp.issuer()
              + "/protocol/openid-connect/auth?nonce=another&"
              + Visitor.encoded(party.request());

      assertThat(error(visitor.get(url))).isEqualTo("invalid_request");
    }

    @Test
    @DisplayName("RFC 9207")
    void andTheErrorSaysWhoseItIs() throws Exception {
      String location = Visitor.location(visitor.authorize(with("prompt", "none")));

      assertThat(Visitor.parameter(location, "iss")).isEqualTo(idp.issuer());
    }
  }

  @Test
  @DisplayName("OpenID Connect Core 1.0, section 3.1.2.1: the request may be posted")
  void aPostedRequestIsAsGood() throws Exception {
    HttpResponse<String> page =
        visitor.post(
            idp.issuer() + "/protocol/openid-connect/auth", new LinkedHashMap<>(party.request()));

    assertThat(page.body()).contains("kc-form-login");
  }
}
