package dev.limen.login;

import static dev.limen.login.LoginFixture.assertLandsOn;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.oidc.OpenIdProvider;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two providers: a login at the start endpoint is at the one of where it goes. */
final class ProviderChoiceTest {
  private static LoginFixture fixture;
  private static OpenIdProvider second;

  private final List<String> asked = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    fixture =
        LoginFixture.start(
            "redirects: { redirectURL: \"http://localhost:8080/oauth2/callback\","
                + " whitelistDomains: [desk.example.com] }",
            "providers:",
            "  - id: main",
            "    clientID: limen",
            "    clientSecret: { value: limen-demo-secret }",
            "    oidcConfig: { issuerURL: \"ISSUER\" }",
            "  - id: staff",
            "    clientID: limen",
            "    clientSecret: { value: limen-demo-secret }",
            "    oidcConfig: { issuerURL: \"ISSUER\" }",
            "    loginURLParameters: [{ name: prompt, default: [login] }]",
            "defaults: { provider: main }");
    second =
        OpenIdProvider.start(
            fixture.config.provider("staff"), fixture.metrics, InstantSource.system());
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!second.isKnown() && System.nanoTime() < deadlineNanos) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @AfterAll
  static void stop() {
    second.close();
    fixture.close();
  }

  private Login login() {
    return new Login(
        fixture.config,
        Map.of("main", fixture.provider, "staff", second),
        (scheme, host, path) -> {
          asked.add(scheme + "://" + host + path);
          return path.startsWith("/admin") ? "staff" : path.equals("/none") ? "none" : "main";
        },
        fixture.sessions,
        fixture.sessionCookie,
        fixture.keys,
        fixture.metrics);
  }

  private Decision start(String query) {
    return LoginFixture.answer(
        login()
            .handle(
                LoginFixture.request("GET", "/oauth2/start", query, List.of()),
                System.currentTimeMillis()));
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "rd=/admin/users?x=1,                     http://localhost:8080/admin/users,    true",
    "rd=/orders?/admin,                       http://localhost:8080/orders,         false",
    "rd=http://localhost:8080/admin,          http://localhost:8080/admin,          true",
    "rd=http://desk.example.com/admin?y,      http://desk.example.com/admin,        true",
    "rd=http://desk.example.com?/admin,       http://desk.example.com/,             false",
    "rd=https://evil.example/admin,           http://localhost:8080/,               false",
    "rd=//evil.example/admin,                 http://localhost:8080/,               false",
    "'',                                      http://localhost:8080/,               false",
  })
  // spotless:on
  void theOneOfWhereItGoesIsAskedFor(String query, String address, boolean isStaff) {
    Decision decision = start(query);
    assertThat(asked).containsExactly(address);
    assertThat(Browser.uri(decision).getRawQuery().contains("&prompt=login")).isEqualTo(isStaff);
  }

  @Test
  @DisplayName("A72: a session knows which provider it is of")
  void theSessionKnowsWhereItComesFrom() throws Exception {
    Browser browser = fixture.browser();
    browser.endpoints = login();
    Decision started = browser.keep(start("rd=/admin"));
    assertLandsOn(browser.get(browser.signIn(started, "alice")), "/admin");
    assertThat(fixture.identity(browser.session()).provider()).isEqualTo("staff");
  }

  @Test
  void aProviderThatIsNotThereIsTroubleAndNoRedirect() {
    assertThat(start("rd=/none")).isEqualTo(new Decision.Unavailable(Reason.INTERNAL_ERROR));
  }
}
