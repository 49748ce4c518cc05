package dev.limen.crypto;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Hashes, and compares what an attacker may guess at.
 *
 * <p>Invariant: how long a comparison takes depends on lengths alone, never on where two values
 * differ. Source: SHA-256 (FIPS 180-4); {@link MessageDigest#isEqual}. Safe for all threads.
 */
public final class Digests {
  private Digests() {}

  /** The 32 bytes of SHA-256 over {@code bytes}. */
  public static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }

  /** Whether both hold the same bytes; the only comparison for secrets, codes and tags. */
  public static boolean constantTimeEquals(byte[] one, byte[] other) {
    return MessageDigest.isEqual(one, other);
  }
}
