package dev.limen.session;

import dev.limen.config.ConfigException;
import dev.limen.config.CookieConfig;
import dev.limen.crypto.KeyRing;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Makes the key ring that an operator configured under {@code cookie.secrets}.
 *
 * <p>Invariant: a key that is not base64 of exactly 32 bytes stops the start, named by its id; the
 * message never holds anything of it. It stands here, since {@code config} and {@code crypto} are
 * neighbours that do not know each other.
 */
public final class ConfiguredKeyRing {
  private static final String EXPECTED =
      "base64 of exactly 32 random bytes (openssl rand -base64 32)";

  private ConfiguredKeyRing() {}

  /** The ring of these keys: the first seals, all open. */
  public static KeyRing of(List<CookieConfig.RingKey> configured) {
    if (configured.isEmpty()) {
      throw new ConfigException("cookie.secrets", "[]", "at least one key");
    }
    List<KeyRing.Key> keys = new ArrayList<>();
    for (CookieConfig.RingKey key : configured) {
      keys.add(new KeyRing.Key(key.id(), decode(key)));
    }
    return KeyRing.of(keys);
  }

  private static byte[] decode(CookieConfig.RingKey key) {
    // Both alphabets of RFC 4648 are in use: openssl writes the first, oauth2-proxy's manual the
    // second. A file ends with a line feed.
    String base64 = key.key().reveal().strip().replace('-', '+').replace('_', '/');
    String name = "cookie.secrets[id=" + key.id() + "]";
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(name, "a secret that is not base64", EXPECTED);
    }
    if (bytes.length != KeyRing.KEY_LENGTH) {
      throw new ConfigException(name, "a secret of " + bytes.length + " bytes", EXPECTED);
    }
    return bytes;
  }
}
