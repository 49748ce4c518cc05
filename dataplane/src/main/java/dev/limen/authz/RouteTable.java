package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.config.ConfigException;
import dev.limen.config.RouteConfig;
import dev.limen.config.RouteConfig.Mode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each request needs: compiled once from the configuration.
 *
 * <p>Invariant: the answer does not depend on the order in which routes were written. The most
 * specific wins, and specific is, in this order: the host (exact with port, exact, the longest
 * wildcard, any), the path (exact, the longest prefix), the method (named, any). A path that is not
 * {@linkplain NormalPath#isPlain() plain} is never public. Immutable; safe for all threads.
 *
 * <p>Two routes for the same host, path and method, and a path that no request can have, stop the
 * start: a rule that never matches is a hole that nobody sees.
 */
final class RouteTable {
  private static final Comparator<Rule> MOST_SPECIFIC_FIRST =
      Comparator.comparing(Rule::prefix)
          .thenComparingInt(rule -> -rule.path.length)
          .thenComparing(rule -> rule.methods.isEmpty());

  private final Map<String, List<Rule>> byHost = new HashMap<>();
  private final Map<String, List<Rule>> bySuffix = new HashMap<>();
  private final List<Rule> anyHost = new ArrayList<>();
  private final Mode defaultMode;

  /** One route for one host: path, methods, mode. */
  @SuppressWarnings("ArrayRecordComponent") // bytes to compare with; rules are compared nowhere
  private record Rule(byte[] path, boolean prefix, List<byte[]> methods, Mode mode) {
    boolean matches(CheckRequest request, NormalPath asked) {
      boolean pathMatches = prefix ? asked.startsWith(path) : asked.isSame(path);
      return pathMatches
          && (mode != Mode.PUBLIC || asked.isPlain())
          && (methods.isEmpty() || isNamed(request));
    }

    private boolean isNamed(CheckRequest request) {
      for (byte[] method : methods) {
        if (request.isSame(request.target().method(), method)) {
          return true;
        }
      }
      return false;
    }
  }

  /** Compiles {@code routes}; what none matches needs {@code defaultMode}. */
  RouteTable(List<RouteConfig> routes, Mode defaultMode) {
    this.defaultMode = defaultMode;
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < routes.size(); i++) {
      RouteConfig route = routes.get(i);
      Rule rule = compile(route, i);
      refuseDuplicates(route.match(), i, seen);
      for (String host : route.match().hosts()) {
        rulesOf(host).add(rule);
      }
      if (route.match().hosts().isEmpty()) {
        anyHost.add(rule);
      }
    }
    byHost.values().forEach(rules -> rules.sort(MOST_SPECIFIC_FIRST));
    bySuffix.values().forEach(rules -> rules.sort(MOST_SPECIFIC_FIRST));
    anyHost.sort(MOST_SPECIFIC_FIRST);
  }

  /** What {@code request} needs, asked for at {@code host} and {@code path}. */
  Mode modeOf(CheckRequest request, HostName host, NormalPath path) {
    Rule rule = ruleOf(request, host, path);
    if (rule != null) {
      return rule.mode;
    }
    return defaultMode == Mode.PUBLIC && !path.isPlain() ? Mode.LOGIN : defaultMode;
  }

  private @Nullable Rule ruleOf(CheckRequest request, HostName host, NormalPath path) {
    String withPort = ":" + host.port();
    Rule rule = firstMatch(byHost.get(host.name() + withPort), request, path);
    rule = rule != null ? rule : firstMatch(byHost.get(host.name()), request, path);
    int dot = bySuffix.isEmpty() ? -1 : host.name().indexOf('.');
    while (rule == null && dot >= 0) {
      String suffix = host.name().substring(dot);
      rule = firstMatch(bySuffix.get(suffix + withPort), request, path);
      rule = rule != null ? rule : firstMatch(bySuffix.get(suffix), request, path);
      dot = host.name().indexOf('.', dot + 1);
    }
    return rule != null ? rule : firstMatch(anyHost, request, path);
  }

  private static @Nullable Rule firstMatch(
      @Nullable List<Rule> rules, CheckRequest request, NormalPath path) {
    if (rules != null) {
      for (int i = 0; i < rules.size(); i++) {
        if (rules.get(i).matches(request, path)) {
          return rules.get(i);
        }
      }
    }
    return null;
  }

  /** Where the rules of {@code pattern} stand: an exact host, or a wildcard without its star. */
  private List<Rule> rulesOf(String pattern) {
    boolean wildcard = pattern.startsWith("*.");
    Map<String, List<Rule>> rules = wildcard ? bySuffix : byHost;
    String key = wildcard ? pattern.substring(1) : pattern;
    return rules.computeIfAbsent(key, _ -> new ArrayList<>());
  }

  private static Rule compile(RouteConfig route, int index) {
    String pattern = route.match().path();
    boolean prefix = pattern.endsWith("/*");
    String path = prefix ? pattern.substring(0, pattern.length() - 1) : pattern;
    byte[] bytes = path.getBytes(StandardCharsets.US_ASCII);
    NormalPath asked = NormalPath.of(bytes, Span.of(0, bytes.length));
    if (!asked.isPlain() || !asked.isSame(bytes) || path.indexOf('*') >= 0) {
      throw new ConfigException(
          "routes[" + index + "].match.path",
          pattern,
          "a path that a request can have, without escapes, parameters, query or dot segments:"
              + " exact as /a, or a prefix by segment as /a/*");
    }
    List<byte[]> methods =
        route.match().methods().stream()
            .map(method -> method.getBytes(StandardCharsets.US_ASCII))
            .toList();
    return new Rule(bytes, prefix, methods, route.mode());
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
