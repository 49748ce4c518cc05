package dev.limen.cookie;

/**
 * Renders {@code Set-Cookie} values: one set of attributes for setting and for clearing, since a
 * user agent ignores a clearing that does not repeat them (RFC 6265bis, section 4.1.3.2).
 *
 * <p>Invariant: name and value together are at most {@link #MAX_PAIR_LENGTH} bytes, and hold only
 * octets that RFC 6265, section 4.1.1 allows. Never a {@code Domain}. Immutable; safe for all
 * threads.
 *
 * <pre>
 *   name=value; Path=/; Secure; HttpOnly; SameSite=Lax[; Max-Age=seconds]
 * </pre>
 */
public final class SetCookie {
  /** Bytes of name and value that every user agent keeps (RFC 6265bis, section 5.6). */
  public static final int MAX_PAIR_LENGTH = 4_096;

  private final String attributes;

  /** With or without {@code Secure}, which plain http off loopback must do without. */
  public SetCookie(boolean secure) {
    attributes = "; Path=/" + (secure ? "; Secure" : "") + "; HttpOnly; SameSite=Lax";
  }

  /** A cookie that goes when the browser does. */
  public String ofSession(String name, String value) {
    return checkedPair(name, value) + attributes;
  }

  /** A cookie that goes after {@code maxAgeSeconds}. */
  public String lasting(String name, String value, long maxAgeSeconds) {
    return checkedPair(name, value) + attributes + "; Max-Age=" + maxAgeSeconds;
  }

  /** What makes a browser forget the cookie. */
  public String clearing(String name) {
    return checkedPair(name, "") + attributes + "; Max-Age=0";
  }

  private static String checkedPair(String name, String value) {
    if (name.isEmpty() || !isCookieName(name)) {
      throw new IllegalArgumentException("cookie name must be a token: length=" + name.length());
    }
    if (!isCookieValue(value)) {
      throw new IllegalArgumentException("cookie value must be cookie-octets: name=" + name);
    }
    if (name.length() + value.length() > MAX_PAIR_LENGTH) {
      throw new IllegalArgumentException(
          "cookie name and value must be at most "
              + MAX_PAIR_LENGTH
              + " bytes: name="
              + name
              + " length="
              + (name.length() + value.length()));
    }
    return name + "=" + value;
  }

  /** Narrower than a token: what the configuration allows in a name. */
  private static boolean isCookieName(String name) {
    return name.chars()
        .allMatch(c ->
            (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '_'
                || c == '-');
  }

  /** Visible ASCII without quote, comma, semicolon and backslash. */
  private static boolean isCookieValue(String value) {
    return value
        .chars()
        .allMatch(c -> c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\');
  }
}
