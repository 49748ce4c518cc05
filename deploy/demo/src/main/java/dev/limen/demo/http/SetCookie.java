package dev.limen.demo.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code Set-Cookie} field, read as a browser reads it (RFC 6265, section 5.2).
 *
 * @param attributes names in lower case; a flag has the empty value
 */
public record SetCookie(String name, String value, Map<String, String> attributes) {
  public static SetCookie parse(String field) {
    String[] parts = field.split(";");
    int equals = parts[0].indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException("a cookie without a name");
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].strip().split("=", 2);
      attributes.put(
          pair[0].strip().toLowerCase(Locale.ROOT), pair.length > 1 ? pair[1].strip() : "");
    }
    return new SetCookie(
        parts[0].substring(0, equals).strip(), parts[0].substring(equals + 1).strip(), attributes);
  }

  public boolean has(String attribute) {
    return attributes.containsKey(attribute);
  }

  public @Nullable String attribute(String name) {
    return attributes.get(name);
  }

  /** Whether it takes the cookie away: {@code Max-Age} first, then {@code Expires}. */
  public boolean clears(Instant now) {
    String maxAge = attributes.get("max-age");
    if (maxAge != null) {
      return maxAge.startsWith("-") || maxAge.equals("0");
    }
    String expires = attributes.get("expires");
    if (expires == null) {
      return false;
    }
    try {
      return ZonedDateTime.parse(expires, DateTimeFormatter.RFC_1123_DATE_TIME)
          .toInstant()
          .isBefore(now);
    } catch (DateTimeException _) {
      return false;
    }
  }

  /**
   * What makes a browser refuse a {@code __Host-} cookie, or null if nothing does (RFC 6265bis,
   * section 4.1.3.2).
   */
  public @Nullable String brokenHostPrefixRule() {
    if (!name.startsWith("__Host-")) {
      return null;
    }
    if (!has("secure")) {
      return "no Secure";
    }
    if (has("domain")) {
      return "a Domain";
    }
    return "/".equals(attribute("path")) ? null : "Path is not /";
  }

  /** Without the value. */
  @Override
  public String toString() {
    return name + attributes;
  }
}
