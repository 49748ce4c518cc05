package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import java.io.IOException;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Profiles by route: what one of them names, no client gets past any route. */
@NullMarked
class HeaderProfilesTest {
  private static final String CONFIG =
      """
      {match: {path: /reports/*}, mode: login, headers: reports},
        {match: {path: /public/*}, mode: public}]
      headerProfiles:
        - id: reports
          headers:
            - { name: X-Report-User, claim: preferred_username }
            - { name: X-Report-Groups, claim: groups, join: ";" }
      headerPolicy:
        alsoRemove: [X-Forwarded-User
      """;

  @Test
  void aRouteSaysWhichProfileItsUpstreamHears() throws IOException {
    try (House house = House.with(CONFIG)) {
      String cookie = "cookie: " + house.signedIn(House.alice());
      Decision reports = house.ask(get("/reports/x").header(cookie));
      assertThat(House.set(reports, "x-report-user")).isEqualTo("alice");
      assertThat(House.set(reports, "x-report-groups")).isEqualTo("users;/team/a");
      assertThat(House.removed(reports))
          .contains("authorization", "x-auth-request-user", "x-auth-request-access-token");

      Decision others = house.ask(get("/orders").header(cookie));
      assertThat(House.set(others, "x-auth-request-user")).isEqualTo("alice-id");
      assertThat(House.removed(others)).contains("x-report-user", "x-report-groups");
    }
  }

  @Test
  @DisplayName("A21, A22, A24: what any profile names is removed on every route, in every spelling")
  void whatAnyProfileNamesIsRemovedOnEveryRoute() throws IOException {
    try (House house = House.with(CONFIG)) {
      String cookie = "cookie: " + house.signedIn(House.alice());
      for (Requests request : new Requests[] {get("/public/x"), get("/orders").header(cookie)}) {
        Decision decision =
            house.ask(
                request
                    .header("x-report-user: admin")
                    .header("x_report_groups: admin")
                    .header("x_forwarded.user: admin"));
        assertThat(House.removed(decision))
            .contains("x-report-user", "x_report_groups", "x-forwarded-user", "x_forwarded.user");
      }
      assertThat(house.ask(get("/public/x").header("connection: x_forwarded_user")))
          .isInstanceOf(Decision.Deny.class);
    }
  }
}
