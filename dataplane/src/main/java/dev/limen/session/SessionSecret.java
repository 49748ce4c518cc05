package dev.limen.session;

import dev.limen.crypto.Hkdf;
import dev.limen.crypto.RandomBytes;

/**
 * What the browser holds: 32 random bytes, from which the key in the store and the browser's half
 * of the sealing key are derived.
 *
 * <p>Invariant: never changes during a session and never leaves it, but in the session cookie.
 * Source: HKDF-SHA256 (RFC 5869) with distinct labels.
 */
public final class SessionSecret {
  /** Bytes in a secret. */
  public static final int LENGTH = 32;

  private static final String LOOKUP_LABEL = "limen/lookup/1";
  private static final String USER_KEY_LABEL = "limen/user/1";

  private final byte[] bytes;
  private final SessionKey key;

  private SessionSecret(byte[] bytes) {
    this.bytes = bytes;
    this.key = SessionKey.of(Hkdf.derive(bytes, LOOKUP_LABEL, SessionKey.LENGTH));
  }

  /** A new secret from the system's secure random source. */
  public static SessionSecret random() {
    return new SessionSecret(RandomBytes.next(LENGTH));
  }

  /** A secret of exactly {@link #LENGTH} bytes, copied. */
  public static SessionSecret of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a session secret has 32 bytes: length=" + bytes.length);
    }
    return new SessionSecret(bytes.clone());
  }

  /** What the session is filed under. */
  public SessionKey key() {
    return key;
  }

  /** The browser's half of the key that seals the tokens. */
  public byte[] userKey() {
    return Hkdf.derive(bytes, USER_KEY_LABEL, LENGTH);
  }

  /** A copy of the bytes, for the cookie. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Never a secret in a log. */
  @Override
  public String toString() {
    return "SessionSecret";
  }
}
