package dev.limen.login;

import static dev.limen.login.LoginFixture.assertLandsOn;
import static dev.limen.login.LoginFixture.assertPage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.Reason;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sign-in that must be better than any, at a provider that says what it did a while later. */
final class StepUpTest {
  /** By our clock every authentication was this long ago, and the ID token is still good. */
  private static final Duration AGO = Duration.ofSeconds(100);

  private static LoginFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    fixture =
        LoginFixture.startAhead(
            AGO,
            "providers:",
            "  - id: main",
            "    clientID: limen",
            "    clientSecret: { value: limen-demo-secret }",
            "    oidcConfig: { issuerURL: \"ISSUER\" }",
            "    loginURLParameters: [{ name: acr_values, default: [\"1\"] }]");
  }

  @AfterAll
  static void stop() {
    fixture.close();
  }

  private static List<String> asked(StepUp stepUp, String parameter) {
    URI uri = Browser.uri(fixture.browser().navigate("/admin", stepUp));
    return Objects.requireNonNull(QueryString.parse(uri.getRawQuery())).all(parameter);
  }

  @Test
  void asksForTheClassesInTheirOrderAndForTheAge() {
    StepUp stepUp = new StepUp(List.of("gold", "silver"), 0);
    assertThat(asked(stepUp, "acr_values")).containsExactly("gold silver");
    assertThat(asked(stepUp, "max_age")).containsExactly("0");
  }

  @Test
  void asksForNothingThatIsNotWanted() {
    assertThat(asked(StepUp.NONE, "acr_values")).containsExactly("1");
    assertThat(asked(StepUp.NONE, "max_age")).isEmpty();
    assertThat(asked(new StepUp(List.of(), 300), "acr_values")).containsExactly("1");
    assertThat(asked(new StepUp(List.of("2"), StepUp.ANY_AGE), "max_age")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"-1, true", "300, true", "0, false", "60, false"})
  void holdsTheIdTokenToTheAgeThatWasAskedFor(long maxAgeSeconds, boolean accepted)
      throws Exception {
    Browser browser = fixture.browser();
    String callback =
        browser.signIn(browser.navigate("/admin", new StepUp(List.of(), maxAgeSeconds)), "alice");
    if (accepted) {
      assertLandsOn(browser.get(callback), "/admin");
    } else {
      assertPage(browser.get(callback), 400, Reason.ID_TOKEN_REFUSED);
      assertThat(browser.session()).isEmpty();
    }
  }

  @Test
  void hasNoAgeBelowZero() {
    assertThatThrownBy(() -> new StepUp(List.of(), -2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxAgeSeconds must be 0 or more: -2");
  }
}
