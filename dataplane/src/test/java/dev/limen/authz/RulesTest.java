package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.io.IOException;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a route's rules do to somebody who is signed in. */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RulesTest {
  private static final String ROUTES =
      "{name: users, match: {path: /users/*}, mode: login, require: {group: users}},"
          + " {name: admin, match: {path: /admin/*}, mode: login, require:"
          + " {anyOf: [{realmRole: admin}, {group: /ops}]}},"
          + " {name: fresh, match: {path: /fresh/*}, mode: login, require: {maxAge: 5m}},"
          + " {name: strong, match: {path: /strong/*}, mode: login,"
          + " require: {acr: [gold, silver]}}";

  private House house;
  private String cookie;

  @BeforeAll
  void build() throws IOException {
    house = House.with(ROUTES);
    cookie = "cookie: " + house.signedIn(House.alice());
  }

  @AfterAll
  void close() {
    house.close();
  }

  @Test
  void whoKeepsTheRulesPasses() {
    assertThat(house.ask(get("/users/x").header(cookie))).isInstanceOf(Decision.Allow.class);
  }

  @Test
  void whoDoesNotIsRefusedAndKeepsTheSession() {
    CheckRequest request = get("/admin/x").header(cookie).build();
    house.authorizer.authorize(
        request,
        House.NOW,
        decision -> assertThat(decision).isEqualTo(new Decision.Deny(403, Reason.RULE_REFUSED)));
    assertThat(request.notes().rule()).isEqualTo("require.anyOf");
    assertThat(request.notes().route()).isEqualTo("admin");
    assertThat(request.notes().subject()).isEqualTo("alice-id");
    assertThat(house.ask(get("/users/x").header(cookie))).isInstanceOf(Decision.Allow.class);
  }

  @Test
  void aPersonSeesAPageThatGivesNothingAway() {
    assertThat(house.ask(get("/admin/x").header(cookie).navigation()))
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.status()).isEqualTo(403);
              assertThat(page.setCookies()).isEmpty();
              assertThat(page.body()).doesNotContain("/ops").doesNotContain("realmRole");
            });
  }

  @Test
  void whoCouldMendItBySigningInOnceMoreIsSentThere() {
    assertThat(house.ask(get("/strong/x").header(cookie).navigation()))
        .isInstanceOfSatisfying(
            Decision.Redirect.class,
            redirect -> {
              assertThat(redirect.location()).contains("acr_values=gold");
              assertThat(redirect.reason()).isEqualTo(Reason.SIGN_IN_TOO_WEAK);
              assertThat(redirect.setCookies())
                  .noneMatch(cookie -> cookie.startsWith("__Host-limen="));
            });
    assertThat(house.ask(get("/fresh/x").header(cookie).navigation()))
        .isInstanceOfSatisfying(
            Decision.Redirect.class,
            redirect -> assertThat(redirect.location()).contains("max_age=300"));
    assertThat(house.ask(get("/strong/x").header(cookie)))
        .as("a program cannot sign in")
        .isEqualTo(new Decision.Deny(403, Reason.SIGN_IN_TOO_WEAK));
    assertThat(house.ask(get("/admin/x").header(cookie).navigation()))
        .as("no sign-in mends a missing role")
        .isInstanceOf(Decision.Page.class);
  }

  @Test
  void whoIsNotSignedInIsAskedToSignInBeforeAnyRule() {
    assertThat(house.ask(get("/admin/x").navigation()))
        .isInstanceOfSatisfying(
            Decision.Redirect.class,
            redirect -> assertThat(redirect.reason()).isEqualTo(Reason.NO_SESSION));
    assertThat(house.ask(get("/admin/x"))).isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
  }
}
