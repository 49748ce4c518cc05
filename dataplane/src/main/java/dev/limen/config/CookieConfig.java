package dev.limen.config;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The session cookie, the flow cookies and the key ring.
 *
 * @param name of the session cookie; flow cookies are named after it
 * @param secure the {@code Secure} attribute; false only for plain http off loopback, and then the
 *     name must not begin with {@code __Host-} or {@code __Secure-}
 * @param secrets the key ring: the first seals, all open
 * @param flow the cookies of logins under way
 */
public record CookieConfig(
    @Setting(value = "__Host-limen", doc = "Of the session cookie; flow cookies are named after it")
        String name,
    @Setting(value = "true", doc = "The Secure attribute; false only for plain http off loopback")
        boolean secure,
    @Setting(value = "[]", doc = "The key ring: the first seals, all open") List<RingKey> secrets,
    @Setting FlowConfig flow) {

  public CookieConfig {
    secrets = List.copyOf(secrets);
    Require.that(
        name.matches("[A-Za-z0-9_-]{1,64}"),
        "cookie.name",
        name,
        "letters, digits, hyphens and underscores, at most 64");
    Require.that(
        secure || !(name.startsWith("__Host-") || name.startsWith("__Secure-")),
        "cookie.name",
        name,
        "a name without __Host- or __Secure-, since cookie.secure is false");
    Set<String> ids = new HashSet<>();
    for (RingKey key : secrets) {
      Require.that(ids.add(key.id()), "cookie.secrets[].id", key.id(), "each id once");
    }
  }

  /**
   * One key of the ring.
   *
   * @param id names the key in what it sealed; 1 to 16 letters, digits, hyphens
   * @param key 32 random bytes, in base64
   */
  public record RingKey(
      @Setting(doc = "Names the key in what it sealed") String id,
      @Setting(doc = "32 random bytes in base64", inline = true) Secret key) {
    public RingKey {
      Require.that(
          id.matches("[A-Za-z0-9-]{1,16}"),
          "cookie.secrets[].id",
          id,
          "1 to 16 letters, digits and hyphens");
    }
  }

  /**
   * The cookies of logins under way, one each.
   *
   * @param maxFlows at this many the oldest is cleared; 1 to 32
   * @param expire how long a login may take; 1 s to 1 h
   */
  public record FlowConfig(
      @Setting(
              value = "8",
              bounds = "1 to 32",
              doc = "Logins under way in one browser; at this many the oldest is cleared")
          int maxFlows,
      @Setting(value = "15m", bounds = "1s to 1h", doc = "How long a login may take")
          Duration expire) {}
}
