package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.config.ProviderConfig;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.Tokens;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A login and a logout against the strict provider: split horizon, PKCE, each algorithm. */
class OpenIdProviderTest {
  private final StrictProvider strict = new StrictProvider();
  private final DevIdp idp = strict.idp;
  private final OpenIdProvider provider = strict.provider;

  @AfterEach
  void stop() {
    strict.close();
  }

  @Nested
  class ALogin {
    @Test
    @DisplayName("A48: asks with code, S256 challenge, state and nonce, at the public address")
    void asksWithEverythingThatProtectsIt() {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      String url = strict.authorizationUrl(flow);
      assertThat(url)
          .startsWith(StrictProvider.PUBLIC + "/realms/limen/protocol/openid-connect/auth?");
      assertThat(Browser.parameters(url))
          .containsOnlyKeys(
              "response_type",
              "client_id",
              "redirect_uri",
              "scope",
              "state",
              "nonce",
              "code_challenge",
              "code_challenge_method")
          .containsEntry("response_type", "code")
          .containsEntry("client_id", "limen")
          .containsEntry("redirect_uri", StrictProvider.CALLBACK)
          .containsEntry("scope", "openid profile email")
          .containsEntry("state", flow.state())
          .containsEntry("nonce", flow.nonce())
          .containsEntry("code_challenge_method", "S256");
      assertThat(url).doesNotContain(flow.verifier());
    }

    @Test
    void bringsTheIdentityAndItsTokens() throws Exception {
      long before = System.currentTimeMillis();
      TokenOutcome.Granted granted = StrictProvider.granted(strict.signIn("alice"));
      Identity alice = granted.identity();
      assertThat(alice.provider()).isEqualTo("main");
      assertThat(alice.issuer()).isEqualTo(StrictProvider.PUBLIC + "/realms/limen");
      assertThat(alice.subject()).isNotEmpty();
      assertThat(alice.preferredUsername()).isEqualTo("alice");
      assertThat(alice.name()).isEqualTo("Alice Adams");
      assertThat(alice.email()).isEqualTo("alice@example.com");
      assertThat(alice.groups()).containsExactly("staff");
      assertThat(alice.realmRoles()).contains("app-user");
      assertThat(alice.clientRoles()).containsKey("account");
      assertThat(alice.providerSession()).isNotEmpty();
      assertThat(alice.acr()).isEqualTo("1");
      assertThat(alice.authTimeSeconds()).isGreaterThan(1_700_000_000L);
      Tokens tokens = granted.tokens();
      assertThat(tokens.refreshToken()).isNotEmpty();
      assertThat(tokens.accessTokenExpiresAtMillis()).isBetween(before + 59_001, before + 90_000);
      assertThat(tokens.refreshTokenExpiresAtMillis()).isGreaterThan(before + 1_000_000);
      assertThat(strict.scraped())
          .contains(
              "limen_provider_requests_total{endpoint=\"token\",outcome=\"ok\",provider=\"main\"}"
                  + " 1.0");
    }

    @Test
    void ofAUserWithoutTheRoleBringsNoSuchRole() throws Exception {
      Identity bob = StrictProvider.granted(strict.signIn("bob")).identity();
      assertThat(bob.realmRoles()).doesNotContain("app-user");
      assertThat(bob.groups()).isEmpty();
    }

    @Test
    void knowsThatTheProviderSendsIss() {
      assertThat(provider.requiresIssParameter()).isTrue();
      assertThat(provider.issuer()).isEqualTo(StrictProvider.PUBLIC + "/realms/limen");
      assertThat(provider.id()).isEqualTo("main");
    }

    @Test
    @DisplayName("RFC 7636: a code is worth nothing without its verifier")
    void withAnotherVerifierIsRefused() throws Exception {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      Map<String, String> callback = strict.browser.signIn(strict.authorizationUrl(flow), "alice");
      StrictProvider.Flow other =
          new StrictProvider.Flow(
              flow.state(), flow.nonce(), StrictProvider.Flow.start().verifier());
      assertThat(strict.redeem(other, Objects.requireNonNull(callback.get("code"))))
          .isEqualTo(new TokenOutcome.Refused(Reason.CODE_REFUSED));
    }

