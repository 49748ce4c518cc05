package dev.limen.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Derives keys with labels that keep their uses apart.
 *
 * <p>Invariant: keys of different labels tell nothing about each other. Source: HKDF-SHA256 (RFC
 * 5869, extract then expand, no salt); the JDK's own {@code KDF} (JEP 510). Safe for all threads.
 */
public final class Hkdf {
  private Hkdf() {}

  /** {@code length} bytes from {@code keyMaterial} for the use that {@code label} names. */
  public static byte[] derive(byte[] keyMaterial, String label, int length) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveData(
              HKDFParameterSpec.ofExtract()
                  .addIKM(keyMaterial)
                  .thenExpand(label.getBytes(StandardCharsets.US_ASCII), length));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HKDF-SHA256", e);
    }
  }
}
