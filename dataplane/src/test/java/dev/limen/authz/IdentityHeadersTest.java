package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.session.Tokens;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an upstream hears of who asks. */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IdentityHeadersTest {
  private static final List<String> MANAGED =
      List.of(
          "authorization",
          "x-auth-request-access-token",
          "x-auth-request-user",
          "x-auth-request-email",
          "x-auth-request-groups",
          "x-auth-request-preferred-username");

  private House house;
  private String alice;

  @BeforeAll
  void build() throws IOException {
    house = House.with("{match: {hosts: [], path: /public/*, methods: []}, mode: public}");
    alice = house.signedIn(House.alice());
  }

  @AfterAll
  void close() {
    house.close();
  }

  private Decision askAs(String cookie, String... headers) {
    Requests request = get("/orders").header("cookie: " + cookie);
    for (String header : headers) {
      request = request.header(header);
    }
    return house.ask(request);
  }

  private Decision askAsWithGroups(List<String> groups) {
    return askAs(house.signedIn(House.identity("s", null, null, groups)));
  }

  @Test
  @DisplayName("C9 a header that is managed and set is not among those to remove")
  void theUpstreamHearsWhoAsks() {
    Decision decision = askAs(alice);
    assertThat(House.set(decision, "authorization")).isEqualTo("Bearer id.of.alice");
    assertThat(House.set(decision, "x-auth-request-access-token")).isEqualTo("access.of.alice");
    assertThat(House.set(decision, "x-auth-request-user")).isEqualTo("alice-id");
    assertThat(House.set(decision, "x-auth-request-email")).isEqualTo("alice@example.com");
    assertThat(House.set(decision, "x-auth-request-groups")).isEqualTo("users,/team/a");
    assertThat(House.set(decision, "x-auth-request-preferred-username")).isEqualTo("alice");
    assertThat(House.removed(decision)).containsExactly("cookie");
  }

  @Test
  @DisplayName("A21: what is not known of a person is removed")
  void whatIsNotKnownIsRemoved() {
    Decision decision =
        askAs(
            house.signedIn(House.identity("s", null, null, List.of())),
            "x-auth-request-groups: admin",
            "x-auth-request-email: root@example.com");
    assertThat(House.removed(decision))
        .contains(
            "x-auth-request-groups", "x-auth-request-email", "x-auth-request-preferred-username");
  }

  @ParameterizedTest
  @DisplayName("A22: other spellings of a managed name are removed, as spelled")
  @ValueSource(
      strings = {
        "x_auth_request_user",
        "x-auth_request-user",
        "x.auth.request.user",
        "x_auth_request_groups",
        "x_auth_request_access_token",
        "x-auth-request-preferred_username",
      })
  void otherSpellingsAreRemoved(String name) {
    assertThat(House.removed(askAs(alice, name + ": admin"))).contains(name);
    Decision open = house.ask(get("/public/x").header(name + ": admin").header(name + ": b"));
    assertThat(House.removed(open)).containsOnlyOnce(name).containsAll(MANAGED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x-auth-request-userx", "x-auth-request", "xauthrequestuser", "authorization2"})
  void aNameThatIsNoSpellingOfOursStays(String name) {
    assertThat(House.removed(askAs(alice, name + ": v"))).doesNotContain(name);
  }

  @Test
  @DisplayName("A23, A29: a client's own values are overwritten")
  void aClientsOwnValuesAreOverwritten() {
    Decision decision =
        askAs(
            alice,
            "x-AUTH-request-USER: admin",
            "x-auth-request-user: root",
            "Authorization: Bearer evil");
    assertThat(((Decision.Allow) decision).mutations().set())
        .filteredOn(field -> field.name().equals("x-auth-request-user"))
        .singleElement()
        .satisfies(field -> assertThat(field.value()).isEqualTo("alice-id"));
    assertThat(House.set(decision, "authorization")).isEqualTo("Bearer id.of.alice");
  }

  @Test
  @DisplayName("A24: a public route is asked for by nobody, whatever the client says")
  void aPublicRouteRemovesEveryManagedHeader() {
    Requests request = get("/public/x").header("cookie: a=1; " + alice);
    for (String name : MANAGED) {
      request = request.header(name + ": admin");
    }
    Decision decision = house.ask(request);
    assertThat(House.removed(decision)).containsAll(MANAGED);
    assertThat(((Decision.Allow) decision).mutations().set())
        .singleElement()
        .satisfies(field -> assertThat(field.value()).isEqualTo("a=1"));
  }

  @ParameterizedTest
  @DisplayName("A25: Connection must not name a managed header")
  @ValueSource(
      strings = {
        "X-Auth-Request-Email",
        "close, X-Auth-Request-Email",
        "keep-alive,authorization",
        "x_auth_request_user",
        "upgrade ,\tX-AUTH-REQUEST-GROUPS",
      })
  void aConnectionHeaderThatNamesIdentityIsRefused(String options) {
    assertThat(askAs(alice, "connection: " + options))
        .isEqualTo(new Decision.Deny(400, Reason.CONNECTION_NAMES_IDENTITY));
    assertThat(house.ask(get("/public/x").header("connection: " + options)))
        .isEqualTo(new Decision.Deny(400, Reason.CONNECTION_NAMES_IDENTITY));
  }

  @Test
  void anyOtherConnectionHeaderIsNone() {
    assertThat(askAs(alice, "connection: Upgrade, close", "upgrade: websocket"))
        .isInstanceOf(Decision.Allow.class);
  }

  @ParameterizedTest
  @DisplayName("A26: a value that cannot stand in a header does not")
  @ValueSource(
      strings = {
        "a\r\nX-Auth-Request-Groups: admin",
        "a\nb",
        "a\u0000",
        "a\u007f",
        "\u001b[2J",
        " alice",
        "alice ",
        "\talice",
      })
  void aValueThatCannotStandInAHeaderDoesNot(String value) {
    Decision withEmail = askAs(house.signedIn(House.identity("s", value, value, List.of())));
    assertThat(House.set(withEmail, "x-auth-request-email")).isNull();
    assertThat(House.removed(withEmail))
        .contains("x-auth-request-email", "x-auth-request-preferred-username");
    assertThat(askAs(house.signedIn(House.identity(value, null, null, List.of()))))
        .isEqualTo(new Decision.Deny(403, Reason.HEADER_VALUE_REFUSED));
    assertThat(house.metric("limen_header_values_refused_total{header=\"x-auth-request-email\"}"))
        .isNotNull();
  }

  @Test
  void aTokenThatCannotStandInAHeaderIsRefused() {
    for (String token : List.of("", "a b", "a\r\nb", "ä")) {
      long end = House.NOW + 3_600_000;
      String one = house.signedIn(House.alice(), new Tokens(token, "access", null, end, 0));
      String other = house.signedIn(House.alice(), new Tokens("id", token, null, end, 0));
      assertThat(askAs(one)).isEqualTo(new Decision.Deny(403, Reason.HEADER_VALUE_REFUSED));
      assertThat(askAs(other)).isEqualTo(new Decision.Deny(403, Reason.HEADER_VALUE_REFUSED));
    }
  }

  @Test
  void textBeyondAsciiIsSentAsUtf8OneCharacterAByte() {
    Decision decision =
        askAs(house.signedIn(House.identity("s", null, "Zoë", List.of("Größe", "日本"))));
    assertThat(House.set(decision, "x-auth-request-preferred-username")).isEqualTo("ZoÃ«");
    assertThat(House.set(decision, "x-auth-request-groups"))
        .isEqualTo("GrÃ¶Ã\u009fe,æ\u0097¥æ\u009c¬");
  }

  @Test
  void halfASurrogatePairIsNoText() {
    assertThat(HeaderText.single("a\ud800")).isNull();
    assertThat(HeaderText.list(List.of("a", "\udfff"), ",")).isNull();
    assertThat(HeaderText.single("a\ud83d\ude00")).isEqualTo("að\u009f\u0098\u0080");
  }

  @ParameterizedTest
  @DisplayName("A27: a group is never taken for two")
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "users,admins|users%2Cadmins",
        "a%2Cb|a%252Cb",
        "100%|100%25",
        " admins|%20admins",
        "admins |admins%20",
        "a b|a b",
        "a\tb|a%09b",
        "/realm/team|/realm/team",
      })
  void aGroupIsNeverTakenForTwo(String group, String sent) {
    assertThat(House.set(askAsWithGroups(List.of("x", group)), "x-auth-request-groups"))
        .isEqualTo("x," + sent);
  }

  @Test
  void aGroupWithControlBytesIsEncoded() {
    assertThat(House.set(askAsWithGroups(List.of("a\r\nb\u0000\u007f")), "x-auth-request-groups"))
        .isEqualTo("a%0D%0Ab%00%7F");
  }

  @Test
  void aGroupWithoutNameIsNone() {
    assertThat(House.set(askAsWithGroups(List.of("", "a", "", "b")), "x-auth-request-groups"))
        .isEqualTo("a,b");
    assertThat(House.removed(askAsWithGroups(List.of("")))).contains("x-auth-request-groups");
  }

  @Test
  @DisplayName("A28: groups are sent whole or not at all")
  void groupsAreSentWholeOrNotAtAll() {
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      groups.add("group-number-" + i);
    }
    assertThat(askAsWithGroups(groups))
        .isEqualTo(new Decision.Deny(403, Reason.HEADER_VALUE_REFUSED));
    String longest = "g".repeat(house.config.headerPolicy().maxValueBytes() - 2);
    assertThat(askAsWithGroups(List.of(longest, "h"))).isInstanceOf(Decision.Allow.class);
    assertThat(askAsWithGroups(List.of(longest, "hh")))
        .isEqualTo(new Decision.Deny(403, Reason.HEADER_VALUE_REFUSED));
  }

  @Test
  void aPersonSeesAPageWhenTheirAccountCannotBePassedOn() {
    String cookie = house.signedIn(House.identity("a\nb", null, null, List.of()));
    assertThat(house.ask(get("/x").header("cookie: " + cookie).navigation()))
        .isInstanceOfSatisfying(
            Decision.Page.class,
            page -> {
              assertThat(page.status()).isEqualTo(403);
              assertThat(page.reason()).isEqualTo(Reason.HEADER_VALUE_REFUSED);
            });
  }

  private static @Nullable String orNull(String text) {
    return text.equals("-") ? null : text;
  }

  @ParameterizedTest
  @DisplayName("A32: Limen's cookies never reach the upstream, others unchanged")
  @CsvSource(
      delimiter = '|',
      value = {
        "a=1; %s; b=2                       | a=1; b=2",
        "%s; a=\"x y\"                      | a=\"x y\"",
        "a=1; %s; __Host-limen-flow-abc123=F | a=1",
        "a=1,%s                             | a=1",
        "a=ÿ\u0080; %s                      | a=ÿ\u0080",
        "%s                                 | -",
        "%s; __Host-limen-flow-abc123=F     | -",
      })
  void ownCookiesNeverReachTheUpstream(String field, String rest) {
    for (String path : List.of("/orders", "/public/x")) {
      Decision decision = house.ask(get(path).header("cookie: " + field.replace("%s", alice)));
      assertThat(House.set(decision, "cookie")).isEqualTo(orNull(rest));
      assertThat(House.removed(decision).contains("cookie")).isEqualTo(orNull(rest) == null);
    }
  }

  @Test
  void severalCookieFieldsBecomeOne() {
    Decision decision =
        house.ask(
            get("/orders").header("cookie: a=1").header("cookie: " + alice).header("cookie: b=2"));
    assertThat(House.set(decision, "cookie")).isEqualTo("a=1; b=2");
  }

  @Test
  void aRequestWithoutOurCookiesKeepsItsOwnUntouched() {
    Decision decision = house.ask(get("/public/x").header("cookie: a=1; b=2;"));
    assertThat(House.set(decision, "cookie")).isNull();
    assertThat(House.removed(decision)).doesNotContain("cookie");
  }

  @Test
  @DisplayName("A31: bytes from 0x80 break nothing")
  void bytesFrom0x80BreakNothing() {
    Requests request = get("/orders").header("x-ÿ: \u0080").header("cookie: ÿ=ÿ; __Host-limen=ÿ");
    assertThat(house.ask(request))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_MALFORMED));
    assertThat(house.ask(get("/public/x").header("ÿ: ÿ").header("x-auth-request-useÿ: a")))
        .isInstanceOf(Decision.Allow.class);
  }
}
