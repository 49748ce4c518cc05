package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.config.DefaultsConfig;
import dev.limen.config.Requirement;
import dev.limen.config.RouteConfig;
import dev.limen.config.RouteConfig.Mode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The route table says what a slow reading of the routes says: every route tried on every request,
 * by splitting and comparing text, the most specific of those that match taken.
 *
 * <p>Invariant: the slow reading shares no code with the table but the judged path.
 */
@NullMarked
class RouteDifferentialTest {
  private static final int TABLES = 2_000;
  private static final int REQUESTS_PER_TABLE = 500;

  private static final String[] HOSTS = {
    "a.example", "b.example", "a.b.example", "*.example", "*.b.example", "a.example:8080", "*.x"
  };
  private static final String[] ASKED_HOSTS = {
    "a.example", "A.Example.:80", "a.example:8080", "b.example", "a.b.example", "c.d.example", "y.x"
  };
  private static final String[] SEGMENTS = {"a", "b", "ab", "*", "a*", "*b", "a*b", "abc", ""};
  private static final String[] ASKED_SEGMENTS = {
    "a", "b", "ab", "aab", "abc", "abb", "c", "", ".", "..", "a;x", "%61", "%2561", "%252e%252e"
  };
  private static final String[] METHODS = {"GET", "POST", "PUT"};

  private final RandomGenerator random =
      RandomGeneratorFactory.of("Xoroshiro128PlusPlus").create(20261126);

  private int matched;
  private int ambiguous;

  @Test
  void aMillionVerdictsAreThoseOfASlowReading() {
    assertThat(differences(TABLES, pattern -> pattern)).isEmpty();
    // A differential test of nothing but defaults would hold too.
    assertThat(matched).isGreaterThan(TABLES * REQUESTS_PER_TABLE / 5);
    assertThat(ambiguous).isGreaterThan(1_000);
  }

  @Test
  void aPlantedOffByOneIsFound() {
    // The table reads one segment more than is written: /a/* as /a/*/*, as if it counted from one.
    assertThat(differences(20, pattern -> pattern.endsWith("/*") ? pattern + "/*" : pattern))
        .isNotEmpty();
    // The table reads one character less of the text before a star.
    assertThat(differences(20, pattern -> pattern.replace("a*", "*"))).isNotEmpty();
  }

  /** Where the table and the slow reading differ, at most ten of them. */
  private List<String> differences(int tables, UnaryOperator<String> asCompiled) {
    List<String> differences = new ArrayList<>();
    for (int t = 0; t < tables; t++) {
      List<RouteConfig> routes = routes();
      Mode mode = random.nextBoolean() ? Mode.LOGIN : Mode.PUBLIC;
      RouteTable table = compiled(routes, mode, asCompiled);
      for (int r = 0; r < REQUESTS_PER_TABLE && differences.size() < 10; r++) {
        CheckRequest request =
            Requests.get(askedPath()).host(one(ASKED_HOSTS)).method(one(METHODS)).build();
        HostName host = Objects.requireNonNull(HostName.of(request));
        NormalPath path = NormalPath.of(request.bytes(), request.target().path());
        Route found = table.routeOf(request, host, path);
        String said = found == null ? "ambiguous" : found.name() + " " + found.mode();
        String expected = slow(routes, mode, request, host, path);
        if (!said.equals(expected)) {
          String method = request.text(request.target().method());
          differences.add(method + " " + host + path + " " + said + " " + expected + routes);
        }
        ambiguous += found == null ? 1 : 0;
        matched += found != null && !found.name().equals(Route.DEFAULT) ? 1 : 0;
      }
    }
    return differences;
  }

  private static RouteTable compiled(
      List<RouteConfig> routes, Mode mode, UnaryOperator<String> asCompiled) {
    Set<String> seen = new LinkedHashSet<>();
    List<RouteConfig> read = new ArrayList<>();
    for (RouteConfig route : routes) {
      RouteConfig.Match match = route.match();
      String pattern = asCompiled.apply(match.path());
      if (seen.add(pattern + match.hosts() + match.methods())) {
        read.add(
            new RouteConfig(
                route.name(),
                new RouteConfig.Match(match.hosts(), pattern, match.methods()),
                route.mode(),
                null,
                RouteConfig.Preflight.CHECK,
                null,
                Requirement.NONE));
      }
    }
    return new RouteTable(read, new DefaultsConfig(mode, "main", "default"));
  }

  private String one(String[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  private List<RouteConfig> routes() {
    Set<String> seen = new LinkedHashSet<>();
    List<RouteConfig> routes = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      String pattern = pattern();
      List<String> hosts = random.nextInt(3) == 0 ? List.of() : List.of(one(HOSTS));
      List<String> methods = random.nextInt(3) > 0 ? List.of() : List.of(one(METHODS));
      if (seen.add(pattern + hosts + methods)) {
        Mode mode =
            one(new String[] {"LOGIN", "PUBLIC", "OPTIONAL", "DENY"}).transform(Mode::valueOf);
        routes.add(
            new RouteConfig(
                "r" + i,
                new RouteConfig.Match(hosts, pattern, methods),
                mode,
                null,
                RouteConfig.Preflight.CHECK,
                null,
                Requirement.NONE));
      }
    }
    return routes;
  }

  private String pattern() {
    StringBuilder pattern = new StringBuilder();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      pattern.append('/').append(one(SEGMENTS));
    }
    // An empty segment stands at the end or nowhere: no plain request has one elsewhere.
    String text = pattern.toString().replaceAll("/+", "/");
    return random.nextInt(3) == 0 ? (text.endsWith("/") ? text + "*" : text + "/*") : text;
  }

