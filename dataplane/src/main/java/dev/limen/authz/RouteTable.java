package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.config.ConfigException;
import dev.limen.config.DefaultsConfig;
import dev.limen.config.RouteConfig;
import dev.limen.config.RouteConfig.Mode;
import dev.limen.config.RouteConfig.Preflight;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What each request needs: compiled once from the configuration.
 *
 * <p>Invariant: the answer does not depend on the order in which routes were written. The most
 * specific wins, and specific is, in this order: the host (exact with port, exact, the longest
 * wildcard, any), the path (see {@link PathTrie}), the method (named, any). A path that is not
 * {@linkplain NormalPath#isPlain() plain} never lets nobody pass, and one whose {@linkplain
 * NormalPath#decoded() other reading} needs something else is no question. Immutable; safe for all
 * threads.
 *
 * <p>Two routes for the same host, path and method, two of one name, and a path or method that no
 * request can have, stop the start: a rule that never matches is a hole that nobody sees.
 */
final class RouteTable {
  private final Map<String, PathTrie> byHost = new HashMap<>();
  private final Map<String, PathTrie> bySuffix = new HashMap<>();
  private final PathTrie anyHost = new PathTrie();
  private final Route byDefault;
  private final Route byDefaultUnclear;

  /** Compiles {@code routes}; what none matches needs what {@code defaults} say. */
  RouteTable(List<RouteConfig> routes, DefaultsConfig defaults) {
    Mode mode = defaults.mode();
    byDefault = byDefault(defaults, mode);
    byDefaultUnclear = byDefault(defaults, mode.passesNobody() ? Mode.LOGIN : mode);
    Map<String, Integer> seen = new HashMap<>();
    Set<String> names = new HashSet<>(Set.of(Route.DEFAULT));
    for (int i = 0; i < routes.size(); i++) {
      RouteConfig config = routes.get(i);
      Route route = route(config, defaults);
      if (!names.add(route.name())) {
        throw new ConfigException(
            "routes[" + i + "].name", route.name(), "a name that no other route has");
      }
      refuseUnreachable(config, i);
      refuseDuplicates(config.match(), i, seen);
      add(config.match(), route);
    }
  }

  /**
   * What {@code request} needs, asked for at {@code host} and {@code path}; null if that depends on
   * how often an upstream decodes the path.
   */
  @Nullable Route routeOf(CheckRequest request, HostName host, NormalPath path) {
    Route route = judged(request, host, path);
    NormalPath decoded = path.decoded();
    return decoded == null || judged(request, host, decoded).equals(route) ? route : null;
  }

  private Route judged(CheckRequest request, HostName host, NormalPath path) {
    Route route = matching(request, host, path);
    if (route != null) {
      return route;
    }
    return path.isPlain() ? byDefault : byDefaultUnclear;
  }

  private @Nullable Route matching(CheckRequest request, HostName host, NormalPath path) {
    String withPort = ":" + host.port();
    Route route = find(byHost.get(host.name() + withPort), request, path);
    route = route != null ? route : find(byHost.get(host.name()), request, path);
    int dot = bySuffix.isEmpty() ? -1 : host.name().indexOf('.');
    while (route == null && dot >= 0) {
      String suffix = host.name().substring(dot);
      route = find(bySuffix.get(suffix + withPort), request, path);
      route = route != null ? route : find(bySuffix.get(suffix), request, path);
      dot = host.name().indexOf('.', dot + 1);
    }
    return route != null ? route : anyHost.find(request, path);
  }

  private static @Nullable Route find(
      @Nullable PathTrie paths, CheckRequest request, NormalPath path) {
    return paths == null ? null : paths.find(request, path);
  }

  private static Route byDefault(DefaultsConfig defaults, Mode mode) {
    return new Route(
        Route.DEFAULT,
        mode,
        defaults.provider(),
        defaults.headers(),
        CompiledRequirement.NONE,
        false);
  }

  private static Route route(RouteConfig config, DefaultsConfig defaults) {
    String provider = config.provider();
    String headers = config.headers();
    return new Route(
        config.name().isEmpty() ? nameOf(config.match()) : config.name(),
        config.mode(),
        provider == null ? defaults.provider() : provider,
        headers == null ? defaults.headers() : headers,
        CompiledRequirement.of(config.require()),
        config.preflight() == Preflight.PASS);
  }

  private static String nameOf(RouteConfig.Match match) {
    String methods = match.methods().isEmpty() ? "" : String.join(",", match.methods()) + " ";
    return methods + String.join(",", match.hosts()) + match.path();
  }

  private void add(RouteConfig.Match match, Route route) {
    List<byte[]> methods =
        match.methods().stream().map(method -> method.getBytes(StandardCharsets.US_ASCII)).toList();
    PathTrie.Rule rule = new PathTrie.Rule(methods, route);
    for (String host : match.hosts()) {
      pathsOf(host).add(match.path(), rule);
    }
    if (match.hosts().isEmpty()) {
      anyHost.add(match.path(), rule);
    }
  }

  /** Where the routes of {@code pattern} stand: an exact host, or a wildcard without its star. */
  private PathTrie pathsOf(String pattern) {
    boolean wildcard = pattern.startsWith("*.");
    Map<String, PathTrie> paths = wildcard ? bySuffix : byHost;
    String key = wildcard ? pattern.substring(1) : pattern;
    return paths.computeIfAbsent(key, _ -> new PathTrie());
  }

  private static void refuseUnreachable(RouteConfig route, int index) {
    String key = "routes[" + index + "]";
    RouteConfig.Match match = route.match();
    if (!isPlain(match.path())) {
      throw new ConfigException(
          key + ".match.path",
          match.path(),
          "a path that a request can have, without escapes, parameters, query or dot segments:"
              + " exact as /a, with at most one star in a segment as /a/*/b, or all below as /a/*");
    }
    if (match.methods().contains("CONNECT")) {
      throw new ConfigException(
          key + ".match.methods", "CONNECT", "methods that are checked; CONNECT never is");
    }
    boolean options = match.methods().isEmpty() || match.methods().contains("OPTIONS");
    if (route.preflight() == Preflight.PASS && !options) {
      throw new ConfigException(
          key + ".preflight", "pass", "a route for OPTIONS, which is what a preflight is");
    }
  }

  /** Whether plain requests can match: with an ordinary letter for each star. */
  private static boolean isPlain(String pattern) {
    String path = pattern.endsWith("/*") ? pattern.substring(0, pattern.length() - 1) : pattern;
    for (String segment : path.split("/", -1)) {
      if (segment.indexOf('*') != segment.lastIndexOf('*')) {
        return false;
      }
    }
    byte[] bytes = path.replace('*', 'x').getBytes(StandardCharsets.US_ASCII);
    NormalPath asked = NormalPath.of(bytes, Span.of(0, bytes.length));
    return asked.isPlain() && asked.isSame(bytes);
  }

  private static void refuseDuplicates(
      RouteConfig.Match match, int index, Map<String, Integer> seen) {
    List<String> hosts = match.hosts().isEmpty() ? List.of("any") : match.hosts();
    List<String> methods = match.methods().isEmpty() ? List.of("any") : match.methods();
    for (String host : hosts) {
      for (String method : methods) {
        String what = "host " + host + ", path " + match.path() + ", method " + method;
        Integer other = seen.putIfAbsent(what, index);
        if (other != null) {
          throw new ConfigException(
              "routes[" + index + "].match",
              what,
              "each host, path and method once; routes[" + other + "].match has it too");
        }
      }
    }
  }
}
