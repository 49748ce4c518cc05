package dev.limen.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Authenticates bytes under a key.
 *
 * <p>Invariant: compared only by {@link Digests#constantTimeEquals}. Source: HMAC-SHA256 (RFC
 * 2104), the JDK's own. Safe for all threads.
 */
final class Hmac {
  private static final String ALGORITHM = "HmacSHA256";

  private Hmac() {}

  /** 32 bytes over {@code data}. */
  static byte[] sha256(byte[] key, byte[] data) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac.doFinal(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + ALGORITHM, e);
    }
  }
}
