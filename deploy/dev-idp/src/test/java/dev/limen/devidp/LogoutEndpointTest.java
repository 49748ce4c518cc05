package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenID Connect RP-Initiated Logout 1.0. */
final class LogoutEndpointTest {
  private static final String AFTERWARDS = "http://localhost:8080/bye";

  private final SettableClock clock = new SettableClock();
  private DevIdp idp;
  private Visitor visitor;
  private RelyingParty party;
  private RelyingParty.Answer tokens;

  @BeforeEach
  void signIn() throws Exception {
    idp = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256").withClock(clock));
    visitor = new Visitor(idp);
    party = new RelyingParty(idp);
    tokens = party.tokens(visitor, "alice");
  }

  @AfterEach
  void stop() {
    idp.close();
  }

  private HttpResponse<String> logout(String... namesAndValues) throws Exception {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      parameters.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return visitor.get(
        idp.issuer() + "/protocol/openid-connect/logout?" + Visitor.encoded(parameters));
  }

  private void assertStillSignedIn() throws Exception {
    assertThat(visitor.authorize(party.request()).statusCode()).isEqualTo(302);
    assertThat(idp.sessionCount()).isEqualTo(1);
  }

  private void assertSignedOut() throws Exception {
    assertThat(idp.sessionCount()).isZero();
    assertThat(visitor.has(Provider.SESSION_COOKIE)).isFalse();
    assertThat(party.refresh(tokens).json()).containsEntry("error", "invalid_grant");
    assertThat(party.userInfo(tokens.text("access_token")).status()).isEqualTo(401);
    assertThat(visitor.authorize(party.request()).statusCode()).isEqualTo(200);
  }

  @Test
  void aHintEndsTheSessionAndItsRefreshTokensAndSendsTheBrowserOn() throws Exception {
    HttpResponse<String> answer =
        logout(
            "id_token_hint",
            tokens.text("id_token"),
            "post_logout_redirect_uri",
            AFTERWARDS,
            "state",
            "a b&c");

    assertThat(answer.statusCode()).isEqualTo(302);
    assertThat(Visitor.location(answer)).isEqualTo(AFTERWARDS + "?state=a+b%26c");
    assertSignedOut();
  }

  @Test
  void withoutAnAddressToGoToThereIsAPage() throws Exception {
    HttpResponse<String> answer = logout("id_token_hint", tokens.text("id_token"));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("You are signed out.");
    assertSignedOut();
  }

  @Test
  void anAddressWithAQueryKeepsIt() throws Exception {
    HttpResponse<String> answer =
        logout(
            "id_token_hint",
            tokens.text("id_token"),
            "post_logout_redirect_uri",
            AFTERWARDS + "?x=1",
            "state",
            "S");

    assertThat(Visitor.location(answer)).isEqualTo(AFTERWARDS + "?x=1&state=S");
  }

  @Test
  @DisplayName("section 2: an expired ID token is accepted as a hint")
  void anExpiredHintIsAsGood() throws Exception {
    clock.advance(Duration.ofMinutes(20));
    logout("id_token_hint", tokens.text("id_token"));

    assertThat(idp.sessionCount()).isZero();
  }

  @Test
  void aSecondLogoutIsNoError() throws Exception {
    logout("id_token_hint", tokens.text("id_token"));
    HttpResponse<String> answer =
        logout("id_token_hint", tokens.text("id_token"), "post_logout_redirect_uri", AFTERWARDS);

    assertThat(Visitor.location(answer)).isEqualTo(AFTERWARDS);
  }

  @Test
  void theRequestMayBePosted() throws Exception {
    HttpResponse<String> answer =
        visitor.post(
            idp.issuer() + "/protocol/openid-connect/logout",
            Map.of(
                "id_token_hint", tokens.text("id_token"), "post_logout_redirect_uri", AFTERWARDS));

    assertThat(Visitor.location(answer)).isEqualTo(AFTERWARDS);
    assertSignedOut();
  }

  @Test
  void withoutAHintThePersonIsAsked() throws Exception {
    HttpResponse<String> page = logout();
    assertThat(page.statusCode()).isEqualTo(200);
    assertStillSignedIn();

    HttpResponse<String> done = visitor.submit(page, Map.of("confirmLogout", "Sign out"));
    assertThat(done.body()).contains("You are signed out.");
    assertSignedOut();
  }

  @Test
  void withTheClientIdAloneThePersonIsAskedAndThenSentOn() throws Exception {
    HttpResponse<String> page =
        logout("client_id", "limen", "post_logout_redirect_uri", AFTERWARDS, "state", "S");
    assertStillSignedIn();

    HttpResponse<String> done = visitor.submit(page, Map.of("confirmLogout", "Sign out"));
    assertThat(Visitor.location(done)).isEqualTo(AFTERWARDS + "?state=S");
    assertSignedOut();
  }

  @Test
  void aConfirmationThatNobodyAskedForEndsNothing() throws Exception {
    HttpResponse<String> answer =
        visitor.post(
            idp.issuer() + "/protocol/openid-connect/logout/logout-confirm?logout_code=invented",
            Map.of("confirmLogout", "Sign out"));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertStillSignedIn();
  }

  @Test
  void aConfirmationOfAnotherBrowserEndsNothing() throws Exception {
    HttpResponse<String> page =
        new Visitor(idp).get(idp.issuer() + "/protocol/openid-connect/logout");

    assertThat(visitor.submit(page, Map.of("confirmLogout", "Sign out")).statusCode())
        .isEqualTo(400);
    assertStillSignedIn();
  }

  @Test
  void theHintOfAnotherSessionIsNotEnoughToEndThisOne() throws Exception {
    Visitor other = new Visitor(idp);
    RelyingParty.Answer foreign = new RelyingParty(idp).tokens(other, "bob");
    HttpResponse<String> page = logout("id_token_hint", foreign.text("id_token"));

    assertThat(page.body()).contains("kc-form-logout");
    assertThat(idp.sessionCount()).isEqualTo(2);
  }

  @Test
  void anInvalidHintIsRefused() throws Exception {
    String idToken = tokens.text("id_token");
    for (String hint :
        new String[] {
          "x.y.z", "", SigningKeys.withBrokenSignature(idToken), tokens.text("access_token")
        }) {
      assertThat(logout("id_token_hint", hint).statusCode()).isEqualTo(400);
    }
    assertStillSignedIn();
  }

  @Test
  void aHintForAnotherClientIsRefused() throws Exception {
    HttpResponse<String> answer =
        logout("id_token_hint", tokens.text("id_token"), "client_id", "other");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertStillSignedIn();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://evil.example/",
        "http://localhost:8080.evil.example/",
        "http://localhost:8080@evil.example/",
        "https://localhost:8080/",
        "http://localhost:8080/../x",
        "http://localhost:8080/%2e%2e/x",
        "//localhost:8080/",
        "javascript:alert(1)"
      })
  void anAddressThatIsNotRegisteredIsRefused(String address) throws Exception {
    HttpResponse<String> answer =
        logout("id_token_hint", tokens.text("id_token"), "post_logout_redirect_uri", address);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.headers().firstValue("location")).isEmpty();
    assertStillSignedIn();
  }

  @Test
  void anAddressNeedsAClient() throws Exception {
    assertThat(logout("post_logout_redirect_uri", AFTERWARDS).statusCode()).isEqualTo(400);
    assertStillSignedIn();
  }
}
