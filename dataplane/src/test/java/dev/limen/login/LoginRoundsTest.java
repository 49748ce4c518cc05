package dev.limen.login;

import static dev.limen.login.LoginFixture.assertLandsOn;
import static dev.limen.login.LoginFixture.assertPage;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.cookie.SetCookie;
import dev.limen.oidc.SentRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A browser that signs in and comes back without being signed in, again and again. */
final class LoginRoundsTest {
  private static final String COUNT = "__Host-limen-flow-rounds-";
  private static final long NOW = 1_800_000_000_000L;

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
  }

  /** As many rounds as still lead on: the first login, and those that followed at once. */
  private void goRoundUpToTheLimit(Runnable between) throws Exception {
    for (int round = 0; round <= LoginRounds.MAX_ROUNDS; round++) {
      assertLandsOn(browser.login("/orders", "alice"), "/orders");
      between.run();
    }
  }

  private Decision.Page nextRound(String cause) throws Exception {
    int codes = fixture.codesRedeemed();
    Decision decision = browser.login("/orders", "alice");
    assertPage(decision, 400, Reason.LOGIN_LOOP);
    assertThat(fixture.codesRedeemed()).as("token requests").isEqualTo(codes);
    Decision.Page page = (Decision.Page) decision;
    assertThat(page.body())
        .contains("<code>" + cause + "</code>", "href=\"/oauth2/start?rd=/orders\"");
    return page;
  }

  @Test
  void whoseCookieIsNotKeptIsToldSo() throws Exception {
    goRoundUpToTheLimit(() -> browser.cookies.remove("__Host-limen"));
    nextRound("cookie_not_kept");
  }

  @Test
  void whoseSessionIsAliveIsToldThatThePageDoesNotSeeIt() throws Exception {
    goRoundUpToTheLimit(() -> {});
    String session = browser.session();
    nextRound("session_not_seen");
    assertThat(browser.session()).isEqualTo(session);
    assertThat(fixture.isLive(session)).isTrue();
  }

  @Test
  void whoseSessionIsLostIsToldSo() throws Exception {
    goRoundUpToTheLimit(() -> browser.cookies.put("__Host-limen", deadSession()));
    nextRound("session_lost");
  }

  private static String deadSession() {
    Browser other = fixture.browser();
    try {
      other.login("/", "bob");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
    String cookie = other.session();
    other.post("/oauth2/sign_out");
    return cookie;
  }

  @Test
  void whoStartsAgainBeginsAfresh() throws Exception {
    goRoundUpToTheLimit(() -> browser.cookies.remove("__Host-limen"));
    Decision.Page page = nextRound("cookie_not_kept");
    assertThat(page.setCookies())
        .hasSize(2)
        .allMatch(each -> each.endsWith("=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
    assertThat(browser.cookies).doesNotContainKey(COUNT);
    assertLandsOn(browser.login("/orders", "alice"), "/orders");
    assertThat(browser.cookies.get(COUNT)).startsWith("0.");
  }

  @Test
  void isToldNothingAboutItWhileNobodyKnowsWhetherThereIsASession() throws Exception {
    goRoundUpToTheLimit(() -> {});
    String callback = browser.signIn(browser.navigate("/orders"), "alice");
    fixture.store.refused.add("load");
    try {
      Decision decision = browser.get(callback);
      assertPage(decision, 503, Reason.STORE_UNAVAILABLE);
      assertThat(Browser.setCookies(decision)).isEmpty();
    } finally {
      fixture.store.refused.clear();
    }
  }

  @Test
  void isCounted() throws Exception {
    goRoundUpToTheLimit(() -> browser.cookies.remove("__Host-limen"));
    nextRound("cookie_not_kept");
    assertThat(fixture.scrape()).contains("limen_logins_total{outcome=\"login_loop\"}");
  }

  @Test
  void manyTabsThatWereOpenedBeforeTheFirstEndedAreNone() throws Exception {
    List<String> callbacks = new ArrayList<>();
    for (int tab = 0; tab < 8; tab++) {
      callbacks.add(browser.signIn(browser.navigate("/tab/" + tab), "alice"));
    }
    for (int tab = 0; tab < 8; tab++) {
      assertLandsOn(browser.get(callbacks.get(tab)), "/tab/" + tab);
    }
    assertThat(browser.cookies.get(COUNT)).startsWith("0.");
  }

  @Test
  void theCountIsNoFlowAndTakesNoRoomFromOne() throws Exception {
    browser.login("/", "alice");
    int room = fixture.config.cookie().flow().maxFlows();
    for (int i = 0; i < room - 1; i++) {
      browser.navigate("/" + i);
    }
    Decision last = browser.navigate("/last");
    assertThat(Browser.setCookies(last)).hasSize(1);
    assertThat(browser.cookies).containsKey(COUNT);
  }

  @Nested
  class TheCount {
    private final LoginRounds rounds = new LoginRounds("__Host-limen", new SetCookie(true), 900);

    private int round(String value, long flowBegunAtMillis) {
      Flow flow =
          new Flow(
              "abcdef",
              "main",
              new byte[Flow.RANDOM_LENGTH],
              "/",
              flowBegunAtMillis,
              SentRequest.NO_MAX_AGE);
      return rounds.roundOf(
          flow, RequestCookies.of("__Host-limen", List.of("a=b; " + COUNT + "=" + value)));
    }

    @Test
    void goesUpWithALoginThatBeganRightAfterTheLastEnded() {
      assertThat(round("2." + NOW, NOW)).isEqualTo(3);
      assertThat(round("2." + NOW, NOW + LoginRounds.RIGHT_AFTER_MILLIS)).isEqualTo(3);
    }

    @Test
    void beginsAfreshWithOneThatBeganLater() {
      assertThat(round("2." + NOW, NOW + LoginRounds.RIGHT_AFTER_MILLIS + 1)).isZero();
    }

    @Test
    void staysWithOneThatBeganBefore() {
      assertThat(round("2." + NOW, NOW - 1)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"", "2", "2.", "x.1800000000000", "2.x", "2.-1", "22.1", "-1.1", "2.1.1", "2 1"})
    void thatIsNoneOfOursIsNone(String value) {
      assertThat(round(value, NOW)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"15, 1", "16, 0"})
    void isReadUpToItsLimitAndNotBeyond(int digits, int expected) {
      long begun = digits == 15 ? 100_000_000_000_000L : NOW;
      assertThat(round("0.1" + "0".repeat(digits - 1), begun)).isEqualTo(expected);
    }

    @Test
    void hasTheAttributesOfEveryCookieOfLimens() {
      assertThat(rounds.set(3, NOW))
          .isEqualTo(
              COUNT + "=3.1800000000000; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900");
      assertThat(rounds.clearing())
          .isEqualTo(COUNT + "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    }
  }
}
