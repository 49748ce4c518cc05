package dev.limen.session;

import dev.limen.bytes.Base64Url;
import dev.limen.bytes.Span;
import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The session cookie's value: the browser's secret, written down.
 *
 * <pre>
 *   base64url, no padding, of        offset (bytes)
 *      0 +--------------------+
 *        | version   1 B  = 1 |
 *      1 | secret   32 B      |
 *     33 | check     4 B      |  the first bytes of HMAC(ring key, version ‖ secret)
 *     37 +--------------------+
 * </pre>
 *
 * <p>Invariant: one secret has one spelling under one key, and only values of exactly {@link
 * #LENGTH} characters are looked at. The check sheds garbage before any store is asked; it is not
 * what is trusted: that is the seal of the record. Immutable; safe for all threads.
 */
public final class SessionCookie {
  /** Characters in a value. */
  public static final int LENGTH = 50;

  private static final String LABEL = "limen/cookie/1";
  private static final byte VERSION = 1;
  private static final int CHECK_LENGTH = 4;
  private static final int SIGNED_LENGTH = 1 + SessionSecret.LENGTH;

  private final KeyRing keys;

  /** Cookies checked under {@code keys}. */
  public SessionCookie(KeyRing keys) {
    this.keys = keys;
  }

  /** The value that carries {@code secret}; checked under the active key. */
  public String value(SessionSecret secret) {
    byte[] value = new byte[SIGNED_LENGTH + CHECK_LENGTH];
    value[0] = VERSION;
    System.arraycopy(secret.toBytes(), 0, value, 1, SessionSecret.LENGTH);
    byte[] check = keys.mac(LABEL, Arrays.copyOf(value, SIGNED_LENGTH));
    System.arraycopy(check, 0, value, SIGNED_LENGTH, CHECK_LENGTH);
    return Base64Url.encode(value);
  }

  /** The secret in {@code span}, or null for anything that {@link #value} did not write. */
  public @Nullable SessionSecret parse(byte[] bytes, long span) {
    byte[] value = read(bytes, span);
    if (value == null) {
      return null;
    }
    byte[] signed = Arrays.copyOf(value, SIGNED_LENGTH);
    byte[] check = Arrays.copyOfRange(value, SIGNED_LENGTH, value.length);
    return keys.macMatches(LABEL, signed, check)
        ? SessionSecret.of(Arrays.copyOfRange(value, 1, SIGNED_LENGTH))
        : null;
  }

  /**
   * Why {@link #parse} takes nothing from {@code span}. A value of our own form whose check fails
   * was forged, or was written under a key that this ring lacks: nobody can tell, since a cookie
   * names no key. It is no session either way, and no store is asked for it; but many of them mean
   * that a rotation of keys went ahead of this replica.
   */
  public Reason refusal(byte[] bytes, long span) {
    return read(bytes, span) == null
        ? Reason.SESSION_COOKIE_MALFORMED
        : Reason.SESSION_COOKIE_UNVERIFIED;
  }

  /** A value of our form, unchecked; else null. */
  private static byte @Nullable [] read(byte[] bytes, long span) {
    if (!Span.isPresent(span) || Span.length(span) != LENGTH) {
      return null;
    }
    byte[] value = new byte[SIGNED_LENGTH + CHECK_LENGTH];
    boolean isText = Base64Url.decode(bytes, span, value, 0) != Base64Url.MALFORMED;
    return isText && value[0] == VERSION ? value : null;
  }
}
