package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.util.Base64URL;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.devidp.LogoutFlaw;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.RecordedRevocations;
import dev.limen.session.RevocationScope;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8, with a real, strict provider. */
class BackChannelLogoutTest {
  private static LoginFixture fixture;

  private final RecordedRevocations revocations = new RecordedRevocations();
  private BackChannelLogout logout;

  @BeforeAll
  static void start() throws Exception {
    fixture = LoginFixture.start();
    fixture.browser().login("/", "alice");
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  @BeforeEach
  void make() {
    logout = of(fixture.provider);
  }

  @AfterEach
  void mendEverything() {
    fixture.store.refused.clear();
  }

  private BackChannelLogout of(OpenIdProvider... providers) {
    return new BackChannelLogout(List.of(providers), revocations, fixture.store.spentTokens());
  }

  private static String token(LogoutFlaw flaw) {
    return fixture.idp.logoutToken("alice", "limen", flaw);
  }

  private static Decision send(BackChannelLogout to, @Nullable String form) {
    CompletionStage<Decision> answer = to.answer(form, System.currentTimeMillis());
    return LoginFixture.answer(answer);
  }

  private Decision sendToken(String token) {
    return send(logout, "logout_token=" + token);
  }

  private static void assertTaken(Decision decision) {
    assertPage(decision, 200, Reason.LOGGED_OUT_BY_PROVIDER);
  }

  private void assertRefused(Decision decision) {
    assertPage(decision, 400, Reason.LOGOUT_TOKEN_REFUSED);
    assertThat(((Decision.Page) decision).body()).startsWith("{\"error\":\"invalid_request\"");
  }

  private static void assertPage(Decision decision, int status, Reason reason) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.reason()).isEqualTo(reason);
              assertThat(page.status()).isEqualTo(status);
              assertThat(page.contentType()).isEqualTo("application/json");
              assertThat(page.setCookies()).isEmpty();
            });
  }

  @ParameterizedTest
  @EnumSource(
      value = LogoutFlaw.class,
      names = {"NONE", "NO_TYPE", "SUBJECT_ALONE", "SESSION_ALONE"})
  void aTokenThatKeepsEveryRuleIs200OnceTheSessionsAreGone(LogoutFlaw none) {
    assertTaken(sendToken(token(none)));
    assertThat(revocations.scopes).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = LogoutFlaw.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NONE", "NO_TYPE", "SUBJECT_ALONE", "SESSION_ALONE"})
  void aTokenThatBreaksARuleIs400AndEndsNothing(LogoutFlaw flaw) {
    assertRefused(sendToken(token(flaw)));
    assertThat(revocations.scopes).isEmpty();
  }

  @Test
  @DisplayName("A64 an ID token is no logout token")
  void anIdTokenIsNoLogoutToken() throws Exception {
    Browser browser = fixture.browser();
    browser.login("/", "alice");
    String idToken =
        String.valueOf(
            Objects.requireNonNull(
                    QueryString.parse(Browser.uri(browser.post("/oauth2/sign_out")).getRawQuery()))
                .single("id_token_hint"));
    assertRefused(sendToken(idToken));
    assertThat(revocations.scopes).isEmpty();
  }

  @Nested
  @DisplayName("section 2.4: whose sessions")
  class Scopes {
    @ParameterizedTest
    @EnumSource(
        value = LogoutFlaw.class,
        names = {"NONE", "SESSION_ALONE"})
    void aNamedSessionEndsThatOne(LogoutFlaw none) {
      sendToken(token(none));
      assertThat(revocations.scopes)
          .singleElement()
          .isInstanceOfSatisfying(
              RevocationScope.ProviderSession.class,
              scope -> {
                assertThat(scope.issuer()).isEqualTo(fixture.idp.issuer());
                assertThat(scope.sid()).isNotEmpty();
              });
    }

    @Test
    void aNamedPersonEndsAllOfTheirs() {
      sendToken(token(LogoutFlaw.SUBJECT_ALONE));
      assertThat(revocations.scopes)
          .singleElement()
          .isInstanceOfSatisfying(
              RevocationScope.User.class,
              scope -> assertThat(scope.issuer()).isEqualTo(fixture.idp.issuer()));
    }
  }

  @Nested
  @DisplayName("section 2.6: a token is taken once")
  class Replays {
    @Test
    void theSecondTimeItIs400AndEndsNothing() {
      String token = token(LogoutFlaw.NONE);
      assertTaken(sendToken(token));
      assertRefused(sendToken(token));
      assertThat(revocations.scopes).hasSize(1);
    }

    @Test
    void atAnotherReplicaToo() {
      String token = token(LogoutFlaw.NONE);
      assertTaken(sendToken(token));
      assertRefused(send(of(fixture.provider), "logout_token=" + token));
    }

    @Test
    void aTokenWhoseRevocationFailedIsTakenTheNextTime() {
      String token = token(LogoutFlaw.NONE);
      revocations.refuses = true;
      assertThat(sendToken(token)).isEqualTo(new Decision.Unavailable(Reason.STORE_UNAVAILABLE));
      revocations.refuses = false;
      assertTaken(sendToken(token));
    }

    @ParameterizedTest
    @ValueSource(strings = {"isSpent", "spend"})
    void aStoreThatCannotSayIs503AndTheTokenIsTakenTheNextTime(String operation) {
      String token = token(LogoutFlaw.NONE);
      fixture.store.refused.add(operation);
      assertThat(sendToken(token)).isEqualTo(new Decision.Unavailable(Reason.STORE_UNAVAILABLE));
      fixture.store.refused.clear();
      assertTaken(sendToken(token));
    }
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "logout_token=TOKEN&more=1,                   true",
    "more=1&logout_token=TOKEN,                   true",
    "logout_token=TOKEN&logout_token=TOKEN,       false",
    "token=TOKEN,                                 false",
    "logout_token=,                               false",
    "logout_token=TOKEN%,                         false",
    "logout_token=TOKEN.x,                        false",
    "'',                                          false",
    ",                                            false",
  })
  // spotless:on
  @DisplayName("section 2.5: one logout_token in a form")
  void oneTokenInAForm(@Nullable String form, boolean isTaken) {
    Decision decision =
        send(logout, form == null ? null : form.replace("TOKEN", token(LogoutFlaw.NONE)));
    if (isTaken) {
      assertTaken(decision);
    } else {
      assertRefused(decision);
      assertThat(revocations.scopes).isEmpty();
    }
  }

  @Test
  void aProviderWhoseKeysAreNotKnownIs503SoThatItSendsItAgain() throws Exception {
    try (LoginFixture unknown = LoginFixture.withoutProvider()) {
      String payload =
          Base64URL.encode("{\"iss\":\"" + unknown.provider.issuer() + "\"}").toString();
      assertThat(send(of(unknown.provider), "logout_token=e30." + payload + ".AA"))
          .isEqualTo(new Decision.Unavailable(Reason.PROVIDER_UNAVAILABLE));
    }
  }

  @Test
  void ofTwoClientsOfOneIssuerTheOneWhoseTokenItIsTakesIt() throws Exception {
    LoginFixture other =
        LoginFixture.start(
            "providers:",
            "  - id: main",
            "    clientID: another",
            "    clientSecret: { value: limen-demo-secret }",
            "    oidcConfig: { issuerURL: \"" + fixture.idp.issuer() + "\" }");
    try (other) {
      BackChannelLogout both = of(other.provider, fixture.provider);
      assertTaken(send(both, "logout_token=" + token(LogoutFlaw.NONE)));
      assertRefused(send(of(other.provider), "logout_token=" + token(LogoutFlaw.NONE)));
    }
  }

  @Nested
  @DisplayName("section 2.5: the endpoint")
  class TheEndpoint {
    private Decision ask(Login login, String method, String host, @Nullable String form) {
      return LoginFixture.answer(
          login.handle(
              new EndpointRequest(
                  method,
                  "http",
                  host,
                  "/oauth2" + EndpointRequest.BACKCHANNEL_LOGOUT,
                  null,
                  List.of(),
                  null,
                  null,
                  null,
                  null,
                  form),
              System.currentTimeMillis()));
    }

    @Test
    void isReachedByWhateverNameTheProviderKnows() {
      assertRefused(ask(fixture.login, "POST", "limen.limen.svc.cluster.local:4180", null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "PUT", "HEAD"})
    void isForPostAlone(String method) {
      LoginFixture.assertPage(
          ask(fixture.login, method, "localhost:8080", null), 405, Reason.METHOD_NOT_ALLOWED);
    }

    @Test
    void takesNothingWhereItIsSwitchedOff() throws Exception {
      try (LoginFixture off =
          LoginFixture.start(
              "providers:",
              "  - id: main",
              "    clientID: limen",
              "    clientSecret: { value: limen-demo-secret }",
              "    oidcConfig: { issuerURL: \"" + fixture.idp.issuer() + "\" }",
              "    logout: { backChannel: false }")) {
        String form = "logout_token=" + token(LogoutFlaw.NONE);
        assertRefused(ask(off.login, "POST", "localhost:8080", form));
      }
    }
  }
}