  private String askedPath() {
    StringBuilder path = new StringBuilder();
    for (int n = 1 + random.nextInt(4); n > 0; n--) {
      path.append('/').append(one(ASKED_SEGMENTS));
    }
    return random.nextInt(4) == 0 ? path + "?x=/a" : path.toString();
  }

  /** What is asked for, as the slow reading sees it. */
  private record Asked(String method, HostName host, String path, boolean plain) {}

  private static String slow(
      List<RouteConfig> routes, Mode mode, CheckRequest request, HostName host, NormalPath path) {
    String method = request.text(request.target().method());
    String judged = slowly(routes, mode, new Asked(method, host, path.toString(), path.isPlain()));
    if (path.isPlain()) {
      return judged;
    }
    String decoded = path.toString();
    for (String before = ""; !before.equals(decoded); ) {
      before = decoded;
      decoded = URLDecoder.decode(decoded, StandardCharsets.ISO_8859_1);
    }
    byte[] bytes = decoded.getBytes(StandardCharsets.ISO_8859_1);
    String collapsed = NormalPath.of(bytes, Span.of(0, bytes.length)).toString();
    String other = slowly(routes, mode, new Asked(method, host, collapsed, false));
    return other.equals(judged) ? judged : "ambiguous";
  }

  private static String slowly(List<RouteConfig> routes, Mode byDefault, Asked asked) {
    RouteConfig best = null;
    String bestHost = "";
    for (RouteConfig route : routes) {
      RouteConfig.Match match = route.match();
      String pattern = match.hosts().isEmpty() ? "" : match.hosts().getFirst();
      boolean nobody = route.mode() == Mode.PUBLIC || route.mode() == Mode.OPTIONAL;
      boolean fits =
          hostRank(pattern, asked.host()) >= 0
              && pathFits(match.path(), asked.path())
              && (match.methods().isEmpty() || match.methods().contains(asked.method()))
              && (asked.plain() || !nobody);
      if (fits && (best == null || isMoreSpecific(route, pattern, best, bestHost, asked.host()))) {
        best = route;
        bestHost = pattern;
      }
    }
    Mode otherwise = byDefault == Mode.PUBLIC && !asked.plain() ? Mode.LOGIN : byDefault;
    return best == null ? "default " + otherwise : best.name() + " " + best.mode();
  }

  private static boolean isMoreSpecific(
      RouteConfig one, String oneHost, RouteConfig other, String otherHost, HostName host) {
    int byHost = hostRank(oneHost, host) - hostRank(otherHost, host);
    if (byHost != 0) {
      return byHost > 0;
    }
    int byPath = compare(one.match().path(), other.match().path());
    return byPath != 0
        ? byPath < 0
        : !one.match().methods().isEmpty() && other.match().methods().isEmpty();
  }

  /** -1 for no match; more for more specific. */
  private static int hostRank(String pattern, HostName host) {
    if (pattern.isEmpty()) {
      return 0;
    }
    String name = pattern.replaceAll(":.*", "");
    boolean port = !name.equals(pattern);
    if (port && !pattern.endsWith(":" + host.port())) {
      return -1;
    }
    if (name.startsWith("*")) {
      boolean below = host.name().endsWith(name.substring(1));
      return below ? name.length() * 2 + (port ? 1 : 0) : -1;
    }
    return host.name().equals(name) ? 10_000 + (port ? 1 : 0) : -1;
  }

  private static boolean pathFits(String pattern, String path) {
    boolean prefix = pattern.endsWith("/*");
    List<String> wanted = List.of(pattern.substring(1).split("/", -1));
    List<String> asked = List.of(path.substring(1).split("/", -1));
    int count = prefix ? wanted.size() - 1 : wanted.size();
    if (prefix ? asked.size() <= count : asked.size() != count) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if (!segmentFits(wanted.get(i), asked.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean segmentFits(String wanted, String asked) {
    if (!wanted.contains("*")) {
      return wanted.equals(asked);
    }
    String[] around = wanted.split("\\*", -1);
    return !asked.isEmpty() && asked.matches("\\Q" + around[0] + "\\E.*\\Q" + around[1] + "\\E");
  }

  /** Negative if {@code one} is more specific. */
  private static int compare(String one, String other) {
    List<String> left = List.of(one.substring(1).split("/", -1));
    List<String> right = List.of(other.substring(1).split("/", -1));
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      String a = rank(left, i, one.endsWith("/*"));
      String b = rank(right, i, other.endsWith("/*"));
      int order = Objects.compare(a, b, Comparator.nullsFirst(Comparator.naturalOrder()));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** Sorts literals first, then stars with most text, then the rest of the path. */
  private static @Nullable String rank(List<String> segments, int at, boolean prefix) {
    String segment = segments.get(at);
    if (prefix && at == segments.size() - 1) {
      return "2";
    }
    if (!segment.contains("*")) {
      return "0";
    }
    int before = segment.indexOf('*');
    return "1" + (99 - segment.length()) + (99 - before) + segment;
  }
}
