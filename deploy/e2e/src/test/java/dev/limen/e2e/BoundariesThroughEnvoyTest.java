package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import dev.limen.demo.run.AccessLog;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Loopback;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the shipped gateway files and Limen hold together, seen from a client and from the service.
 *
 * <p>Invariant: one Envoy and one Limen for each dialect; only the last test takes Limen away.
 */
@ParameterizedClass(name = "{0}, {1}")
@MethodSource("gateways")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BoundariesThroughEnvoyTest
    implements PathsThroughEnvoy, IdentityThroughEnvoy, AnswersThroughEnvoy {
  private static final String PLANTED = "planted-by-the-client";
  private static final String ACCESS_TOKEN = "x-auth-request-access-token";
  private static final String EXT_AUTHZ = "http.ingress.ext_authz.limen.";
  private static final String[] SPOOFED = {
    "x-auth-request-user: " + PLANTED,
    "X-Auth-Request-User: " + PLANTED,
    "X-AUTH-REQUEST-EMAIL: " + PLANTED,
    "x-auth-request-groups: " + PLANTED,
    "x-auth-request-groups: " + PLANTED,
    "x-auth-request-preferred-username: " + PLANTED,
    "x-auth-request-access-token: " + PLANTED,
    "x-auth-request-never-heard-of: " + PLANTED,
    "x-report-user: " + PLANTED,
    "X-Report-Groups: " + PLANTED
  };

  // Set before each invocation of the class, which NullAway does not know as an initializer.
  @SuppressWarnings("NullAway.Init")
  private static Boundaries at;

  // Likewise.
  @SuppressWarnings("NullAway.Init")
  private static Visitor alice;

  private final Mode mode;
  private final Release release;

  BoundariesThroughEnvoyTest(Mode mode, Release release) {
    this.mode = mode;
    this.release = release;
  }

  /** Both dialects, of all releases; but for the one that is known to be broken. */
  static List<Arguments> gateways() {
    return Stream.concat(Stream.of(Release.OWN), Release.others())
        .flatMap(release -> Stream.of(Mode.values()).map(mode -> Arguments.of(mode, release)))
        .filter(
            each -> !List.of(each.get()).equals(List.of(Mode.HTTP, new Release(Release.BROKEN))))
        .toList();
  }

  @Override
  public Mode mode() {
    return mode;
  }

  @Override
  public Boundaries at() {
    return at;
  }

  @Override
  public boolean cutsPages() {
    return release.cutsPages();
  }

  @Override
  public Visitor alice() {
    return alice;
  }

  @Override
  public Visitor aliceAtTheBareDoor() throws IOException {
    return alice.at(Door.BARE.port());
  }

  @BeforeParameterizedClassInvocation
  static void open(Mode mode, Release release) throws IOException {
    at = Boundaries.open(mode, release);
    alice = Visitor.signedIn("alice");
  }

  @AfterParameterizedClassInvocation
  static void close() throws IOException {
    at.close();
  }

  /** With {@code ./limen test --long} that is one release of each line since 1.36. */
  @Test
  @DisplayName("C136 all of this holds with the release of Envoy that was asked for")
  void theReleaseIsTheOneThatWasAskedFor() throws IOException {
    String version = new Loopback(Ports.ENVOY_ADMIN).get("/server_info").text();
    assertThat(release.version() == null || version.contains("/" + release.version() + "/"))
        .as(version.lines().filter(line -> line.contains("version")).toList().toString())
        .isTrue();
  }

  @Test
  @DisplayName("C3 C5 a navigation without session is sent to sign in; cookies arrive as lines")
  void aNavigationIsSentToSignIn() throws IOException {
    Visitor visitor = new Visitor();
    Reply first = visitor.navigate("/orders");
    assertThat(first.status()).isEqualTo(302);
    assertThat(first.header("location")).startsWith("http://127.0.0.1:8080/realms/limen/");
    assertThat(first.header("cache-control")).contains("no-store");
    assertThat(first.all("set-cookie")).hasSize(1);
    for (int i = 1; i < 8; i++) {
      visitor.navigate("/orders");
    }
    assertThat(visitor.navigate("/orders").all("set-cookie")).hasSizeGreaterThan(1);
  }

  @Test
  @DisplayName("C4 C16 C18 what is no navigation gets 401 and a JSON problem, never 302 or 5xx")
  void whatIsNoNavigationGets401() throws IOException {
    Visitor nobody = new Visitor();
    Reply fetched = nobody.get("/orders", "sec-fetch-mode: cors");
    assertThat(fetched.status()).isEqualTo(401);
    assertThat(fetched.header("content-type")).contains("json");
    assertThat(nobody.ask("POST", "/orders").status()).isEqualTo(401);
    Reply head = nobody.ask("HEAD", "/orders");
    assertThat(head.status()).isEqualTo(401);
    assertThat(head.body()).isEmpty();
    Visitor ended = new Visitor();
    ended.cookies().put("__Host-limen", "0".repeat(50));
    assertThat(ended.ask("POST", "/orders").status()).isEqualTo(401);
    assertThat(nobody.get("/closed/x").status()).isEqualTo(403);
  }

  @Test
  @DisplayName("C1 C6 C7 C128 an allow reaches the service and sets no cookie of Limen's")
  void anAllowSetsNoCookie() throws IOException {
    for (String path : List.of("/orders", "/either/x", "/public/x", "/public/optional/x")) {
      Reply reply = alice.get(path);
      assertThat(reply.status()).as(path).isEqualTo(200);
      assertThat(reply.all("set-cookie")).as(path).isEmpty();
    }
    assertThat(Visitor.arrived(alice.get("/public/optional/x"), "x-auth-request-user")).hasSize(1);
    assertThat(Visitor.arrived(alice.get("/public/x"), "x-auth-request-user")).isEmpty();
  }

  @Test
  @DisplayName("C8 C10 C124 C133 identity that a client plants never arrives, asked or not asked")
  void plantedIdentityNeverArrives() throws IOException {
    Visitor nobody = new Visitor();
    for (String path : List.of("/orders", "/reports/x", "/either/x", "/public/optional/x")) {
      List<String> arrived = Visitor.arrived(alice.get(path, SPOOFED));
      assertThat(arrived).as(path).noneMatch(line -> line.contains(PLANTED));
      assertThat(arrived).noneMatch(line -> line.startsWith("x-envoy-auth-headers-to-remove"));
      assertThat(arrived).noneMatch(line -> line.startsWith("x-limen-"));
    }
    for (String path : List.of("/public/x", "/public/optional/x")) {
      List<String> arrived = Visitor.arrived(nobody.get(path, SPOOFED));
      assertThat(arrived).as(path).noneMatch(line -> line.contains(PLANTED));
    }
    long before = checks();
    assertThat(nobody.get("/oauth2/userinfo", SPOOFED).status()).isEqualTo(401);
    Request atProvider = Request.get(Visitor.PROVIDER, "/realms/limen/planted");
    nobody.send(Visitor.with(atProvider, SPOOFED));
    assertThat(checks()).isEqualTo(before);
    assertThat(at.stage.provider().log().entries().stream())
        .filteredOn(entry -> entry.toString().contains("planted"))
        .isNotEmpty()
        .noneMatch(entry -> entry.planted());
    List<String> other = Visitor.arrived(alice.get("/orders", "x-unrelated: kept"));
    assertThat(other).contains("x-unrelated: kept");
  }

  @Test
  void aNameWithAnUnderscoreIsRefused() throws IOException {
    for (String name : List.of("x_auth_request_user", "X-Auth_Request-User")) {
      for (String path : List.of("/orders", "/public/x", "/oauth2/userinfo")) {
        assertThat(alice.get(path, name + ": " + PLANTED).status()).as(path).isEqualTo(400);
      }
    }
  }

  @Test
  @DisplayName("C130 C131 Limen's cookie is found and taken out; all else is left byte for byte")
  void onlyLimensOwnCookiesAreTakenOut() throws IOException {
    Visitor nobody = new Visitor();
    String session = "__Host-limen=" + alice.session();
    Reply one =
        nobody.get(
            "/orders", "cookie: a=\"1 2\"; " + session + "; b==x; __Host-limen-flow-AAAAAA=z");
    assertThat(String.join("; ", Visitor.arrived(one, "cookie"))).isEqualTo("a=\"1 2\"; b==x");
    Reply two = nobody.get("/orders", "cookie: a=1", "cookie: " + session);
    assertThat(String.join("; ", Visitor.arrived(two, "cookie"))).isEqualTo("a=1");
    assertThat(alice.get("/orders", "x-odd: \u00ff").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("C134 a token by itself: accepted 200, none 401 and a challenge, too little 403")
  void anAccessTokenByItself() throws IOException {
    Visitor nobody = new Visitor();
    String token = Visitor.arrived(alice.get("/orders"), ACCESS_TOKEN).getFirst();
    String bearer = "authorization: Bearer " + token;
    Reply passed = nobody.get("/api/x", bearer);
    assertThat(Visitor.arrived(passed, ACCESS_TOKEN)).containsExactly(token);
    assertThat(nobody.get("/either/x", bearer).status()).isEqualTo(200);
    Reply none = nobody.get("/api/x");
    assertThat(none.status()).isEqualTo(401);
    assertThat(none.header("www-authenticate")).startsWith("Bearer");
    Reply wrong = nobody.get("/api/x", bearer.substring(0, bearer.length() - 8) + "AAAAAAAA");
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.header("www-authenticate")).contains("invalid_token");
    Reply little = nobody.get("/api/ops/x", bearer);
    assertThat(little.status()).isEqualTo(403);
    assertThat(little.header("www-authenticate")).contains("insufficient_scope");
    // The gateway's own rule, behind Limen's allow: bob lacks the role.
    assertThat(Visitor.signedIn("bob").get("/orders").status()).isEqualTo(403);
  }

  @Test
  void aRuleRefusesAndTheSessionStays() throws IOException {
    Reply refused = alice.get("/ops/x");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.all("set-cookie")).isEmpty();
    assertThat(alice.get("/orders").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("C22 an upgrade is asked for once: 401 without a session, else on to the service")
  void anUpgradeIsAskedForOnce() throws IOException {
    String[] upgrade = {
      "connection: upgrade",
      "upgrade: websocket",
      "sec-websocket-version: 13",
      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="
    };
    long before = checks();
    assertThat(new Visitor().get("/orders", upgrade).status()).isEqualTo(401);
    assertThat(checks()).isEqualTo(before + 1);
  }

  @Test
  @DisplayName("C23 a preflight passes where its route says so, and is 401 elsewhere, never 302")
  void aPreflightPassesByRule() throws IOException {
    String[] preflight = {"origin: https://app.example.com", "access-control-request-method: PUT"};
    Visitor nobody = new Visitor();
    Reply passed = nobody.ask("OPTIONS", "/api/x", preflight);
    assertThat(Visitor.arrived(passed, "x-auth-request-user")).isEmpty();
    assertThat(nobody.ask("OPTIONS", "/orders", preflight).status()).isEqualTo(401);
  }

  @Test
  @DisplayName("C24 a gRPC client without session sees grpc-status 16: Envoy translates the 401")
  void aGrpcClientSeesUnauthenticated() throws IOException {
    Reply reply = new Visitor().ask("POST", "/orders", "content-type: application/grpc");
    assertThat(reply.header("grpc-status")).isEqualTo("16");
  }

  @Test
  @DisplayName("C26 Envoy's access log says who, and over gRPC also why not")
  void theAccessLogSaysWhoAndWhy() throws IOException {
    AccessLog.Said allowed = said(alice.get("/either/x"));
    String subject = Visitor.arrived(alice.get("/orders"), "x-auth-request-user").getFirst();
    assertThat(allowed.subject()).isEqualTo(subject);
    assertThat(allowed.route()).isEqualTo("either");
    assertThat(allowed.reason()).isEqualTo("allowed");
    assertThat(allowed.provider()).isEqualTo("main");
    assertThat(allowed.session()).isNotEqualTo("-");
    AccessLog.Said refused = said(alice.get("/ops/x"));
    if (mode == Mode.HTTP) {
      // Envoy takes metadata from the headers of an allow alone.
      assertThat(refused).isEqualTo(AccessLog.Said.NOTHING);
    } else {
      assertThat(refused.route()).isEqualTo("ops");
      assertThat(refused.reason()).isEqualTo("role_missing");
      assertThat(refused.rule()).isNotEqualTo("-");
      assertThat(refused.subject()).isEqualTo(subject);
    }
    assertThat(alice.get("/orders").headers())
        .noneMatch(header -> header.name().startsWith("x-limen-"));
  }

  @Test
  void aProfilesHeaderArrivesWhereTheGatewaysListNamesIt() throws IOException {
    Reply reply = alice.get("/reports/x", SPOOFED);
    assertThat(Visitor.arrived(reply, "x-report-user")).containsExactly("alice");
    List<String> unlisted = mode == Mode.HTTP ? List.of() : List.of("staff");
    assertThat(Visitor.arrived(reply, "x-report-groups")).isEqualTo(unlisted);
    assertThat(Visitor.arrived(alice.get("/orders", SPOOFED), "x-report-user")).isEmpty();
  }

  @Test
  @DisplayName("C125 nothing that an account holds is a 500: it is encoded, left out, or a 403")
  void nothingThatAnAccountHoldsIsA500() throws IOException {
    List<String> arrived = Visitor.arrived(Visitor.signedIn("zoe").get("/orders"));
    assertThat(arrived).noneMatch(line -> line.startsWith("x-injected"));
    Visitor crowd = Visitor.signedIn("crowd");
    Reply refused = crowd.get("/orders");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(crowd.session()).isNotNull();
  }

  @Test
  @DisplayName("C127 a check for one of Limen's own addresses is a page, and never an allow")
  void aPageOfTheCheckIsSeen() throws IOException {
    Reply page = alice.navigate("/oauth2");
    assertThat(page.status()).isEqualTo(404);
    assertThat(page.header("content-type")).startsWith("text/html");
  }

  @Test
  void theServiceReceivesWhatTheReadmeSays() throws IOException {
    Map<String, String> claims =
        Map.of(
            "x-auth-request-email", "alice@example.com",
            "x-auth-request-preferred-username", "alice",
            "x-auth-request-groups", "staff");
    List<String> arrived = Visitor.arrived(alice.get("/orders", SPOOFED));
    List<String> named = headersOfTheReadme();
    assertThat(named).contains("authorization", ACCESS_TOKEN).containsAll(claims.keySet());
    for (String name : named) {
      List<String> values = arrived.stream().filter(line -> line.startsWith(name + ": ")).toList();
      assertThat(values).as(name).hasSize(1);
      String claim = claims.get(name);
      assertThat(claim == null || values.getFirst().equals(name + ": " + claim)).as(name).isTrue();
    }
    assertThat(arrived.stream().map(line -> line.split(": ", 2)[0]))
        .filteredOn(name -> name.startsWith("x-auth-request-"))
        .isSubsetOf(named);
  }

  @Test
  @DisplayName("C137 two hundred at once, two workers: each gets its own answer")
  void twoHundredAtOnce() throws Exception {
    Visitor nobody = new Visitor();
    String session = "cookie: __Host-limen=" + alice.session();
    List<Future<Integer>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        String[] lines = i % 2 == 0 ? new String[] {session} : new String[0];
        answers.add(threads.submit(() -> nobody.get("/orders", lines).status()));
      }
    }
    for (int i = 0; i < answers.size(); i++) {
      assertThat(answers.get(i).get()).isEqualTo(i % 2 == 0 ? 200 : 401);
    }
  }

  private static List<String> headersOfTheReadme() throws IOException {
    List<String> names = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(Layout.find().root().resolve("README.md"))) {
      inside = line.startsWith("|") && (inside || line.startsWith("| Header |"));
      if (inside && line.startsWith("| `")) {
        for (String name : line.split("\\|")[1].replace("`", "").split(",")) {
          names.add(name.strip().toLowerCase(Locale.ROOT));
        }
      }
    }
    return names;
  }

  @Test
  @Order(Integer.MAX_VALUE)
  @DisplayName("C19 without Limen every checked path is 503, and no cookie is touched")
  void withoutLimenNothingPasses() throws IOException {
    at.stage.limen().close();
    for (String path : List.of("/orders", "/public/x", "/api/x")) {
      Reply reply = alice.get(path);
      assertThat(reply.status()).as(path).isEqualTo(503);
      assertThat(reply.all("set-cookie")).isEmpty();
    }
    assertThat(alice.session()).isNotNull();
  }

  private static AccessLog.Said said(Reply reply) {
    String id = Objects.requireNonNull(reply.header("x-request-id"), "not Envoy's answer");
    AccessLog.Line line = at.envoy.accessLog().await(id, Duration.ofSeconds(5));
    return Objects.requireNonNull(line, "no line in Envoy's log").said();
  }

  private static long checks() {
    return at.envoy.counter(EXT_AUTHZ + "ok") + at.envoy.counter(EXT_AUTHZ + "denied");
  }
}
