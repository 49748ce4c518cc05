package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.limen.check.Decision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tables of the README are what happens: each row is asked, and each cell compared.
 *
 * <p>Invariant: the rows are read from the README itself, so that it cannot say anything else.
 */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadmeTablesTest {
  private static final List<String> MODES =
      List.of("login", "bearer", "either", "optional", "public", "deny");
  private static final String ACCESS_TOKEN = "x-auth-request-access-token";
  private static final String MODES_HEAD = "| Mode |";
  private static final String NAVIGATION = "| Method |";

  private House house;
  private String session;
  private @Nullable String token;

  @BeforeAll
  void build() throws IOException, InterruptedException {
    StringBuilder routes = new StringBuilder();
    for (String mode : MODES) {
      routes.append("{match: {path: /" + mode + "/*}, mode: " + mode + "},");
    }
    house = House.with(routes + "]" + BearerModesTest.BEARER + "headerProfiles: [");
    session = house.loggedIn("alice");
    token = House.set(house.ask(get("/x").header("cookie: " + session)), ACCESS_TOKEN);
  }

  @AfterAll
  void close() {
    house.close();
  }

  private static Stream<List<String>> modes() throws IOException {
    return rows(MODES_HEAD);
  }

  @ParameterizedTest
  @MethodSource("modes")
  void aModeDoesWhatItsRowSays(List<String> row) {
    String mode = row.get(0).replace("`", "");
    Requests asked = get("/" + mode + "/x");
    assertThat(said(house.ask(asked.navigation()))).as("navigation").isEqualTo(row.get(1));
    assertThat(said(house.ask(asked))).as("anything else").isEqualTo(row.get(2));
    assertThat(said(house.ask(asked.header("cookie: " + session))))
        .as("session")
        .isEqualTo(row.get(3));
    assertThat(said(house.ask(asked.header("authorization: Bearer " + token))))
        .as("token")
        .isEqualTo(row.get(4));
  }

  private static Stream<List<String>> navigation() throws IOException {
    return rows(NAVIGATION);
  }

  @ParameterizedTest
  @MethodSource("navigation")
  void aRequestWithoutSessionGetsWhatItsRowSays(List<String> row) {
    List<String> names =
        List.of(
            "sec-fetch-mode",
            "sec-fetch-dest",
            "x-requested-with",
            "accept",
            "upgrade",
            "content-type");
    Requests asked = get("/orders").method(row.get(0));
    for (int i = 0; i < names.size(); i++) {
      String value = row.get(i + 1).replace("`", "");
      asked = value.isEmpty() ? asked : asked.header(names.get(i) + ": " + value);
    }
    assertThat(said(house.ask(asked))).isEqualTo(row.get(names.size() + 1));
  }

  @Test
  void theTablesAreThere() throws IOException {
    assertThat(modes().map(row -> row.get(0)))
        .containsExactlyElementsOf(MODES.stream().map(mode -> "`" + mode + "`").toList());
    assertThat(navigation().count()).isGreaterThan(12);
  }

  /** The answer in the words of the tables. */
  private static String said(Decision decision) {
    return switch (decision) {
      case Decision.Allow _ ->
          House.set(decision, "x-auth-request-user") == null ? "passes as nobody" : "passes";
      case Decision.Redirect _ -> "302";
      case Decision.Page page -> Integer.toString(page.status());
      case Decision.Deny deny -> Integer.toString(deny.status());
      case Decision.Unavailable unavailable -> fail("unavailable: " + unavailable.reason());
    };
  }

  /** The cells of the table whose head begins with {@code head}. */
  private static Stream<List<String>> rows(String head) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of(System.getProperty("limen.root"), "README.md"))) {
      boolean isRow = line.startsWith("|") && !line.startsWith("|---");
      if (inside && isRow) {
        rows.add(Stream.of(line.substring(1).split("\\|", -1)).map(String::strip).toList());
      }
      inside = line.startsWith("|") && (inside || line.startsWith(head));
    }
    assertThat(rows).as(head.toLowerCase(Locale.ROOT)).isNotEmpty();
    return rows.stream();
  }
}
