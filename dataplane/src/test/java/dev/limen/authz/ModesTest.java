package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CheckNotes;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.session.Identity;
import dev.limen.session.StoreUnavailableException;
import dev.limen.session.Tokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each mode of a route lets pass, and as whom. */
@NullMarked
class ModesTest {
  private static final String ROUTES =
      "{match: {path: /optional/*}, mode: optional},"
          + " {name: closed, match: {path: /closed/*}, mode: deny},"
          + " {match: {path: /cors/*}, mode: login, preflight: pass},"
          + " {match: {path: /admin/*}, mode: deny}";

  private static final List<String> MANAGED =
      List.of(
          "authorization",
          "x-auth-request-access-token",
          "x-auth-request-user",
          "x-auth-request-email",
          "x-auth-request-groups",
          "x-auth-request-preferred-username");

  private static House house;

  @BeforeAll
  static void open() throws IOException {
    house = House.with(ROUTES);
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @Test
  void optionalPassesSomebodyAsThemselvesAndNobodyAsNobody() {
    String cookie = house.signedIn(House.alice());
    Decision alice = house.ask(get("/optional/x").header("cookie: " + cookie));
    assertThat(House.set(alice, "x-auth-request-user")).isEqualTo("alice-id");
    for (Requests nobody :
        List.of(
            get("/optional/x"),
            get("/optional/x").method("POST"),
            get("/optional/x").header("cookie: __Host-limen=nonsense"),
            get("/optional/x").header("cookie: " + cookie + "; " + cookie))) {
      Decision decision = house.ask(nobody.header("x-auth-request-user: alice-id"));
      assertThat(House.set(decision, "x-auth-request-user")).isNull();
      assertThat(House.removed(decision)).containsAll(MANAGED);
    }
  }

  @Test
  void optionalIsNotForAPathThatCanBeReadInTwoWays() {
    assertThat(house.ask(get("/optional//x"))).isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
  }

  @Test
  void whoeverBringsASessionThatNobodyCanReadIsNotTakenForNobody() throws IOException {
    TroubledStore store = new TroubledStore();
    try (House troubled = House.with(ROUTES, store, settings -> settings)) {
      String cookie = troubled.signedIn(House.alice());
      store.load =
          () -> CompletableFuture.failedFuture(new StoreUnavailableException("load", "away"));
      assertThat(troubled.ask(get("/optional/x").header("cookie: " + cookie)))
          .isEqualTo(new Decision.Unavailable(Reason.STORE_UNAVAILABLE));
      assertThat(troubled.ask(get("/optional/x"))).isInstanceOf(Decision.Allow.class);
    }
  }

  @Test
  void denyLetsNobodyPassWhateverTheyBring() {
    String cookie = house.signedIn(House.alice());
    assertThat(house.ask(get("/closed/x").header("cookie: " + cookie)))
        .isEqualTo(new Decision.Deny(403, Reason.ROUTE_DENIED));
    assertThat(house.ask(get("/closed/x").navigation()))
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.status()).isEqualTo(403);
              assertThat(page.setCookies()).isEmpty();
            });
  }

  @Test
  @DisplayName("A20: a preflight passes as nobody's only where the route says so, and only whole")
  void aPreflightPassesOnlyWhereTheRouteSaysSo() {
    Requests preflight =
        get("/cors/x")
            .method("OPTIONS")
            .header("origin: https://app.example")
            .header("access-control-request-method: PUT");
    Decision passed = house.ask(preflight.header("x-auth-request-groups: admin"));
    assertThat(House.removed(passed)).containsAll(MANAGED);

    Requests elsewhere =
        new Requests(
            "OPTIONS", preflight.host(), "/orders", preflight.headers(), preflight.budgetNanos());
    assertThat(house.ask(elsewhere)).isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
    for (Requests half :
        List.of(
            get("/cors/x").method("OPTIONS"),
            get("/cors/x").method("OPTIONS").header("origin: https://app.example"),
            get("/cors/x").method("OPTIONS").header("access-control-request-method: PUT"),
            preflight.method("POST"))) {
      assertThat(house.ask(half)).isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
    }
  }

  @ParameterizedTest
  @DisplayName("A07: a path that an upstream may decode into another route's is refused")
  @ValueSource(strings = {"/%2561dmin/x", "/x/%252e%252e/admin/x"})
  void aPathThatAnUpstreamMayDecodeIntoAnotherRoutesIsRefused(String path) {
    String cookie = house.signedIn(House.alice());
    assertThat(house.ask(get(path).header("cookie: " + cookie)))
        .isEqualTo(new Decision.Deny(400, Reason.PATH_AMBIGUOUS));
  }

  @Test
  @DisplayName("A72: a session of another provider than the route's is none, and is not ended")
  void aSessionOfAnotherProviderIsNone() {
    Identity elsewhere =
        new Identity(
            "other",
            "http://other.example",
            "alice-id",
            "alice-id",
            null,
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            null,
            null,
            List.of(),
            0);
    long end = House.NOW + 3_600_000;
    String cookie =
        house.signedIn(elsewhere, new Tokens("id.of.other", "access.of.other", null, end, 0, 0));
    assertThat(house.ask(get("/orders").header("cookie: " + cookie)))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_OF_OTHER_PROVIDER));
    Decision optional = house.ask(get("/optional/x").header("cookie: " + cookie));
    assertThat(House.removed(optional)).contains("x-auth-request-user");
  }

  @Test
  void whatWasLearnedIsNotedForTheLogAndNamesNoSecret() {
    String cookie = house.signedIn(House.alice());
    CheckNotes notes = notesOf(get("/orders?x=1").header("cookie: " + cookie));
    assertThat(notes.route()).isEqualTo("default");
    assertThat(notes.mode()).isEqualTo("login");
    assertThat(notes.provider()).isEqualTo("main");
    assertThat(notes.subject()).isEqualTo("alice-id");
    assertThat(notes.session()).matches("[0-9a-f]{16}");
    assertThat(cookie).doesNotContain(notes.session());
    assertThat(notesOf(get("/orders").header("cookie: " + cookie)).session())
        .isEqualTo(notes.session());
    assertThat(notesOf(get("/closed/x"))).isEqualTo(CheckNotes.of("closed", "deny"));
    assertThat(notesOf(get("/a%2fb"))).isEqualTo(CheckNotes.NONE);
  }

  private static CheckNotes notesOf(Requests asked) {
    CheckRequest request = asked.build();
    List<Decision> answers = new ArrayList<>();
    house.authorizer.authorize(request, House.NOW, answers::add);
    assertThat(answers).hasSize(1);
    return request.notes();
  }
}
