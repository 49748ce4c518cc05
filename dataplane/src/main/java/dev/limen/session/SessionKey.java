package dev.limen.session;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a session is filed under in a store: 32 bytes derived from the browser's secret.
 *
 * <p>Invariant: the key tells nothing about the secret, so a dump of a store gives no cookie.
 * Immutable.
 */
public final class SessionKey {
  /** Bytes in a key. */
  public static final int LENGTH = 32;

  private final byte[] bytes;

  private SessionKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A key of exactly {@link #LENGTH} bytes, copied. */
  public static SessionKey of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a session key has 32 bytes: length=" + bytes.length);
    }
    return new SessionKey(bytes.clone());
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** 64 lower-case hexadecimal digits: the part of a store's key that names the session. */
  public String hex() {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Not even the key goes into a log: it names one person's session. */
  @Override
  public String toString() {
    return "SessionKey";
  }
}
