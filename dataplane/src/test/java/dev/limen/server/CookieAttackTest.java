package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.server.Doors.Door;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A session cookie in hostile shapes, at both doors of a whole Limen over a real Redis. */
@Timeout(300)
class CookieAttackTest {
  private static final String AMBIGUOUS = "session_cookie_ambiguous";
  private static final String MALFORMED = "session_cookie_malformed";
  private static final String NAME = "__Host-limen=";
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private static AttackedLimen house;
  private static String alice;
  private static String bob;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    house = AttackedLimen.start(folder);
    alice = house.cookieOf(house.signedIn("alice"));
    bob = house.cookieOf(house.signedIn("bob"));
  }

  @AfterAll
  static void stop() {
    house.close();
  }

  /** 401 to a program and the provider to a person; no upstream, no name, no cleared cookie. */
  private static void assertLogin(Door door, String... lines) throws IOException {
    Asked asked = Asked.get("/orders", lines);
    Arrived refused = house.doors.ask(door, asked);
    refused.assertNobody(401);
    assertThat(refused.all("set-cookie")).isEmpty();
    assertThat(refused.all("cache-control")).containsExactly("no-store");
    Arrived away = house.doors.ask(door, asked.navigation());
    away.assertNobody(302);
    assertThat(away.all("location")).singleElement().asString().startsWith(issuer());
    assertThat(away.all("set-cookie"))
        .singleElement()
        .asString()
        .startsWith("__Host-limen-flow-")
        .doesNotContain("Max-Age=0");
  }

  private static String issuer() {
    return house.provider.issuer() + "/";
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A33 of two session cookies in one line neither is taken, valid or not")
  void ofTwoSessionCookiesInOneLineNeitherIsTaken(Door door) throws Exception {
    List<String> pairs =
        List.of(
            alice + "; " + bob,
            alice + "; " + alice,
            alice + "; " + NAME + "x",
            NAME + "x; " + alice,
            alice + "; a=1; " + NAME);
    long before = house.answeredFor(AMBIGUOUS);
    for (String pair : pairs) {
      assertLogin(door, "cookie: " + pair);
    }
    assertThat(house.answeredFor(AMBIGUOUS)).isEqualTo(before + 2L * pairs.size());
    house.doors.ask(door, Asked.with("/orders", "a=1; " + alice + "; b=2")).assertIs("alice");
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A34 two session cookies in two lines, in crumbs or behind a comma are none either")
  void twoSessionCookiesInTwoLinesAreNoneEither(Door door) throws Exception {
    long before = house.answeredFor(AMBIGUOUS);
    assertLogin(door, "cookie: " + alice, "cookie: " + bob);
    assertLogin(door, "cookie: " + alice, "cookie: " + alice);
    assertLogin(door, "cookie: a=1", "cookie: " + alice, "cookie: b=2", "cookie: " + bob);
    assertLogin(door, "cookie: " + alice + "," + bob);
    assertLogin(door, "cookie: " + alice + ", " + bob);
    assertThat(house.answeredFor(AMBIGUOUS)).isEqualTo(before + 10);
    house
        .doors
        .ask(door, Asked.get("/orders", "cookie: a=1", "cookie: " + bob, "cookie: b=2"))
        .assertIs("bob");
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName(
      "A35 a quoted value, one with blanks, a name without = and = without a name are none")
  void aQuotedValueOrAHalfPairIsNone(Door door) throws Exception {
    String value = alice.substring(NAME.length());
    long before = house.answeredFor(MALFORMED);
    assertLogin(door, "cookie: " + NAME + "\"" + value + "\"");
    assertLogin(door, "cookie: " + NAME + value.substring(0, 20) + " " + value.substring(20));
    assertLogin(door, "cookie: " + NAME + value + " x");
    assertLogin(door, "cookie: " + NAME + " " + value);
    assertThat(house.answeredFor(MALFORMED)).isEqualTo(before + 8);
    assertLogin(door, "cookie: __Host-limen");
    assertLogin(door, "cookie: __Host-limen " + value);
    assertLogin(door, "cookie: =" + value);
    assertLogin(door, "cookie: __host-limen=" + value);
    assertThat(house.answeredFor(MALFORMED))
        .as("these are no session cookie")
        .isEqualTo(before + 8);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A36 every prefix, a character more, padding and other last bits are no session")
  void everyPrefixAndEveryOtherSpellingIsNoSession(Door door) throws Exception {
    List<String> changed = new ArrayList<>();
    for (int end = NAME.length(); end < alice.length(); end++) {
      changed.add(alice.substring(0, end));
    }
    for (String tail : List.of("=", "==", "A", "%3D", ".")) {
      changed.add(alice + tail);
    }
    String head = alice.substring(0, alice.length() - 1);
    for (int i = 0; i < ALPHABET.length(); i++) {
      changed.add(head + ALPHABET.charAt(i));
    }
    assertThat(changed.remove(alice)).as("one spelling is its own").isTrue();
    for (String cookie : changed) {
      house.doors.ask(door, Asked.with("/orders", cookie)).assertNobody(401);
    }
    assertLogin(door, "cookie: " + changed.getFirst());
    assertLogin(door, "cookie: " + changed.getLast());
    house.doors.ask(door, Asked.with("/orders", alice)).assertIs("alice");
  }

  /*
   * Where a flipped bit makes a control byte the whole head is refused, 400. No gate is put on
   * time: what is compared is a MAC, in constant time (Digests, held by the floor plan).
   */
  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A37 a cookie with any one bit flipped is no session")
  void aCookieWithAnyOneBitFlippedIsNoSession(Door door) throws Exception {
    for (int i = NAME.length(); i < alice.length(); i++) {
      for (int bit = 0; bit < 8; bit++) {
        char flipped = (char) (alice.charAt(i) ^ (1 << bit));
        String changed = alice.substring(0, i) + flipped + alice.substring(i + 1);
        boolean isControl = flipped < 0x20 || flipped == 0x7f;
        Arrived arrived = house.doors.ask(door, Asked.with("/orders", changed));
        assertThat(arrived.status()).as("%d/%d", i, bit).isIn(401, isControl ? 400 : 401);
        assertThat(arrived.isAllow()).as("the upstream was reached").isFalse();
        assertThat(arrived.all("set-cookie")).isEmpty();
      }
    }
    house.doors.ask(door, Asked.with("/orders", alice)).assertIs("alice");
  }

  /** Memory and time are bounded in MalformedHttpTest, MalformedGrpcTest and CookieFieldTest. */
  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A38 of a thousand cookies and 10,000 ; the session's is found, 64 KiB are refused")
  void amongAThousandCookiesTheSessionsIsFound(Door door) throws Exception {
    assertLogin(door, "cookie: " + "a=b; ".repeat(1_000));
    assertLogin(door, "cookie: " + ";".repeat(10_000));
    Arrived found =
        house.doors.ask(door, Asked.with("/orders", "a=b; ".repeat(1_000) + alice + "; c=d"));
    found.assertIs("alice");
    assertThat(found.upstreamAll("cookie")).containsExactly("a=b; ".repeat(1_000) + "c=d");
    house.doors.ask(door, Asked.with("/orders", ";".repeat(10_000) + alice)).assertIs("alice");
    Arrived large = house.doors.ask(door, Asked.with("/orders", "x".repeat(64 * 1024)));
    assertThat(large.isAllow()).isFalse();
    assertThat(large.status()).isEqualTo(door == Door.HTTP ? 431 : 401);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A41 after a logout at one replica the cookie is worth nothing at any, at once")
  void afterALogoutTheCookieIsWorthNothingAtAnyReplica(Door door) throws Exception {
    Visit visit = house.visit();
    visit.logIn("alice");
    Asked replay = Asked.with("/orders", visit.cookie());
    for (Doors doors : List.of(house.doors, house.replicaDoors)) {
      Arrived before = doors.ask(door, replay);
      before.assertIs("alice");
    }
    visit.signOut();
    for (Doors doors : List.of(house.doors, house.replicaDoors)) {
      doors.ask(door, replay).assertNobody(401);
      doors.ask(door, replay.navigation()).assertNobody(302);
    }
  }
}
