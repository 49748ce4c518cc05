package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.limen.check.CheckRequest;
import dev.limen.config.ConfigException;
import dev.limen.config.DefaultsConfig;
import dev.limen.config.Requirement;
import dev.limen.config.RouteConfig;
import dev.limen.config.RouteConfig.Mode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which request needs what. */
@NullMarked
class RouteTableTest {
  /** Written {@code mode hosts path methods}, with {@code -} for none and commas between. */
  private static RouteConfig route(String text) {
    String[] parts = text.split(" +");
    return new RouteConfig(
        "",
        new RouteConfig.Match(list(parts[1]), parts[2], list(parts[3])),
        Mode.valueOf(parts[0].toUpperCase(java.util.Locale.ROOT)),
        null,
        RouteConfig.Preflight.CHECK,
        null,
        Requirement.NONE);
  }

  private static DefaultsConfig byDefault(Mode mode) {
    return new DefaultsConfig(mode, "main", "default");
  }

  private static List<String> list(String text) {
    return text.equals("-") ? List.of() : List.of(text.split(","));
  }

  private static Mode ask(RouteTable table, String method, String host, String path) {
    CheckRequest request = Requests.get(path).method(method).host(host).build();
    HostName name = Objects.requireNonNull(HostName.of(request));
    Route route =
        table.routeOf(request, name, NormalPath.of(request.bytes(), request.target().path()));
    return Objects.requireNonNull(route).mode();
  }

  private static Mode ask(String routes, String method, String host, String path) {
    List<RouteConfig> list =
        List.of(routes.split(";")).stream().map(RouteTableTest::route).toList();
    return ask(new RouteTable(list, byDefault(Mode.LOGIN)), method, host, path);
  }

  @ParameterizedTest
  @CsvSource({
    "/public/x, PUBLIC",
    "/public/, PUBLIC",
    "/public/a/b?c=/../d, PUBLIC",
    "/public, LOGIN",
    "/public., LOGIN",
    "/publicity/x, LOGIN",
    "/PUBLIC/x, LOGIN",
    "/public/x%20, LOGIN",
    "/public/../admin, LOGIN",
    "/public/./x, LOGIN",
    "/public//x, LOGIN",
    "//public/x, LOGIN",
    "/public/..;/admin, LOGIN",
    "/public;x/y, LOGIN",
    "/public/%252e%252e%252fadmin, LOGIN",
    "/public/%c0%ae%c0%ae/admin, LOGIN",
    "/public/%e2%88%95admin, LOGIN",
    "/api/private/secret?x=/public/, LOGIN",
  })
  void aPrefixTakesWholeSegmentsOfPlainPathsAndNothingElse(String path, Mode mode) {
    assertThat(ask("public - /public/* -", "GET", "a.example", path)).isEqualTo(mode);
  }

  @ParameterizedTest
  @CsvSource({"GET, PUBLIC", "HEAD, LOGIN", "POST, LOGIN", "get, LOGIN", "OPTIONS, LOGIN"})
  void aNamedMethodIsThatMethodOnly(String method, Mode mode) {
    assertThat(ask("public - /public/* GET", method, "a.example", "/public/x")).isEqualTo(mode);
  }

  @ParameterizedTest
  @CsvSource({
    "Shop.Example.COM.:80, PUBLIC",
    "shop.example.com:8080, PUBLIC",
    "shop.example.com.evil.example, LOGIN",
    "evilshop.example.com, LOGIN",
    "example.com, LOGIN",
  })
  void anExactHostIsThatHostInAnySpellingAndOnAnyPort(String host, Mode mode) {
    assertThat(ask("public shop.example.com /* -", "GET", host, "/x")).isEqualTo(mode);
  }

  @ParameterizedTest
  @CsvSource({
    "a.example.com, PUBLIC",
    "a.b.example.com:81, PUBLIC",
    "example.com, LOGIN",
    "aexample.com, LOGIN",
    "a.example.com.evil.example, LOGIN",
  })
  void aWildcardIsEveryHostBelowByLabels(String host, Mode mode) {
    assertThat(ask("public *.example.com /* -", "GET", host, "/x")).isEqualTo(mode);
  }

