package dev.limen.login;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A host with its port, in the one form in which two spellings of it are equal.
 *
 * <p>Invariant: the name is lower-case, without a trailing dot, never empty, and holds nothing that
 * could end a host in a URL. Source: RFC 3986, section 3.2.2 and 3.2.3 (no userinfo), RFC 9110,
 * section 4.2.3.
 *
 * @param name a registered name, an IPv4 address, or an IPv6 address in brackets
 * @param port 1 to 65535, or {@link #DEFAULT_PORT} for the scheme's own
 */
record Authority(String name, int port) {
  /** The port that the scheme has when none is named. */
  static final int DEFAULT_PORT = 0;

  /** Longest name in the DNS, with room for brackets. */
  static final int MAX_LENGTH = 255;

  private static final int MALFORMED_PORT = -1;
  private static final int MAX_PORT = 65_535;

  /** The authority that {@code text} spells in a URL of {@code scheme}; null if it is none. */
  static @Nullable Authority parse(String text, String scheme) {
    // One trailing dot in all, wherever it stands: browsers send it before the port.
    String rest = withoutTrailingDot(text);
    int colon = rest.lastIndexOf(':');
    boolean hasPort = colon > rest.lastIndexOf(']');
    int port = hasPort ? parsePort(rest.substring(colon + 1), scheme) : DEFAULT_PORT;
    String host = hasPort ? rest.substring(0, colon) : rest;
    String name = rest.length() < text.length() ? host : withoutTrailingDot(host);
    return port != MALFORMED_PORT && isName(name)
        ? new Authority(name.toLowerCase(Locale.ROOT), port)
        : null;
  }

  /** As it stands in a URL. */
  String inUrl() {
    return port == DEFAULT_PORT ? name : name + ":" + port;
  }

  private static String withoutTrailingDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  private static int parsePort(String digits, String scheme) {
    if (digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return MALFORMED_PORT;
    }
    if (digits.isEmpty()) {
      return DEFAULT_PORT;
    }
    int port = Integer.parseInt(digits);
    if (port == 0 || port > MAX_PORT) {
      return MALFORMED_PORT;
    }
    return portInUrl(port, scheme);
  }

  /** {@code port}, or {@link #DEFAULT_PORT} where it need not be named. */
  static int portInUrl(int port, String scheme) {
    int schemesOwn = scheme.equals("https") ? 443 : 80;
    return port == schemesOwn ? DEFAULT_PORT : port;
  }

  private static boolean isName(String name) {
    if (name.isEmpty() || name.length() > MAX_LENGTH) {
      return false;
    }
    if (name.charAt(0) == '[') {
      return isBracketedIpv6(name);
    }
    return name.charAt(0) != '.'
        && !name.endsWith(".")
        && !name.contains("..")
        && name.chars().allMatch(Authority::isNameCharacter);
  }

  private static boolean isBracketedIpv6(String name) {
    String address = name.substring(1, Math.max(1, name.length() - 1));
    return name.endsWith("]")
        && address.indexOf(':') >= 0
        && address.chars().allMatch(c -> isHexDigit(c) || c == ':' || c == '.');
  }

  private static boolean isHexDigit(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  private static boolean isNameCharacter(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '.'
        || c == '_';
  }
}
