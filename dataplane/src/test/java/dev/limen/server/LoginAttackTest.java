package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.devidp.RequestKind;
import dev.limen.server.Doors.Door;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The way in and out under attack: a whole Limen, the strict provider, a real Redis. */
@Timeout(300)
class LoginAttackTest {
  private static final String SESSION = "__Host-limen";
  private static final String FLOW = "__Host-limen-flow-";

  private static AttackedLimen house;

  private Visit visit;
  private int sessionsBefore;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    house = AttackedLimen.start(folder);
  }

  @AfterAll
  static void stop() {
    house.close();
  }

  @BeforeEach
  void openABrowser() {
    visit = house.visit();
    sessionsBefore = house.sessionCount();
    house.provider.log().clear();
  }

  @AfterEach
  void mendRedis() {
    house.raw.commands().configSet("min-replicas-to-write", "0");
  }

  private static int codesRedeemed() {
    return house.provider.log().of(RequestKind.TOKEN_CODE).size();
  }

  private static String with(String callback, String parameter, String value) {
    return callback.replaceAll("(?<=[?&])" + parameter + "=[^&]*", parameter + "=" + value);
  }

  private static String without(String callback, String parameter) {
    return callback.replaceAll("(?<=[?&])" + parameter + "=[^&]*&?", "").replaceAll("[?&]$", "");
  }

  private String flow() {
    return visit.cookies().keySet().stream()
        .filter(name -> name.startsWith(FLOW) && !name.endsWith("-rounds-"))
        .findFirst()
        .orElseThrow();
  }

  /** A page of that status: no session in the answer, none in Redis. */
  private void assertNoSession(HttpResponse<String> answer, int status) {
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().allValues("location")).isEmpty();
    assertThat(answer.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
    assertThat(answer.headers().firstValue("cache-control")).contains("no-store");
    assertThat(answer.headers().allValues("set-cookie"))
        .noneMatch(each -> each.startsWith(SESSION + "="));
    assertThat(house.sessionCount()).as("sessions in Redis").isEqualTo(sessionsBefore);
  }

  private static void assertLandsOn(HttpResponse<String> answer, String page) {
    assertThat(answer.statusCode()).isEqualTo(302);
    assertThat(answer.headers().firstValue("location")).contains(page);
  }

  /** What Limen sets and clears, at every door, filed by what it is for. */
  private final class SetCookies {
    private final Map<String, List<String>> kinds = new TreeMap<>();

    void see(List<String> setCookies) {
      for (String each : setCookies) {
        String name = each.substring(0, each.indexOf('='));
        boolean isClearing = each.contains("Max-Age=0");
        String kind =
            name.equals(SESSION) ? "session" : name.endsWith("-rounds-") ? "rounds" : "flow";
        kinds
            .computeIfAbsent(kind + (isClearing ? " cleared" : " set"), _ -> new ArrayList<>())
            .add(each);
      }
    }

    HttpResponse<String> see(HttpResponse<String> answer) {
      see(answer.headers().allValues("set-cookie"));
      visit.keep(answer);
      return answer;
    }

    void assertAllAreAlike() {
      assertThat(kinds.keySet())
          .containsExactly(
              "flow cleared",
              "flow set",
              "rounds cleared",
              "rounds set",
              "session cleared",
              "session set");
      kinds.forEach((kind, all) -> {
        boolean isCleared = kind.endsWith("cleared");
        String lasts = kind.equals("session set") ? "" : "; Max-Age=" + (isCleared ? "0" : "900");
        assertThat(all)
            .allSatisfy(each -> {
              String pair = each.substring(0, each.indexOf(';'));
              assertThat(pair).startsWith("__Host-").hasSizeLessThanOrEqualTo(4_096);
              assertThat(pair.endsWith("=")).as("empty").isEqualTo(isCleared);
              assertThat(each.substring(pair.length()))
                  .isEqualTo("; Path=/; Secure; HttpOnly; SameSite=Lax" + lasts);
            });
      });
    }
  }

  @Test
  @DisplayName(
      "A39 every Set-Cookie there is has the same attributes, no Domain, and at most 4 KiB")
  void everySetCookieHasTheSameAttributes() throws Exception {
    SetCookies seen = new SetCookies();
    for (Door door : Door.values()) {
      String longest = "/long?" + "x".repeat(2_000);
      seen.see(house.doors.ask(door, Asked.get(longest).navigation()).all("set-cookie"));
      seen.see(
          house.doors.ask(door, Asked.get("/" + "y".repeat(900)).navigation()).all("set-cookie"));
    }
    for (int i = 0; i < 9; i++) {
      seen.see(visit.navigate("/" + i).setCookies());
    }
    assertThat(seen.kinds).as("the oldest made room").containsKey("flow cleared");
    String callback = visit.callback("/", "alice");
    assertThat(seen.see(visit.endpoint(with(callback, "code", "no-code"))).statusCode())
        .isEqualTo(400);
    assertThat(seen.see(visit.endpoint(visit.callback("/", "alice"))).statusCode()).isEqualTo(302);
    String first = visit.sessionCookie();
    for (int i = 0; i < 3; i++) {
      assertThat(logInAgain(seen).statusCode()).isEqualTo(302);
    }
    assertThat(logInAgain(seen).statusCode()).as("it goes round").isEqualTo(400);
    assertThat(visit.sessionCookie()).as("rotated at each login").isNotEqualTo(first);
    assertThat(seen.see(visit.confirmSignOut()).statusCode()).isEqualTo(302);
    seen.assertAllAreAlike();
  }

  private HttpResponse<String> logInAgain(SetCookies seen) throws Exception {
    HttpResponse<String> away = seen.see(visit.endpoint("/oauth2/start?rd=/"));
    String toProvider = away.headers().firstValue("location").orElseThrow();
    return seen.see(visit.endpoint(visit.callbackOf(toProvider, "alice")));
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A40 a session and a flow that were planted end with the victim's login, everywhere")
  void whatWasPlantedEndsWithTheVictimsLogin(Door door) throws Exception {
    Visit attacker = house.visit();
    attacker.logIn("bob");
    attacker.navigate("/evil");
    Asked attackers = Asked.with("/orders", SESSION + "=" + attacker.sessionCookie());
    house.doors.ask(door, attackers).assertIs("bob");

    visit.cookies().putAll(attacker.cookies());
    HttpResponse<String> in =
        visit.endpoint(visit.callbackOf(location("/oauth2/start?rd=/mine"), "alice"));
    assertLandsOn(in, "/mine");
    visit.keep(in);
    assertThat(attacker.cookies().values()).doesNotContain(visit.sessionCookie());
    for (Doors doors : List.of(house.doors, house.replicaDoors)) {
      doors.ask(door, Asked.with("/orders", visit.cookie())).assertIs("alice");
      doors.ask(door, attackers).assertNobody(401);
      doors.ask(door, attackers.navigation()).assertNobody(302);
    }
    assertThat(house.sessionCount()).isEqualTo(sessionsBefore + 1);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A42 while Redis refuses to delete a logout is 503, and the session goes on")
  void whileRedisRefusesToDeleteALogoutIs503(Door door) throws Exception {
    visit.logIn("alice");
    sessionsBefore = house.sessionCount();
    // With no replica to write to Redis answers reads and refuses writes: NOREPLICAS.
    house.raw.commands().configSet("min-replicas-to-write", "1");
    HttpResponse<String> answer = visit.confirmSignOut();
    assertNoSession(answer, 503);
    assertThat(answer.headers().allValues("set-cookie")).as("the cookie stays").isEmpty();
    assertThat(answer.body()).doesNotContainIgnoringCase("signed out");
    house.doors.ask(door, Asked.with("/orders", visit.cookie())).assertIs("alice");

    house.raw.commands().configSet("min-replicas-to-write", "0");
    assertThat(visit.confirmSignOut().statusCode()).isEqualTo(302);
    house.doors.ask(door, Asked.with("/orders", visit.cookie())).assertNobody(401);
  }

  /*
   * One of a mebibyte never becomes a request: its head is longer than any gateway's, 431. That the
   * room behind the door answers 400 is in CallbackTest, and so is a flow that has expired.
   */
  @Test
  @DisplayName("A43 a state that is missing, empty, wrong, too long or another browser's is 400")
  void aStateThatIsNotThisFlowsIs400() throws Exception {
    String callback = visit.callback("/orders", "alice");
    String id = flow().substring(FLOW.length());
    for (String wrong :
        List.of(
            without(callback, "state"),
            with(callback, "state", ""),
            with(callback, "state", id + "A".repeat(43)),
            with(callback, "state", "a".repeat(32 * 1024)))) {
      assertNoSession(visit.endpoint(wrong), 400);
    }
    HttpResponse<String> huge = visit.endpoint(with(callback, "state", "a".repeat(60 * 1024)));
    assertThat(huge.statusCode()).isIn(400, 414, 431);
    assertNoSession(house.visit().endpoint(callback), 400);
    assertThat(codesRedeemed()).isZero();
    assertLandsOn(visit.endpoint(callback), "/orders");
  }

  @Test
  @DisplayName("A44 a callback whose flow cookie is gone is 400, with a link to a fresh start")
  void aCallbackWhoseFlowCookieIsGoneOffersAFreshStart() throws Exception {
    String callback = visit.callback("/orders", "alice");
    visit.cookies().remove(flow());
    HttpResponse<String> answer = visit.endpoint(callback);
    assertNoSession(answer, 400);
    assertThat(answer.body()).contains("href=\"/oauth2/start\"");
    assertThat(codesRedeemed()).isZero();
    assertLandsOn(visit.endpoint(visit.callbackOf(location("/oauth2/start"), "alice")), "/");
  }

  private String location(String endpoint) throws Exception {
    HttpResponse<String> answer = visit.endpoint(endpoint);
    visit.keep(answer);
    return answer.headers().firstValue("location").orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "error=access_denied&error_description=%3Cscript%3Ealert(1)%3C/script%3E",
        "error=%3Cscript%3Ealert(1)%3C/script%3E",
        "error=access_denied&code=abc",
      })
  @DisplayName("A45 an error, alone or beside a code, is a page that repeats nothing foreign")
  void anErrorIsAPageThatRepeatsNothingForeign(String error) throws Exception {
    String callback = without(visit.callback("/orders", "alice"), "code");
    HttpResponse<String> answer = visit.endpoint(callback + "&" + error);
    assertNoSession(answer, 400);
    assertThat(answer.body()).doesNotContain("<script", "alert(1)");
    assertThat(answer.headers().firstValue("content-security-policy")).isPresent();
    assertThat(codesRedeemed()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"code=a", "state=a", "iss=a", "%63ode=a", "stat%65=a"})
  @DisplayName("A46 a callback that says code, state or iss twice is 400")
  void aCallbackThatSaysAnythingTwiceIs400(String more) throws Exception {
    assertNoSession(visit.endpoint(visit.callback("/orders", "alice") + "&" + more), 400);
    assertThat(codesRedeemed()).isZero();
  }

  @Test
  @DisplayName("A47 an iss that is wrong, or missing though it was announced, is 400")
  void anIssThatIsWrongOrMissingIs400() throws Exception {
    assertNoSession(visit.endpoint(without(visit.callback("/orders", "alice"), "iss")), 400);
    for (String wrong :
        List.of("https://evil.example", house.other.issuer(), house.provider.issuer() + "/")) {
      assertNoSession(visit.endpoint(with(visit.callback("/orders", "alice"), "iss", wrong)), 400);
    }
    assertThat(codesRedeemed()).isZero();
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A48 each login asks with S256, state and nonce of 256 bits, none of them twice")
  void eachLoginAsksWithItsOwnStateNonceAndChallenge(Door door) throws Exception {
    Set<String> values = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      Arrived away = house.doors.ask(door, Asked.get("/orders").navigation());
      away.assertNobody(302);
      String query = URI.create(away.all("location").getFirst()).getRawQuery();
      assertThat(query).contains("code_challenge_method=S256", "response_type=code");
      for (String name : List.of("state", "nonce", "code_challenge")) {
        String value = query.replaceAll("^.*(?<![a-z_])" + name + "=([^&]*).*$", "$1");
        assertThat(value).hasSizeGreaterThanOrEqualTo(43);
        assertThat(values.add(value)).as(name + " is new").isTrue();
      }
    }
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "/%5c/evil.example,             /",
    "/%2f%2fevil.example,           /",
    "//evil.example,                /",
    "/%09/evil.example,             /",
    "https:evil.example,            /",
    "https://evil.example,          /",
    "javascript:alert(1),           /",
    "/..//evil.example,             /",
    "/%0d%0alocation:%20//evil,     /",
    "/oauth2/sign_out,              /",
    "/.evil,                        /.evil",
    "/@evil.example,                /@evil.example",
    "/orders%3Fa%3D1,               /orders?a=1",
  })
  // spotless:on
  @DisplayName("A50 where a login ends is a path of this host, whatever it was asked to return to")
  void whereALoginEndsIsAPathOfThisHost(String wish, String page) throws Exception {
    String toProvider = location("/oauth2/start?rd=" + wish);
    HttpResponse<String> in = visit.endpoint(visit.callbackOf(toProvider, "alice"));
    assertLandsOn(in, page);
    assertThat(in.headers().allValues("location")).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(Door.class)
  @DisplayName("A51 a host that nobody configured is 400, and no host says the redirect_uri")
  void aHostThatNobodyConfiguredIs400(Door door) throws Exception {
    for (String host : List.of("evil.example", "localhost:8080.evil.example", "localhost")) {
      for (Asked asked : List.of(Asked.get("/orders"), Asked.get("/orders").navigation())) {
        Arrived arrived = house.doors.ask(door, host, asked);
        arrived.assertNobody(400);
        assertThat(arrived.all("set-cookie")).isEmpty();
      }
    }
    Asked forwarded = Asked.get("/orders", "x-forwarded-host: evil.example").navigation();
    Arrived away = house.doors.ask(door, "LOCALHOST:8080", forwarded);
    away.assertNobody(302);
    assertThat(away.all("location").getFirst())
        .contains("redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Foauth2%2Fcallback")
        .doesNotContain("evil");
  }

  @Test
  @DisplayName("A52 an attacker's code and state sign nobody in in a victim's browser")
  void anAttackersCodeSignsNobodyInInAVictimsBrowser() throws Exception {
    Visit attacker = house.visit();
    String callback = attacker.callback("/evil", "bob");
    assertNoSession(visit.endpoint(callback), 400);
    visit.navigate("/orders");
    assertNoSession(visit.endpoint(callback), 400);
    String id = flow().substring(FLOW.length());
    String state = callback.replaceAll(".*[?&]state=([^&]*).*", "$1");
    String underTheVictimsFlow = with(callback, "state", id + state.substring(id.length()));
    assertNoSession(visit.endpoint(underTheVictimsFlow), 400);
    assertThat(codesRedeemed()).isZero();
    assertThat(visit.sessionCookie()).isEmpty();
  }

  /** All 120 orders are in SeveralTabsTest; here some of them go all the way. */
  @ParameterizedTest
  @ValueSource(strings = {"01234", "43210", "24031"})
  @DisplayName("A53 five tabs that log in at once each land on their own page, in any order")
  void fiveTabsEachLandOnTheirOwnPage(String order) throws Exception {
    List<String> callbacks = new ArrayList<>();
    for (int tab = 0; tab < 5; tab++) {
      callbacks.add(visit.callback("/tab/" + tab, "alice"));
    }
    for (int i = 0; i < order.length(); i++) {
      char tab = order.charAt(i);
      HttpResponse<String> in = visit.endpoint(callbacks.get(tab - '0'));
      assertLandsOn(in, "/tab/" + tab);
      visit.keep(in);
      for (Door door : Door.values()) {
        house.doors.ask(door, Asked.with("/orders", visit.cookie())).assertIs("alice");
      }
    }
    assertThat(codesRedeemed()).isEqualTo(5);
    assertThat(house.sessionCount()).as("the last one is left").isEqualTo(sessionsBefore + 1);
  }

  @Test
  @DisplayName("A54 a callback that comes twice goes home with its session, without it is 400")
  void aCallbackThatComesTwiceGoesHomeWithItsSession() throws Exception {
    String callback = visit.callback("/orders", "alice");
    HttpResponse<String> in = visit.endpoint(callback);
    visit.keep(in);
    assertLandsOn(in, "/orders");
    assertLandsOn(visit.endpoint(callback), "/");
    sessionsBefore = house.sessionCount();
    assertNoSession(house.visit().endpoint(callback), 400);
    assertThat(codesRedeemed()).isEqualTo(1);
    house.doors.ask(Door.GRPC, Asked.with("/orders", visit.cookie())).assertIs("alice");
  }

  @Test
  @DisplayName("A54 callbacks that come at once get one session, from one token request")
  void callbacksThatComeAtOnceGetOneSession() throws Exception {
    String callback = visit.callback("/orders", "alice");
    Callable<HttpResponse<String>> click = () -> visit.endpoint(callback);
    try (ExecutorService clicks = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<HttpResponse<String>> each : clicks.invokeAll(Collections.nCopies(8, click))) {
        assertThat(each.get().statusCode()).isIn(302, 400);
        each.get()
            .headers()
            .allValues("set-cookie")
            .forEach(cookie -> assertThat(cookie).startsWith(SESSION));
      }
    }
    assertThat(codesRedeemed()).isEqualTo(1);
    assertThat(house.sessionCount()).isEqualTo(sessionsBefore + 1);
  }
}
