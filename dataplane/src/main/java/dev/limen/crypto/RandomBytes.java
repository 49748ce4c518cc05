package dev.limen.crypto;

import java.security.SecureRandom;

/**
 * The only source of random bytes for secrets, nonces, states and verifiers.
 *
 * <p>Invariant: always the system's secure source, never a seeded one. Safe for all threads.
 */
public final class RandomBytes {
  private static final SecureRandom SOURCE = new SecureRandom();

  private RandomBytes() {}

  /** {@code length} new random bytes. */
  public static byte[] next(int length) {
    byte[] bytes = new byte[length];
    SOURCE.nextBytes(bytes);
    return bytes;
  }
}
