package dev.limen.login;

import dev.limen.session.SessionContext;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Says where a login came from, coarsely, for the console.
 *
 * <p>Invariant: a network of 2^8 (IPv4) or 2^80 addresses (IPv6), never one; a browser's family,
 * never its version. What cannot be told is empty. No name is looked up.
 */
final class LoginOrigin {
  /** A longer user agent is read up to here. */
  static final int MAX_USER_AGENT_LENGTH = 512;

  private LoginOrigin() {}

  /** The origin of a login from {@code address}, by {@code userAgent}. */
  static SessionContext of(@Nullable String address, @Nullable String userAgent) {
    return new SessionContext(address == null ? "" : ipPrefix(address), browserFamily(userAgent));
  }

  private static String ipPrefix(String address) {
    InetAddress parsed;
    try {
      parsed = InetAddress.ofLiteral(withoutPort(address));
    } catch (IllegalArgumentException _) {
      return "";
    }
    byte[] bytes = parsed.getAddress();
    if (parsed instanceof Inet4Address) {
      return (bytes[0] & 0xff) + "." + (bytes[1] & 0xff) + "." + (bytes[2] & 0xff) + ".0/24";
    }
    HexFormat hex = HexFormat.of();
    return hex.formatHex(bytes, 0, 2)
        + ":"
        + hex.formatHex(bytes, 2, 4)
        + ":"
        + hex.formatHex(bytes, 4, 6)
        + "::/48";
  }

  private static String withoutPort(String address) {
    if (address.startsWith("[")) {
      int end = address.indexOf(']');
      return end < 0 ? address : address.substring(1, end);
    }
    int colon = address.indexOf(':');
    boolean onlyColon = colon >= 0 && colon == address.lastIndexOf(':');
    return onlyColon ? address.substring(0, colon) : address;
  }

  /** Most call themselves by their ancestors' names too: the youngest name is looked for first. */
  private static String browserFamily(@Nullable String userAgent) {
    if (userAgent == null || userAgent.isEmpty()) {
      return "";
    }
    String text = userAgent.substring(0, Math.min(userAgent.length(), MAX_USER_AGENT_LENGTH));
    if (text.contains("Edg/") || text.contains("EdgA/") || text.contains("EdgiOS/")) {
      return "Edge";
    }
    if (text.contains("OPR/") || text.contains("Opera")) {
      return "Opera";
    }
    if (text.contains("Firefox/") || text.contains("FxiOS/")) {
      return "Firefox";
    }
    if (text.contains("Chrome/") || text.contains("Chromium/") || text.contains("CriOS/")) {
      return "Chrome";
    }
    return text.contains("Safari/") ? "Safari" : "other";
  }
}
