package dev.limen.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which headers tell an upstream who asks.
 *
 * <p>Invariant: no header of a profile is one that speaks of the connection, of a message's length
 * or of the host, or one to Envoy itself; no two names are spellings of one.
 *
 * @param id how routes name it; {@code default} replaces the one that is built in
 * @param headers what is sent; every other header that any profile names is removed
 */
public record HeaderProfileConfig(
    @Setting(doc = "How routes name it; default replaces the built-in one") String id,
    @Setting(value = "[]", doc = "What is sent; what any profile names is removed elsewhere")
        List<HeaderConfig> headers) {
  /** The id of the profile that needs no configuration. */
  public static final String DEFAULT = "default";

  /** Headers in one profile at most. */
  public static final int MAX_HEADERS = 64;

  /** Claims that are a token as a whole. */
  public static final Set<String> TOKENS = Set.of("id_token", "access_token");

  private static final Set<String> NOT_OURS =
      Set.of(
          "connection",
          "content-length",
          "cookie",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "set-cookie",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** How a value becomes a field value. */
  public enum Encoding {
    /** UTF-8 as it is; a value with a control byte, or a blank at an end, is not sent. */
    PLAIN,
    /** All but unreserved characters as {@code %XX} of UTF-8 (RFC 3986, section 2.1). */
    PERCENT
  }

  public HeaderProfileConfig {
    headers = List.copyOf(headers);
    Require.that(
        id.matches("[a-z0-9][a-z0-9-]{0,31}"),
        "headerProfiles[].id",
        id,
        "lower-case letters, digits and hyphens, at most 32");
    Require.that(
        headers.size() <= MAX_HEADERS,
        "headerProfiles[].headers",
        headers.size(),
        "at most " + MAX_HEADERS);
    Set<String> names = new HashSet<>();
    for (HeaderConfig header : headers) {
      Require.that(
          names.add(normalised(header.name())),
          "headerProfiles[].headers[].name",
          header.name(),
          "a name that no other header of the profile has, in any spelling");
    }
  }

  /** The profile that needs no configuration: oauth2-proxy's header names. */
  public static HeaderProfileConfig builtIn() {
    return new HeaderProfileConfig(
        DEFAULT,
        List.of(
            new HeaderConfig("Authorization", "id_token", "Bearer ", "", Encoding.PLAIN),
            HeaderConfig.of("X-Auth-Request-Access-Token", "access_token", ""),
            HeaderConfig.of("X-Auth-Request-User", "user", ""),
            HeaderConfig.of("X-Auth-Request-Email", "email", ""),
            HeaderConfig.of("X-Auth-Request-Groups", "groups", ","),
            HeaderConfig.of("X-Auth-Request-Preferred-Username", "preferred_username", "")));
  }

  /** A name as gateways to CGI, WSGI and PHP tell names apart: not by case, nor by separator. */
  static String normalised(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "-");
  }

  static void requireOurs(String key, String name) {
    String lowerCase = name.toLowerCase(Locale.ROOT);
    Require.that(
        name.matches("[A-Za-z0-9-]{1,64}")
            && !NOT_OURS.contains(lowerCase)
            && !lowerCase.startsWith("x-envoy-"),
        key,
        name,
        "a header name of letters, digits and hyphens, at most 64; none that speaks of the"
            + " connection, the message or the host, no cookie, and none of Envoy's own");
  }

  /**
   * One header.
   *
   * @param name as it is written; sent in lower case
   * @param claim {@code id_token}, {@code access_token}, {@code user}, {@code email}, {@code
   *     groups}, {@code realm_roles}, {@code client_roles} ({@code client:role}), or any claim of
   *     the ID token by name, with dots between the names of nested ones
   * @param prefix goes before the value
   * @param join stands between several values, and within none of them, where it is encoded; empty
   *     for a claim that has one value
   * @param encoding how the value becomes a field value
   */
  public record HeaderConfig(
      @Setting(doc = "As it is written; sent in lower case") String name,
      @Setting(
              doc =
                  "id_token, access_token, user, email, groups, realm_roles, client_roles, or any"
                      + " claim of the ID token")
          String claim,
      @Setting(value = "''", doc = "Goes before the value") String prefix,
      @Setting(
              value = "''",
              doc = "Stands between several values, and is encoded within one; none for one value")
          String join,
      @Setting(
              value = "plain",
              doc = "plain: UTF-8 as it is, or not sent; percent: all but unreserved as %XX")
          Encoding encoding) {
    public HeaderConfig {
      requireOurs("headerProfiles[].headers[].name", name);
      Require.that(
          claim.matches("[!-~]{1,128}"),
          "headerProfiles[].headers[].claim",
          claim,
          "the name of a claim");
      Require.that(
          prefix.matches("[ -~]{0,64}"),
          "headerProfiles[].headers[].prefix",
          prefix,
          "at most 64 visible ASCII characters");
      Require.that(
          join.matches("[!-$&-/:-@^_`{|}~]{0,4}"),
          "headerProfiles[].headers[].join",
          join,
          "at most 4 signs such as , ; or |, and no percent sign");
    }

    private static HeaderConfig of(String name, String claim, String join) {
      return new HeaderConfig(name, claim, "", join, Encoding.PLAIN);
    }
  }
}