    @Test
    void withACodeThatWasSpentIsRefused() throws Exception {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      String code =
          Objects.requireNonNull(
              strict.browser.signIn(strict.authorizationUrl(flow), "alice").get("code"));
      StrictProvider.granted(strict.redeem(flow, code));
      assertThat(strict.redeem(flow, code))
          .isEqualTo(new TokenOutcome.Refused(Reason.CODE_REFUSED));
    }

    @Test
    @DisplayName("A49: the nonce of another flow is refused")
    void withTheNonceOfAnotherFlowIsRefused() throws Exception {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      Map<String, String> callback = strict.browser.signIn(strict.authorizationUrl(flow), "alice");
      StrictProvider.Flow other =
          new StrictProvider.Flow(
              flow.state(), StrictProvider.Flow.start().nonce(), flow.verifier());
      assertThat(strict.redeem(other, Objects.requireNonNull(callback.get("code"))))
          .isEqualTo(new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED));
    }

    @ParameterizedTest
    @EnumSource(
        value = Fault.class,
        names = {
          "WRONG_NONCE",
          "WRONG_ISSUER",
          "WRONG_AUDIENCE",
          "BAD_SIGNATURE",
          "EXPIRED_ID_TOKEN"
        })
    @DisplayName("A49 A58 A59 A60 an ID token that breaks a rule is refused, and counted")
    void withABadIdTokenIsRefused(Fault fault) throws Exception {
      idp.faults().switchOn(fault);
      assertThat(strict.signIn("alice"))
          .isEqualTo(new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED));
      assertThat(strict.scraped()).contains("outcome=\"id_token_refused\"");
    }

    @ParameterizedTest
    @CsvSource({"HTTP_500, unexpected_status", "GARBAGE, malformed", "LOST_RESPONSE, unreachable"})
    @DisplayName("A67: trouble at the token endpoint is unavailable")
    void withoutAnAnswerIsUnavailable(Fault fault, String outcome) throws Exception {
      idp.faults().switchOn(fault);
      assertThat(strict.signIn("alice"))
          .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
      assertThat(strict.scraped()).contains("outcome=\"" + outcome + "\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "PS256", "ES256"})
  void loginsWorkWithEachAlgorithmOfTheProvider(String algorithm) throws Exception {
    try (DevIdp other = StrictProvider.start(DevIdpConfig.demo().withSigningAlgorithm(algorithm));
        OpenIdProvider relyingParty = strict.connect(draft -> draft.backChannel = other.origin());
        Browser fresh = new Browser(StrictProvider.PUBLIC, other.origin())) {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      String url = Objects.requireNonNull(relyingParty.authorizationUrl(flow.request()));
      String code = Objects.requireNonNull(fresh.signIn(url, "alice").get("code"));
      Identity alice =
          StrictProvider.granted(
                  StrictProvider.await(
                      relyingParty.redeem(
                          code, flow.verifier(), StrictProvider.CALLBACK, flow.sent())))
              .identity();
      assertThat(alice.realmRoles()).contains("app-user");
    }
  }

  @Test
  void loginsWorkWithTheSecretInTheForm() throws Exception {
    try (OpenIdProvider relyingParty =
        strict.connect(draft -> draft.clientAuth = ProviderConfig.ClientAuth.CLIENT_SECRET_POST)) {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      String url = Objects.requireNonNull(relyingParty.authorizationUrl(flow.request()));
      String code = Objects.requireNonNull(strict.browser.signIn(url, "alice").get("code"));
      StrictProvider.granted(
          StrictProvider.await(
              relyingParty.redeem(code, flow.verifier(), StrictProvider.CALLBACK, flow.sent())));
    }
  }

  @Test
  void anotherDialectReadsNoRoles() throws Exception {
    try (OpenIdProvider relyingParty =
        strict.connect(draft -> draft.dialect = ProviderConfig.Dialect.OIDC)) {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      String url = Objects.requireNonNull(relyingParty.authorizationUrl(flow.request()));
      String code = Objects.requireNonNull(strict.browser.signIn(url, "alice").get("code"));
      Identity alice =
          StrictProvider.granted(
                  StrictProvider.await(
                      relyingParty.redeem(
                          code, flow.verifier(), StrictProvider.CALLBACK, flow.sent())))
              .identity();
      assertThat(alice.realmRoles()).isEmpty();
      assertThat(alice.clientRoles()).isEmpty();
      assertThat(alice.groups()).containsExactly("staff");
    }
  }

  @Test
  void aWrongSecretIsAnOperatorsMatter() throws Exception {
    Session session = strict.session();
    try (OpenIdProvider wrong = strict.connect(draft -> draft.secret = "wrong")) {
      assertThat(StrictProvider.await(wrong.refresh(session, null)))
          .isEqualTo(new TokenOutcome.ClientRefused());
    }
    StrictProvider.granted(StrictProvider.await(provider.refresh(session, null)));
  }

  @Nested
  @DisplayName("RP-Initiated Logout 1.0")
  class ALogout {
    private static final String AFTERWARDS = "http://localhost:8080/";

    @Test
    void endsTheSessionAtTheProvider() throws Exception {
      Session session = strict.session();
      String url =
          Objects.requireNonNull(
              provider.endSessionUrl(session.tokens().idToken(), AFTERWARDS, "a-state"));
      assertThat(url)
          .startsWith(StrictProvider.PUBLIC + "/realms/limen/protocol/openid-connect/logout?");
      HttpResponse<String> response = strict.browser.get(url);
      assertThat(response.headers().firstValue("Location")).hasValue(AFTERWARDS + "?state=a-state");
      assertThat(StrictProvider.await(provider.refresh(session, null)))
          .isEqualTo(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER));
    }

    @Test
    void leavesOutAHintThatNoServerWouldRead() {
      String longest = "h".repeat(OpenIdProvider.MAX_HINT_LENGTH);
      assertThat(provider.endSessionUrl(longest, AFTERWARDS, "s"))
          .contains("id_token_hint=" + longest)
          .contains("client_id=limen");
      assertThat(provider.endSessionUrl(longest + "h", AFTERWARDS, "s"))
          .doesNotContain("id_token_hint")
          .contains("client_id=limen");
      assertThat(provider.endSessionUrl(null, AFTERWARDS, "s"))
          .endsWith(
              "?client_id=limen&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F&state=s");
    }

    @Test
    void canBeSwitchedOff() {
      try (OpenIdProvider without = strict.connect(draft -> draft.rpInitiated = false)) {
        assertThat(without.endSessionUrl(null, AFTERWARDS, "s")).isNull();
      }
    }
  }

  @Test
  @DisplayName("Decisions, section 9: Limen's own requests all go to the back channel")
  void theBackChannelIsTheOnlyWay() throws Exception {
    StrictProvider.granted(StrictProvider.await(provider.refresh(strict.session(), null)));
    assertThat(idp.log().matching(seen -> seen.arrivedWith("user-agent"))).isNotEmpty();
    for (RequestKind kind :
        List.of(
            RequestKind.DISCOVERY,
            RequestKind.CERTS,
            RequestKind.TOKEN_CODE,
            RequestKind.TOKEN_REFRESH)) {
      assertThat(idp.log().of(kind))
          .isNotEmpty()
          .allMatch(seen -> idp.origin().endsWith(seen.host()));
    }
  }

  @Test
  void afterItsEndAProviderIsUnavailable() throws Exception {
    Session session = strict.session();
    provider.close();
    assertThat(StrictProvider.await(provider.refresh(session, null)))
        .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
  }

  @Test
  @DisplayName("G19: no token, code, secret, state or nonce in a log or a metric")
  void nothingSecretIsLogged() throws Exception {
    try (LogCapture log = new LogCapture()) {
      StrictProvider.Flow flow = StrictProvider.Flow.start();
      String code =
          Objects.requireNonNull(
              strict.browser.signIn(strict.authorizationUrl(flow), "alice").get("code"));
      Session session = StrictProvider.session(StrictProvider.granted(strict.redeem(flow, code)));
      strict.redeem(flow, code);
      for (Fault fault : Fault.values()) {
        if (fault != Fault.SLOW) {
          idp.faults().switchOn(fault);
          StrictProvider.await(provider.refresh(session, null));
          strict.signIn("alice");
          idp.faults().clear();
        }
      }
      Tokens tokens = session.tokens();
      String everything = String.join("\n", log.lines()) + strict.scraped() + session + tokens;
      assertThat(log.lines()).isNotEmpty();
      assertThat(everything)
          .doesNotContain(code, flow.state(), flow.nonce(), flow.verifier(), Providers.SECRET)
          .doesNotContain(tokens.idToken(), tokens.accessToken())
          .doesNotContain(Objects.requireNonNull(tokens.refreshToken()))
          .doesNotContain("eyJ", "alice@example.com");
    }
  }
}
