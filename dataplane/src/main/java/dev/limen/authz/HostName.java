package dev.limen.authz;

import dev.limen.check.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The host that a request is for, in its one canonical form.
 *
 * <p>Invariant: the name is lower-case, without a trailing dot, and never empty; the port is always
 * known, since the scheme's own stands in where none was sent. Two spellings of one host are equal.
 * Source: RFC 9110, section 4.2.3 (normalization), RFC 3986, section 3.2.2.
 *
 * @param name a registered name, an IPv4 address, or an IPv6 address in brackets
 * @param port 1 to 65535
 */
record HostName(String name, int port) {
  /** Longest name in the DNS, with room for brackets. */
  static final int MAX_LENGTH = 255;

  private static final byte[] HTTP = "http".getBytes(StandardCharsets.US_ASCII);

  /** The host of {@code request}, or null if it has none or one that breaks the grammar. */
  static @Nullable HostName of(CheckRequest request) {
    return parse(request.text(request.target().host()), isPlainHttp(request) ? 80 : 443);
  }

  /** Whether {@code request} was made without TLS; one that does not say was made with it. */
  static boolean isPlainHttp(CheckRequest request) {
    return request.isSame(request.target().scheme(), HTTP);
  }

  /** As it stands in a URL of {@code scheme}. */
  String authority(String scheme) {
    int schemesOwn = scheme.equals("http") ? 80 : 443;
    return port == schemesOwn ? name : name + ":" + port;
  }

  /** The host in {@code authority}, or null if it breaks the grammar. */
  static @Nullable HostName parse(String authority, int defaultPort) {
    // One trailing dot in all, wherever it stands: browsers send it before the port.
    String text = withoutTrailingDot(authority);
    int colon = text.lastIndexOf(':');
    boolean hasPort = colon > text.lastIndexOf(']');
    boolean saysPort = hasPort && colon < text.length() - 1;
    int port = saysPort ? parsePort(text.substring(colon + 1)) : defaultPort;
    String name = hasPort ? text.substring(0, colon) : text;
    String host = text.length() < authority.length() ? name : withoutTrailingDot(name);
    return port > 0 && isName(host) ? new HostName(host.toLowerCase(Locale.ROOT), port) : null;
  }

  private static String withoutTrailingDot(String host) {
    return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
  }

  private static int parsePort(String text) {
    if (text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return 0;
    }
    int port = Integer.parseInt(text);
    return port <= 65_535 ? port : 0;
  }

  private static boolean isName(String host) {
    if (host.isEmpty() || host.length() > MAX_LENGTH) {
      return false;
    }
    if (host.charAt(0) == '[') {
      String address = host.substring(1, Math.max(1, host.length() - 1));
      return host.endsWith("]")
          && address.indexOf(':') >= 0
          && address.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == ':' || c == '.');
    }
    return host.charAt(0) != '.'
        && !host.endsWith(".")
        && !host.contains("..")
        && host.chars().allMatch(HostName::isHost);
  }

  private static boolean isHost(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_';
  }
}
