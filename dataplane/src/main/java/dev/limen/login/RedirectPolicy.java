package dev.limen.login;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a browser may be returned to.
 *
 * <p>Invariant: the answer is a path of the same origin, or an absolute URL of the gateway's own
 * scheme on an allowed host, made of visible ASCII without backslash; whatever is not clearly one
 * of the two is {@code redirects.defaultPath}. Immutable; safe for all threads.
 *
 * <pre>
 *   path-absolute = "/" [ segment-nz *( "/" segment ) ]   RFC 3986, section 3.3
 *
 *   taken     path-absolute [ "?" query ]                 no second slash: "//host" is an authority
 *             scheme "://" host [ ":" port ] [ path-absolute [ "?" query ] ]
 *   refused   anywhere: a backslash (browsers read it as a slash), a blank, a control byte, "#"
 *             in a path: one of Limen's own endpoints, a dot segment in any spelling, an escape
 *             that is none, or one for a slash, a backslash, or a control byte
 * </pre>
 */
public final class RedirectPolicy {
  /** A longer wish loses its query; what is still longer is refused unread. */
  static final int MAX_LENGTH = 2_048;

  private static final String HEX = "0123456789ABCDEF";

  private final HostPolicy hosts;
  private final String defaultPath;
  private final String proxyPrefix;

  /**
   * Returns to hosts that {@code hosts} allows, never to the endpoints below {@code proxyPrefix},
   * and else to {@code defaultPath}.
   */
  public RedirectPolicy(HostPolicy hosts, String defaultPath, String proxyPrefix) {
    this.hosts = hosts;
    this.defaultPath = defaultPath;
    this.proxyPrefix = proxyPrefix;
  }

  /** The hosts that may log in. */
  HostPolicy hosts() {
    return hosts;
  }

  /** Where to return to when nothing else is known. */
  public String defaultPath() {
    return defaultPath;
  }

  /**
   * Where a browser goes that wishes to go to {@code wish}.
   *
   * @param scheme as the gateway was asked
   * @param host as the gateway was asked: a wish for it becomes a path
   * @param wish a path or an absolute URL, from anyone; null for no wish
   */
  public String target(String scheme, String host, @Nullable String wish) {
    String readable = wish == null ? null : readable(wish);
    String ascii = readable == null ? null : ascii(readable);
    if (ascii == null) {
      return defaultPath;
    }
    String taken = ascii.startsWith("/") ? path(ascii) : url(scheme, host, ascii);
    return taken == null ? defaultPath : taken;
  }

  /** {@code target} as an absolute URL, on {@code host} where it is a path. */
  public String absolute(String scheme, String host, String target) {
    // As browsers know it: where TLS ends before the gateway, the gateway says http.
    String origin = target.startsWith("/") ? hosts.origin(scheme, host) : null;
    return origin == null ? target : origin + target;
  }

  /** The address of {@code target}, without its query; on {@code host} where it is a path. */
  static ReturnTo address(String scheme, String host, String target) {
    int authority = target.startsWith("/") ? 0 : target.indexOf("://") + "://".length();
    int path = endOfAuthority(target, authority);
    int query = target.indexOf('?', path);
    String withoutQuery = target.substring(path, query < 0 ? target.length() : query);
    return authority == 0
        ? new ReturnTo(scheme, host, withoutQuery)
        : new ReturnTo(
            target.substring(0, target.indexOf("://")),
            target.substring(authority, path),
            withoutQuery);
  }

  /** The wish, or what is left of it without its query; null if that is too long too. */
  private static @Nullable String readable(String wish) {
    if (wish.length() <= MAX_LENGTH) {
      return wish;
    }
    int query = wish.indexOf('?');
    return query >= 0 && query <= MAX_LENGTH ? wish.substring(0, query) : null;
  }

  private @Nullable String path(String ascii) {
    return isSafePath(ascii) ? ascii : null;
  }

  private @Nullable String url(String scheme, String host, String url) {
    // Exactly the gateway's scheme: anything else is another kind of address, or a downgrade.
    String start = scheme + "://";
    if (!url.startsWith(start)) {
      return null;
    }
    int authorityEnd = endOfAuthority(url, start.length());
    String authorityText = url.substring(start.length(), authorityEnd);
    String rest = url.substring(authorityEnd);
    String path = rest.startsWith("/") ? rest : "/" + rest;
    Authority authority = Authority.parse(authorityText, scheme);
    if (authority == null || !hosts.isAllowed(scheme, authorityText) || !isSafePath(path)) {
      return null;
    }
    return authority.equals(Authority.parse(host, scheme))
        ? path
        : start + authority.inUrl() + path;
  }

  private static int endOfAuthority(String url, int from) {
    int at = from;
    while (at < url.length() && url.charAt(at) != '/' && url.charAt(at) != '?') {
      at++;
    }
    return at;
  }

  /** The wish with its characters beyond ASCII escaped; null if a character has no place in it. */
  private static @Nullable String ascii(String wish) {
    StringBuilder ascii = new StringBuilder(wish.length());
    for (int i = 0; i < wish.length(); ) {
      int c = wish.codePointAt(i);
      i += Character.charCount(c);
      boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
      if (c <= 0x20 || c == 0x7f || c == '\\' || c == '#' || surrogate) {
        return null;
      }
      if (c < 0x7f) {
        ascii.append((char) c);
      } else {
        escape(ascii, Character.toString(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return ascii.toString();
  }

  private static void escape(StringBuilder ascii, byte[] utf8) {
    for (byte b : utf8) {
      ascii.append('%').append(HEX.charAt((b >> 4) & 15)).append(HEX.charAt(b & 15));
    }
  }

  private boolean isSafePath(String pathAndQuery) {
    int query = pathAndQuery.indexOf('?');
    String path = query < 0 ? pathAndQuery : pathAndQuery.substring(0, query);
    // A sign-in that ends at another sign-in goes round in circles.
    boolean ownEndpoint = (path + "/").startsWith(proxyPrefix + "/");
    if (path.startsWith("//") || ownEndpoint) {
      return false;
    }
    for (int i = path.indexOf('%'); i >= 0; i = path.indexOf('%', i + 3)) {
      if (!isHarmlessEscape(path, i)) {
        return false;
      }
    }
    for (String segment : path.split("/", -1)) {
      String spelled = segment.replace("%2e", ".").replace("%2E", ".");
      if (spelled.equals(".") || spelled.equals("..")) {
        return false;
      }
    }
    return true;
  }

  private static boolean isHarmlessEscape(String path, int at) {
    if (at + 3 > path.length()) {
      return false;
    }
    int high = Character.digit(path.charAt(at + 1), 16);
    int low = Character.digit(path.charAt(at + 2), 16);
    int escaped = high << 4 | low;
    return high >= 0
        && low >= 0
        && escaped >= 0x20
        && escaped != 0x7f
        && escaped != '/'
        && escaped != '\\';
  }
}
