package dev.limen.login;

import static dev.limen.login.LoginFixture.assertLandsOn;
import static dev.limen.login.LoginFixture.assertPage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.oidc.SentRequest;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The provider's answer comes back. */
final class CallbackTest {
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
    fixture.idp.log().clear();
    fixture.store.asked.clear();
  }

  @AfterEach
  void mendEverything() {
    fixture.idp.faults().clear();
    fixture.store.refused.clear();
  }

  private String callback(String page) throws IOException, InterruptedException {
    return browser.signIn(browser.navigate(page), "alice");
  }

  private static String without(String callback, String parameter) {
    return callback.replaceAll("(?<=[?&])" + parameter + "=[^&]*&?", "").replaceAll("[?&]$", "");
  }

  private static String with(String callback, String parameter, String value) {
    return callback.replaceAll("(?<=[?&])" + parameter + "=[^&]*", parameter + "=" + value);
  }

  @Nested
  class ALogin {
    @Test
    @DisplayName("A48: a login ends on its page, and its verifier was sent once")
    void endsOnThePageThatWasAskedFor() throws Exception {
      assertLandsOn(browser.get(callback("/orders?x=1")), "/orders?x=1");
      assertThat(browser.flows()).isEmpty();
      assertThat(fixture.isLive(browser.session())).isTrue();
      assertThat(fixture.codesRedeemed()).isEqualTo(1);
    }

    @Test
    @DisplayName("A39: the attributes of every cookie that a login ends with")
    void setsTheSessionClearsTheFlowAndCountsTheRound() throws Exception {
      assertThat(Browser.setCookies(browser.get(callback("/"))))
          .satisfiesExactly(
              session ->
                  assertThat(session)
                      .matches(
                          "__Host-limen=[A-Za-z0-9_-]{50}; Path=/; Secure; HttpOnly; SameSite=Lax"),
              flow ->
                  assertThat(flow)
                      .matches(
                          "__Host-limen-flow-[A-Za-z0-9_-]{6}="
                              + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"),
              count ->
                  assertThat(count)
                      .matches(
                          "__Host-limen-flow-rounds-=0\\.[0-9]{13}"
                              + "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900"));
    }

    @Test
    @DisplayName("I8: stored before its cookie is sent")
    void isStoredBeforeItsCookieIsSent() throws Exception {
      String callback = callback("/");
      fixture.store.refused.add("create");
      Decision decision = browser.get(callback);
      assertPage(decision, 503, Reason.STORE_UNAVAILABLE);
      assertThat(Browser.setCookies(decision)).isEmpty();
    }

    @Test
    void goesOnWithALinkWhenTheStoreWasAway() throws Exception {
      String callback = callback("/orders?x=1");
      fixture.store.refused.add("create");
      assertThat(((Decision.Page) browser.get(callback)).body())
          .contains("href=\"/oauth2/start?rd=/orders%3Fx%3D1\"");
    }
  }

  @Nested
  @DisplayName("A40: a session that came along")
  class APlantedSession {
    @Test
    void isEndedAndTheNewOneHasAnotherId() throws Exception {
      Browser attacker = fixture.browser();
      attacker.login("/", "bob");
      String planted = attacker.session();
      browser.cookies.put("__Host-limen", planted);
      browser.login("/", "alice");
      assertThat(browser.session()).isNotEqualTo(planted);
      assertThat(fixture.isLive(browser.session())).isTrue();
      assertThat(fixture.isLive(planted)).isFalse();
    }

    @Test
    void isEndedThoughItsFlowWasPlantedToo() throws Exception {
      Browser attacker = fixture.browser();
      attacker.login("/", "bob");
      attacker.navigate("/evil");
      browser.cookies.putAll(attacker.cookies);
      Set<String> planted = Set.copyOf(attacker.cookies.values());
      assertLandsOn(browser.login("/orders", "alice"), "/orders");
      assertThat(planted).doesNotContain(browser.session());
      assertThat(fixture.identity(browser.session()).preferredUsername()).isEqualTo("alice");
      assertThat(fixture.isLive(attacker.session())).isFalse();
    }

    @Test
    void isEndedAfterTheNewOneIsStored() throws Exception {
      browser.login("/", "alice");
      fixture.store.asked.clear();
      browser.login("/", "alice");
      assertThat(fixture.store.asked).containsExactly("create", "delete");
    }

    @Test
    void isNotLeftAliveSilently() throws Exception {
      browser.login("/", "alice");
      String callback = callback("/");
      fixture.store.refused.add("delete");
      assertPage(browser.get(callback), 503, Reason.STORE_UNAVAILABLE);
    }

    @Test
    void isEndedEvenIfThereAreTwo() throws Exception {
      Browser attacker = fixture.browser();
      attacker.login("/", "bob");
      browser.login("/", "alice");
      String own = browser.session();
      String callback = callback("/");
      List<String> cookies =
          List.of(
              "__Host-limen=" + own + "; __Host-limen=" + attacker.session(),
              browser.flows().getFirst() + "=" + browser.cookies.get(browser.flows().getFirst()));
      String query = callback.substring(callback.indexOf('?') + 1);
      Decision decision =
          LoginFixture.answer(
              fixture.login.handle(
                  LoginFixture.request("GET", "/oauth2/callback", query, cookies),
                  System.currentTimeMillis()));
      assertLandsOn(decision, "/");
      assertThat(fixture.isLive(own)).isFalse();
      assertThat(fixture.isLive(attacker.session())).isFalse();
    }
  }

  @Nested
  @DisplayName("A43: state")
  class AState {
    @AfterEach
    void noTokenRequestWasMade() {
      assertThat(fixture.codesRedeemed()).isZero();
    }

    @Test
    void thatIsMissingIs400() throws Exception {
      assertPage(browser.get(without(callback("/"), "state")), 400, Reason.STATE_MISMATCH);
    }

    @Test
    void thatIsEmptyIs400() throws Exception {
      assertPage(browser.get(with(callback("/"), "state", "")), 400, Reason.STATE_MISMATCH);
    }

    @Test
    void ofTheRightFlowButWrongIs400AndTheFlowGoesOn() throws Exception {
      String callback = callback("/");
      String id = browser.flows().getFirst().substring("__Host-limen-flow-".length());
      String wrong =
          with(
              callback,
              "state",
              new Flow(id, "main", new byte[Flow.RANDOM_LENGTH], "/", 0, SentRequest.NO_MAX_AGE)
                  .state());
      assertPage(browser.get(wrong), 400, Reason.STATE_MISMATCH);
      assertThat(browser.flows()).hasSize(1);
    }

    @Test
    @DisplayName("A52: an attacker's code and state in a victim's browser")
    void fromAnotherBrowserIs400() throws Exception {
      Browser attacker = fixture.browser();
      String callback = attacker.signIn(attacker.navigate("/"), "bob");
      assertPage(browser.get(callback), 400, Reason.FLOW_UNKNOWN);
      assertThat(browser.session()).isEmpty();
    }

    @Test
    void fromAnotherBrowserWithItsCookieUnderTheVictimsFlowIs400() throws Exception {
      Browser attacker = fixture.browser();
      String callback = attacker.signIn(attacker.navigate("/"), "bob");
      browser.navigate("/");
      browser.cookies.put(
          browser.flows().getFirst(), attacker.cookies.get(attacker.flows().getFirst()));
      assertPage(browser.get(callback), 400, Reason.FLOW_UNKNOWN);
    }

    @Test
    void thatHasExpiredIs400AndIsCleared() throws Exception {
      String callback = callback("/orders");
      long late = System.currentTimeMillis() + 15 * 60_000 + 1_000;
      String query = callback.substring(callback.indexOf('?') + 1);
      String flow = browser.flows().getFirst();
      EndpointRequest request =
          LoginFixture.request(
              "GET", "/oauth2/callback", query, List.of(flow + "=" + browser.cookies.get(flow)));
      Decision decision = LoginFixture.answer(fixture.login.handle(request, late));
      assertPage(decision, 400, Reason.FLOW_EXPIRED);
      assertThat(Browser.setCookies(decision)).singleElement().asString().startsWith(flow + "=;");
    }

    @Test
    void ofAMebibyteIs400() throws Exception {
      String long1 = with(callback("/"), "state", "a".repeat(1 << 20));
      assertPage(browser.get(long1), 400, Reason.CALLBACK_MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "%00", "%ff", "<script>", "____", "a b", "é"})
    void ofAnotherFormIs400(String state) throws Exception {
      Decision decision = browser.get(with(callback("/"), "state", state));
      assertThat(decision).isInstanceOf(Decision.Page.class);
      assertThat(((Decision.Page) decision).status()).isEqualTo(400);
    }
  }

  @Nested
  @DisplayName("A44: a callback whose flow is gone")
  class AGoneFlow {
    @Test
    void is400WithAFreshStart() throws Exception {
      String callback = callback("/orders");
      browser.cookies.clear();
      Decision decision = browser.get(callback);
      assertPage(decision, 400, Reason.FLOW_UNKNOWN);
      assertThat(((Decision.Page) decision).body()).contains("href=\"/oauth2/start\"");
      assertThat(fixture.codesRedeemed()).isZero();
    }

    @Test
    void goesHomeWithALiveSession() throws Exception {
      browser.login("/", "alice");
      String callback = callback("/orders");
      browser.cookies.remove(browser.flows().getFirst());
      String before = browser.session();
      assertLandsOn(browser.get(callback), "/");
      assertThat(browser.session()).isEqualTo(before);
      assertThat(fixture.codesRedeemed()).isEqualTo(1);
    }

    @Test
    void is503WhileNobodyKnowsWhetherThereIsASession() throws Exception {
      browser.login("/", "alice");
      String callback = callback("/orders");
      browser.cookies.remove(browser.flows().getFirst());
      fixture.store.refused.add("load");
      Decision decision = browser.get(callback);
      assertPage(decision, 503, Reason.STORE_UNAVAILABLE);
      assertThat(Browser.setCookies(decision)).isEmpty();
    }
  }

  @Nested
  @DisplayName("A45: error")
  class AnError {
    private Decision error(String query) throws Exception {
      String state = callback("/orders").replaceAll(".*[?&](state=[^&]*).*", "$1");
      String issuer = "&iss=" + fixture.idp.issuer();
      return browser.get("/oauth2/callback?" + state + "&" + query + issuer);
    }

    @AfterEach
    void noTokenRequestWasMadeAndNobodyIsSignedIn() {
      assertThat(fixture.codesRedeemed()).isZero();
      assertThat(browser.session()).isEmpty();
    }

    @Test
    void isAPageThatSaysTheRegisteredWordAndNothingElse() throws Exception {
      Decision decision =
          error("error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E");
      assertPage(decision, 400, Reason.PROVIDER_REFUSED);
      assertThat(((Decision.Page) decision).body())
          .contains("access_denied", "href=\"/oauth2/start?rd=/orders\"")
          .doesNotContain("<script", "alert(1)");
      assertThat(browser.flows()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"%3Cscript%3E", "ACCESS_DENIED", "made_up", "a%0d%0ab"})
    void withAWordThatIsNotRegisteredIsNotRepeated(String word) throws Exception {
      Decision decision = error("error=" + word);
      assertPage(decision, 400, Reason.PROVIDER_REFUSED);
      assertThat(((Decision.Page) decision).body())
          .doesNotContain("It said", "<script", "ACCESS_DENIED", "made_up");
    }

    @Test
    void thatMayPassIs503() throws Exception {
      assertPage(error("error=temporarily_unavailable"), 503, Reason.PROVIDER_UNAVAILABLE);
    }

    @Test
    void andCodeTogetherAreNoAnswer() throws Exception {
      assertPage(error("error=access_denied&code=abc"), 400, Reason.CALLBACK_MALFORMED);
    }
  }

  @Nested
  @DisplayName("A46: parameters")
  class Parameters {
    @AfterEach
    void noTokenRequestWasMade() {
      assertThat(fixture.codesRedeemed()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"code=a", "state=a", "iss=a", "error=access_denied", "code=", "%63ode=a"})
    void thatComeTwiceOrContradictAre400(String more) throws Exception {
      assertPage(browser.get(callback("/") + "&" + more), 400, Reason.CALLBACK_MALFORMED);
    }

    @Test
    void withNeitherCodeNorErrorAre400() throws Exception {
      assertPage(browser.get(without(callback("/"), "code")), 400, Reason.CALLBACK_MALFORMED);
    }

    @Test
    void withAnEmptyCodeAre400() throws Exception {
      assertPage(browser.get(with(callback("/"), "code", "")), 400, Reason.CALLBACK_MALFORMED);
    }

    @Test
    void beyondTheirLengthAre400() throws Exception {
      String code = "a".repeat(CallbackAnswer.MAX_CODE_LENGTH + 1);
      assertPage(browser.get(with(callback("/"), "code", code)), 400, Reason.CALLBACK_MALFORMED);
      String iss = "a".repeat(CallbackAnswer.MAX_ISSUER_LENGTH + 1);
      assertPage(browser.get(with(callback("/"), "iss", iss)), 400, Reason.CALLBACK_MALFORMED);
    }

    @Test
    void thatAreNotThereAtAllAre400() {
      assertPage(browser.get("/oauth2/callback"), 400, Reason.STATE_MISMATCH);
    }
  }

  @Test
  void aCodeOfTheGreatestLengthIsPresentedToTheProviderWhichRefusesIt() throws Exception {
    String code = "a".repeat(CallbackAnswer.MAX_CODE_LENGTH);
    assertPage(browser.get(with(callback("/"), "code", code)), 400, Reason.CODE_REFUSED);
    assertThat(fixture.codesRedeemed()).isEqualTo(1);
  }

  @Test
  void parametersThatNobodyKnowsAreIgnored() throws Exception {
    assertLandsOn(browser.get(callback("/a") + "&session_state=x&x=1&x=2"), "/a");
  }

  @Nested
  @DisplayName("A47: iss")
  class TheIssuer {
    @AfterEach
    void noTokenRequestWasMade() {
      assertThat(fixture.codesRedeemed()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://evil.example", "HTTP://127.0.0.1", "x"})
    void ofSomebodyElseIs400(String issuer) throws Exception {
      assertPage(browser.get(with(callback("/"), "iss", issuer)), 400, Reason.ISSUER_MISMATCH);
    }

    @Test
    void withOneMoreSlashIs400() throws Exception {
      String issuer = fixture.idp.issuer() + "/";
      assertPage(browser.get(with(callback("/"), "iss", issuer)), 400, Reason.ISSUER_MISMATCH);
    }

    @Test
    void thatIsMissingThoughItWasAnnouncedIs400() throws Exception {
      assertThat(fixture.provider.requiresIssParameter()).isTrue();
      assertPage(browser.get(without(callback("/"), "iss")), 400, Reason.ISSUER_MISMATCH);
    }

    @Test
    void isComparedOnErrorsToo() throws Exception {
      String callback = with(callback("/"), "iss", "x").replace("code=", "error=");
      assertPage(browser.get(callback), 400, Reason.ISSUER_MISMATCH);
    }
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
  @DisplayName("A49 A58 A59 A60 an ID token that breaks a rule is 400, and no session")
  void anIdTokenThatBreaksARuleIs400AndNoSession(Fault fault) throws Exception {
    String callback = callback("/orders");
    fixture.idp.faults().switchOn(fault, RequestKind.TOKEN_CODE, 1);
    assertPage(browser.get(callback), 400, Reason.ID_TOKEN_REFUSED);
    assertThat(browser.session()).isEmpty();
    assertThat(browser.flows()).isEmpty();
    assertThat(fixture.store.asked).isEmpty();
    assertThat(fixture.codesRedeemed()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"HTTP_500", "GARBAGE", "LOST_RESPONSE"})
  @DisplayName("A67: a provider in trouble is 503 with a fresh start, and one token request")
  void aProviderInTroubleIs503WithAFreshStart(Fault fault) throws Exception {
    String callback = callback("/orders");
    fixture.idp.faults().switchOn(fault, RequestKind.TOKEN_CODE, 1);
    Decision decision = browser.get(callback);
    assertPage(decision, 503, Reason.PROVIDER_UNAVAILABLE);
    assertThat(((Decision.Page) decision).body()).contains("href=\"/oauth2/start?rd=/orders\"");
    assertThat(fixture.codesRedeemed()).isEqualTo(1);
    Decision again = browser.get("/oauth2/start?rd=/orders");
    assertLandsOn(browser.get(browser.signIn(again, "alice")), "/orders");
  }

  @Test
  void whatBecameOfALoginIsCounted() throws Exception {
    browser.login("/", "alice");
    browser.get("/oauth2/callback");
    assertThat(fixture.scrape())
        .contains("limen_logins_total{outcome=\"sign_in_started\"}")
        .contains("limen_logins_total{outcome=\"signed_in\"}")
        .contains("limen_logins_total{outcome=\"state_mismatch\"}");
  }
}
