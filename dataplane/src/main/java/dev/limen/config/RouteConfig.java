package dev.limen.config;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which requests need what.
 *
 * @param name what logs and metrics call it; empty makes one of {@code match}
 * @param match which requests
 * @param mode what they need
 * @param provider id of the provider that signs people in here; null for {@code defaults.provider}
 * @param preflight what becomes of a CORS preflight, which never carries a cookie
 * @param headers id of the profile that tells the upstream who asks; null for {@code
 *     defaults.headers}
 * @param require who may pass among those who signed in
 */
public record RouteConfig(
    @Setting(value = "''", doc = "What logs and metrics call it; without it, made of match")
        String name,
    @Setting Match match,
    @Setting(doc = "login, bearer, either, optional, public or deny") Mode mode,
    @Setting(value = "null", doc = "Who signs people in here; without it defaults.provider")
        @Nullable String provider,
    @Setting(
            value = "check",
            doc = "A CORS preflight, which never carries a cookie: check (401) or pass")
        Preflight preflight,
    @Setting(
            value = "null",
            doc = "Header profile that tells the upstream who asks; without it defaults.headers")
        @Nullable String headers,
    @Setting(
            value = "none",
            neverEmpty = true,
            doc = "Who may pass, by the rules below this table; none for all who signed in")
        Requirement require) {
  /** What a request needs. */
  public enum Mode {
    /** A session. */
    LOGIN,
    /** An access token in {@code Authorization}. */
    BEARER,
    /** An access token if one came, else a session. */
    EITHER,
    /** A session if there is one; identity headers say whose, or are removed. */
    OPTIONAL,
    /** Nothing; identity headers are removed. */
    PUBLIC,
    /** Nothing helps: 403. */
    DENY;

    /** Whether a request passes that nobody stands behind. */
    public boolean passesNobody() {
      return this == PUBLIC || this == OPTIONAL;
    }

    /** Whether an access token in {@code Authorization} is looked at. */
    public boolean takesBearer() {
      return this == BEARER || this == EITHER;
    }

    /** Whether a person who is not signed in is sent to the provider. */
    boolean sendsToSignIn() {
      return this == LOGIN || this == EITHER;
    }

    /** Whether who asks makes no difference to whether it passes. */
    boolean isForAnybody() {
      return passesNobody() || this == DENY;
    }

    /** As in the configuration, and as the label of a metric. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What becomes of a CORS preflight (WHATWG Fetch, section 4.8). */
  public enum Preflight {
    /** Decided like any other request: without a cookie that is a 401. */
    CHECK,
    /** Passed on as nobody's, for the upstream to answer. */
    PASS
  }

  public RouteConfig {
    Require.that(
        name.matches("[A-Za-z0-9._/*-]{0,64}"),
        "routes[].name",
        name,
        "at most 64 letters, digits and . _ / * -");
    Require.that(
        require.equals(Requirement.NONE) || !mode.isForAnybody(),
        "routes[].require",
        "rules for mode " + mode.label(),
        "rules only where somebody has to be there: login, bearer or either");
  }

  /**
   * Which requests. The most specific wins: exact host before wildcard before any; then segment by
   * segment from the left: a literal before a segment with a star, a star before {@code /*}, which
   * takes all the rest; then named methods before any.
   *
   * @param hosts exact names, or with one leading wildcard ({@code *.example.com}); none for any.
   *     Without port, or with the port that the gateway sees
   * @param path exact ({@code /a}); with one star in a segment, for any run of characters within it
   *     ({@code /report-*.pdf}; a segment that is a star is any one segment); with {@code /*} at
   *     its end for all below ({@code /a/*} is {@code /a}'s children and not {@code /a} itself);
   *     {@code /*} for any
   * @param methods upper-case; none for any
   */
  public record Match(
      @Setting(value = "[]", doc = "Exact names, or *.example.com; none for any")
          List<String> hosts,
      @Setting(
              value = "/*",
              doc = "/a exactly, /a/*/b with any one segment, /a/* for all below; /* for any")
          String path,
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
          path.matches("/[!-~]*"),
          "routes[].match.path",
          path,
          "a path such as /a, /a/*/b or /report-*.pdf, or a prefix such as /a/*");
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
