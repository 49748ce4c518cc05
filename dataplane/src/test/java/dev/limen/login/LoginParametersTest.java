package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.LoginParameter;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a provider is asked beyond a sign-in: fixed, and from links. */
final class LoginParametersTest {
  private static LoginFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture =
        LoginFixture.start(
            "providers:",
            "  - id: main",
            "    clientID: limen",
            "    clientSecret: { value: limen-demo-secret }",
            "    oidcConfig: { issuerURL: \"ISSUER\" }",
            "    loginURLParameters:",
            "      - { name: audience, default: [shop] }",
            "      - { name: ui_locales, default: [de, en], allow: [{ value: fr }] }",
            "      - { name: kc_idp_hint, allow: [{ value: github }, { value: google }] }",
            "      - { name: login_hint, anyValue: true }");
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  private static List<String> asked(String query, String parameter) {
    URI uri = Browser.uri(fixture.browser().get("/oauth2/start?" + query));
    return Objects.requireNonNull(QueryString.parse(uri.getRawQuery())).all(parameter);
  }

  private static double ignored(String parameter) {
    String line =
        "limen_login_parameters_ignored_total{parameter=\"" + parameter + "\",provider=\"main\"} ";
    return fixture
        .scrape()
        .lines()
        .filter(each -> each.startsWith(line))
        .mapToDouble(each -> Double.parseDouble(each.substring(line.length())))
        .sum();
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    // what a link says,                    parameter,   what the provider is asked
    "rd=/a,                                 audience,    shop",
    "rd=/a,                                 ui_locales,  de en",
    "rd=/a,                                 kc_idp_hint, ''",
    "rd=/a,                                 login_hint,  ''",
    "rd=/a&kc_idp_hint=github,              kc_idp_hint, github",
    "kc_idp_hint=google&rd=/a,              kc_idp_hint, google",
    "ui_locales=fr,                         ui_locales,  fr",
    "ui_locales=fr&kc_idp_hint=github,      audience,    shop",
    "login_hint=alice%40example.com,        login_hint,  alice@example.com",
    "login_hint=J%C3%BCrgen+%26x%3D1%23,    login_hint,  Jürgen &x=1#",
  })
  // spotless:on
  void whatIsAllowedIsPassedOn(String query, String parameter, String value) {
    double before = ignored(parameter);
    assertThat(String.join("|", asked(query, parameter))).isEqualTo(value);
    assertThat(ignored(parameter)).isEqualTo(before);
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "kc_idp_hint=evil,                       kc_idp_hint, ''",
    "kc_idp_hint=,                           kc_idp_hint, ''",
    "kc_idp_hint=GitHub,                     kc_idp_hint, ''",
    "kc_idp_hint=github%20,                  kc_idp_hint, ''",
    "kc_idp_hint=github&kc_idp_hint=google,  kc_idp_hint, ''",
    "ui_locales=xx,                          ui_locales,  de en",
    "audience=bank,                          audience,    shop",
    "login_hint=a%0d%0ab,                    login_hint,  ''",
    "login_hint=,                            login_hint,  ''",
  })
  // spotless:on
  void whatIsNotAllowedIsAsIfItWereNotThereAndCounted(
      String query, String parameter, String value) {
    double before = ignored(parameter);
    assertThat(String.join("|", asked("rd=/a&" + query, parameter))).isEqualTo(value);
    assertThat(ignored(parameter)).isEqualTo(before + 1);
  }

  @Test
  void aFreeValueIsPassedOnUpToItsLimitAndNotBeyond() {
    String longest = "a".repeat(LoginParameter.MAX_VALUE_LENGTH);
    assertThat(asked("login_hint=" + longest, "login_hint")).containsExactly(longest);
    assertThat(asked("login_hint=" + longest + "a", "login_hint")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "scope", "state", "nonce", "redirect_uri", "client_id", "response_type", "response_mode",
    "code_challenge", "request", "request_uri", "prompt", "acr_values", "max_age", "claims"
  })
  void aLinkChangesNothingThatNobodyConfigured(String parameter) {
    List<String> usual = asked("rd=/a", parameter);
    List<String> values = asked("rd=/a&" + parameter + "=evil", parameter);
    assertThat(values).hasSameSizeAs(usual).doesNotContain("evil");
  }

  @Test
  void aPageThatNeedsALoginAsksWithWhatIsFixedAndNeverWithItsOwnQuery() {
    URI uri = Browser.uri(fixture.browser().navigate("/orders?kc_idp_hint=github&login_hint=x"));
    QueryString query = Objects.requireNonNull(QueryString.parse(uri.getRawQuery()));
    assertThat(query.all("audience")).containsExactly("shop");
    assertThat(query.all("ui_locales")).containsExactly("de en");
    assertThat(query.all("kc_idp_hint")).isEmpty();
    assertThat(query.all("login_hint")).isEmpty();
  }

  @Test
  void aLoginWithThemEndsWhereItShall() throws Exception {
    Browser browser = fixture.browser();
    String callback =
        browser.signIn(browser.get("/oauth2/start?rd=/orders&kc_idp_hint=github"), "alice");
    LoginFixture.assertLandsOn(browser.get(callback), "/orders");
  }
}
