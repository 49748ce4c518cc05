package dev.limen.config;

import java.util.List;

/**
 * Which requests need what.
 *
 * @param match which requests
 * @param mode what they need
 * @param require who may pass among those who signed in
 */
public record RouteConfig(
    @Setting Match match,
    @Setting(doc = "login or public") Mode mode,
    @Setting(
            value = "none",
            neverEmpty = true,
            doc = "Who may pass, by the rules above this table; none for all who signed in")
        Requirement require) {
  /** A route that asks for nothing but its mode. */
  public RouteConfig(Match match, Mode mode) {
    this(match, mode, Requirement.NONE);
  }

  /** What a request needs. */
  public enum Mode {
    /** A session. */
    LOGIN,
    /** Nothing; identity headers are removed. */
    PUBLIC
  }

  /**
   * Which requests. The most specific wins: exact host before wildcard before any, exact path
   * before the longest prefix, named methods before any.
   *
   * @param hosts exact names, or with one leading wildcard ({@code *.example.com}); none for any.
   *     Without port, or with the port that the gateway sees
   * @param path exact ({@code /a}), or a prefix by segment ({@code /a/*}, which is {@code /a}'s
   *     children and not {@code /a} itself); {@code /*} for any
   * @param methods upper-case; none for any
   */
  public record Match(
      @Setting(value = "[]", doc = "Exact names, or *.example.com; none for any")
          List<String> hosts,
      @Setting(value = "/*", doc = "/a exactly, or /a/* for all below; /* for any") String path,
      @Setting(value = "[]", doc = "Upper-case; none for any") List<String> methods) {
    public Match {
      hosts = List.copyOf(hosts);
      methods = List.copyOf(methods);
      for (String host : hosts) {
        Require.that(
            host.matches("(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)*(:[0-9]{1,5})?"),
            "routes[].match.hosts",
            host,
            "lower-case host names, with at most one leading *.");
      }
      Require.that(
          path.matches("/([!-)+-~]*[!-).+-~])?(/?\\*)?")
              && path.indexOf('*') == path.lastIndexOf('*'),
          "routes[].match.path",
          path,
          "a path such as /a, or a prefix such as /a/*");
      for (String method : methods) {
        Require.that(
            method.matches("[A-Z][A-Z-]{0,31}"),
            "routes[].match.methods",
            method,
            "upper-case method names");
      }
    }
  }
}