  @ParameterizedTest
  @CsvSource({"a.example:8080, PUBLIC", "a.example:8081, LOGIN", "a.example, LOGIN"})
  void aHostWithAPortIsThatPortOnly(String host, Mode mode) {
    assertThat(ask("public a.example:8080 /* -", "GET", host, "/x")).isEqualTo(mode);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // The exact host wins over the wildcard, the longer wildcard over the shorter, any is last.
        "login a.example.com /* -;public *.example.com /* -;public - /* -  | GET | /x     | LOGIN",
        "public a.example.com /* -;login *.example.com /* -;login - /* -   | GET | /x     | PUBLIC",
        "public *.example.com /* -;login *.com /x -                        | GET | /x     | PUBLIC",
        "login *.example.com /x -;public - /x GET                          | GET | /x     | LOGIN",
        "login a.example.com:80 /* -;public a.example.com /x GET           | GET | /x     | LOGIN",
        // The exact path wins over the prefix, the longer prefix over the shorter.
        "public - /a/b -;login - /a/* -                                    | GET | /a/b   | PUBLIC",
        "public - /a/* -;login - /a/b/* -                                  | GET | /a/b/c | LOGIN",
        "login - /a/* -;public - /a/b/* -                                  | GET | /a/b/c | PUBLIC",
        // A named method wins over any.
        "public - /a GET;login - /a -                                      | GET | /a     | PUBLIC",
        "public - /a GET;login - /a -                                      | PUT | /a     | LOGIN",
        // A host whose routes all differ falls back to the less specific one.
        "login a.example.com /b -;public - /a -                            | GET | /a     | PUBLIC",
      })
  void theMostSpecificWins(String routes, String method, String path, Mode mode) {
    assertThat(ask(routes, method, "a.example.com", path)).isEqualTo(mode);
  }

  @ParameterizedTest
  @DisplayName("A18: a star is one segment, or a run of characters within one")
  @CsvSource({
    "/api/*/status, /api/a/status, PUBLIC",
    "/api/*/status, /api/a/b/status, LOGIN",
    "/api/*/status, /api//status, LOGIN",
    "/api/*/status, /api/a/status/, LOGIN",
    "/api/*/status, /api/a/statuses, LOGIN",
    "/api/*/status, /api/private/secret?x=/status, LOGIN",
    "/report-*.pdf, /report-1.pdf, PUBLIC",
    "/report-*.pdf, /report-.pdf, PUBLIC",
    "/report-*.pdf, /report.pdf, LOGIN",
    "/report-*.pdf, /report-1.pdf.exe, LOGIN",
    "/report-*.pdf, /report-1/x.pdf, LOGIN",
    "/a*a, /a, LOGIN",
    "/a*a, /aa, PUBLIC",
    "/*/b/*, /x/b/c/d, PUBLIC",
    "/*/b/*, /x/b/, PUBLIC",
    "/*/b/*, /x/b, LOGIN",
  })
  void aStarStaysWithinItsSegment(String pattern, String path, Mode mode) {
    assertThat(ask("public - " + pattern + " -", "GET", "a.example", path)).isEqualTo(mode);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "login - /a/b/* -;public - /a/*/c -        | /a/b/c   | LOGIN",
        "login - /a/*/c -;public - /a/b/d -        | /a/b/c   | LOGIN",
        "login - /a/*/c -;public - /a/b/d -        | /a/b/d   | PUBLIC",
        "login - /x*/c -;public - /xy*/c -         | /xyz/c   | PUBLIC",
        "public - /*/c -;login - /a/* -            | /a/c     | LOGIN",
        "public - /*/c -;login - /* -              | /a/c     | PUBLIC",
      })
  void theMoreLiteralSegmentWinsFromTheLeft(String routes, String path, Mode mode) {
    assertThat(ask(routes, "GET", "a.example", path)).isEqualTo(mode);
  }

  @ParameterizedTest
  @DisplayName("A07: a path that means another route when it is decoded once more is no question")
  @ValueSource(
      strings = {
        "/%2561dmin/x",
        "/x/%252e%252e/admin/y",
        "/%25252561dmin/x",
        "/x%253b/..%255cadmin/y"
      })
  void aPathWhoseRouteDependsOnHowOftenItIsDecodedHasNone(String path) {
    RouteTable table = new RouteTable(List.of(route("deny - /admin/* -")), byDefault(Mode.LOGIN));
    CheckRequest request = Requests.get(path).host("a.example").build();
    NormalPath judged = NormalPath.of(request.bytes(), request.target().path());
    HostName host = Objects.requireNonNull(HostName.of(request));
    assertThat(table.routeOf(request, host, judged)).isNull();
    assertThat(ask(table, "GET", "a.example", "/%2562/x")).isEqualTo(Mode.LOGIN);
    assertThat(ask(table, "GET", "a.example", "/admin/%2561")).isEqualTo(Mode.DENY);
  }

  @Test
  @DisplayName("A18: matching is linear in the path")
  void sixtyFourKibibytesAreMatchedInAMillisecond() {
    List<RouteConfig> routes = new ArrayList<>();
    for (String path : List.of("/a*a/x", "/*/*/*/*/b", "/a/a/a/*", "/*a/*a/*a/c", "/x/*")) {
      routes.add(route("public - " + path + " -"));
    }
    RouteTable table = new RouteTable(routes, byDefault(Mode.LOGIN));
    for (String unit : List.of("/a", "a", "/", "%25", "%2525", ";/..")) {
      CheckRequest request =
          Requests.get("/" + unit.repeat(65_536 / unit.length())).host("a.example").build();
      HostName host = Objects.requireNonNull(HostName.of(request));
      long best = Long.MAX_VALUE;
      for (int i = 0; i < 400; i++) {
        NormalPath path = NormalPath.of(request.bytes(), request.target().path());
        long before = System.nanoTime();
        Route _ = table.routeOf(request, host, path);
        best = Math.min(best, System.nanoTime() - before);
      }
      assertThat(best).as(unit).isLessThan(1_000_000);
    }
  }

  @Test
  void aRouteIsCalledByItsNameOrByWhatItMatches() {
    RouteConfig named =
        new RouteConfig(
            "static",
            new RouteConfig.Match(List.of(), "/s/*", List.of()),
            Mode.PUBLIC,
            "other",
            RouteConfig.Preflight.PASS,
            null,
            Requirement.NONE);
    RouteTable table =
        new RouteTable(
            List.of(named, route("login a.example,b.example /x/* GET,HEAD")),
            byDefault(Mode.LOGIN));
    assertThat(routeOf(table, "/s/1"))
        .extracting(Route::name, Route::mode, Route::provider, Route::passesPreflight)
        .containsExactly("static", Mode.PUBLIC, "other", true);
    assertThat(routeOf(table, "/x/1"))
        .extracting(Route::name, Route::mode, Route::provider, Route::passesPreflight)
        .containsExactly("GET,HEAD a.example,b.example/x/*", Mode.LOGIN, "main", false);
    assertThat(routeOf(table, "/y"))
        .extracting(Route::name, Route::mode, Route::provider, Route::passesPreflight)
        .containsExactly("default", Mode.LOGIN, "main", false);
  }

  private static Route routeOf(RouteTable table, String path) {
    CheckRequest request = Requests.get(path).host("a.example").build();
    HostName host = Objects.requireNonNull(HostName.of(request));
    return Objects.requireNonNull(
        table.routeOf(request, host, NormalPath.of(request.bytes(), request.target().path())));
  }

  @Test
  void aRouteThatNoRequestReachesStopsTheStart() {
    assertRefused(
        new RouteConfig(
            "default",
            new RouteConfig.Match(List.of(), "/x", List.of()),
            Mode.LOGIN,
            null,
            RouteConfig.Preflight.CHECK,
            null,
            Requirement.NONE),
        "routes[0].name: found default, expected a name that no other route has");
    assertRefused(
        route("login - /x CONNECT"),
        "routes[0].match.methods: found CONNECT, expected methods that are checked; CONNECT never"
            + " is");
    assertRefused(
        new RouteConfig(
            "",
            new RouteConfig.Match(List.of(), "/x", List.of("GET")),
            Mode.LOGIN,
            null,
            RouteConfig.Preflight.PASS,
            null,
            Requirement.NONE),
        "routes[0].preflight: found pass, expected a route for OPTIONS, which is what a preflight"
            + " is");
  }

  private static void assertRefused(RouteConfig route, String message) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> new RouteTable(List.of(route), byDefault(Mode.LOGIN)))
        .withMessage(message);
  }

  @Test
  void theOrderOfRoutesNeverMatters() {
    List<RouteConfig> routes = new ArrayList<>();
    for (String host : List.of("-", "a.example", "*.example", "a.example:80")) {
      for (String path : List.of("/*", "/a", "/a/*", "/a/b/*", "/a/b")) {
        for (String method : List.of("-", "GET")) {
          String mode = (host + path + method).hashCode() % 2 == 0 ? "public " : "login ";
          routes.add(route(mode + host + " " + path + " " + method));
        }
      }
    }
    RouteTable first = new RouteTable(routes, byDefault(Mode.LOGIN));
    for (int seed = 0; seed < 50; seed++) {
      Collections.shuffle(routes, new Random(seed));
      RouteTable other = new RouteTable(routes, byDefault(Mode.LOGIN));
      for (String host : List.of("a.example", "a.example:81", "b.example", "c")) {
        for (String path : List.of("/", "/a", "/a/", "/a/b", "/a/b/c", "/x")) {
          for (String method : List.of("GET", "PUT")) {
            assertThat(ask(other, method, host, path))
                .as("seed %s: %s %s%s", seed, method, host, path)
                .isEqualTo(ask(first, method, host, path));
          }
        }
      }
    }
  }

  @Test
  @DisplayName("A18: two routes for the same stop the start, and both are named")
  void twoRoutesForTheSameStopTheStartAndBothAreNamed() {
    List<RouteConfig> routes =
        List.of(
            route("public - /x -"),
            route("public a.example,b.example /a/* GET,HEAD"),
            route("login c.example,b.example /a/* HEAD"));
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> new RouteTable(routes, byDefault(Mode.LOGIN)))
        .withMessage(
            "routes[2].match: found host b.example, path /a/*, method HEAD, expected each host,"
                + " path and method once; routes[1].match has it too");
  }

  @ParameterizedTest
  @DisplayName("A18: a pattern that no plain request meets stops the start, and is named")
  @ValueSource(
      strings = {
        "/a**",
        "/a/*b*",
        "/a/**",
        "/a//*",
        "/a/../b",
        "/a/./b",
        "//a",
        "/a//b",
        "/a;b",
        "/a%20b",
        "/a?b",
        "/a#b",
        "/a\\b",
        "/a/b|c",
        "/(a+)+$^",
        "/..",
      })
  void aPathThatNoPlainRequestHasStopsTheStart(String path) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () -> new RouteTable(List.of(route("public - " + path + " -")), byDefault(Mode.LOGIN)))
        .withMessageContaining("match.path: found " + path);
  }

  @Test
  @DisplayName("A18: nothing in a pattern but a star stands for anything else than itself")
  void whatLooksLikeAnExpressionIsItself() {
    RouteTable table = new RouteTable(List.of(route("public - /(a+)+$ -")), byDefault(Mode.LOGIN));
    assertThat(ask(table, "GET", "a.example", "/(a+)+$")).isEqualTo(Mode.PUBLIC);
    assertThat(ask(table, "GET", "a.example", "/aa")).isEqualTo(Mode.LOGIN);
  }

  @Test
  void whatNoRouteMatchesNeedsTheDefaultButAnUnclearPathIsNeverPublic() {
    RouteTable table = new RouteTable(List.of(route("login - /a -")), byDefault(Mode.PUBLIC));
    assertThat(ask(table, "GET", "x", "/b")).isEqualTo(Mode.PUBLIC);
    assertThat(ask(table, "GET", "x", "/a")).isEqualTo(Mode.LOGIN);
    assertThat(ask(table, "GET", "x", "/b/../b")).isEqualTo(Mode.LOGIN);
    assertThat(ask(table, "GET", "x", "/%61")).isEqualTo(Mode.LOGIN);
  }
}
