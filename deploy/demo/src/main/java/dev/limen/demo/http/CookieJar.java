package dev.limen.demo.http;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The cookies of one host, kept as a browser keeps them: a {@code __Host-} cookie that breaks the
 * prefix's rules is refused, a path is respected, and {@code Secure} is no obstacle on loopback (as
 * Chromium has it).
 */
public final class CookieJar {
  private final Map<String, SetCookie> cookies = new LinkedHashMap<>();

  public void take(Reply reply) {
    for (String field : reply.all("set-cookie")) {
      SetCookie cookie = SetCookie.parse(field);
      if (cookie.clears(Instant.now())) {
        cookies.remove(cookie.name());
      } else if (cookie.brokenHostPrefixRule() == null) {
        cookies.put(cookie.name(), cookie);
      }
    }
  }

  /** The {@code Cookie} field for a path, or null for none. */
  public @Nullable String fieldFor(String path) {
    String field =
        cookies.values().stream()
            .filter(cookie -> covers(cookie, path))
            .map(cookie -> cookie.name() + "=" + cookie.value())
            .collect(Collectors.joining("; "));
    return field.isEmpty() ? null : field;
  }

  /** RFC 6265, section 5.1.4. */
  private static boolean covers(SetCookie cookie, String path) {
    String scope = cookie.attribute("path");
    if (scope == null || scope.equals("/") || scope.isEmpty()) {
      return true;
    }
    return path.equals(scope)
        || (path.startsWith(scope) && (scope.endsWith("/") || path.charAt(scope.length()) == '/'));
  }

  public @Nullable String value(String name) {
    SetCookie cookie = cookies.get(name);
    return cookie == null ? null : cookie.value();
  }

  public void put(String name, String value) {
    cookies.put(name, new SetCookie(name, value, Map.of("path", "/")));
  }

  public Set<String> names() {
    return Set.copyOf(cookies.keySet());
  }

  public void clear() {
    cookies.clear();
  }
}
