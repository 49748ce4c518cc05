package dev.limen.crypto;

import org.jspecify.annotations.Nullable;

/**
 * Something was sealed with a key that this ring does not hold, or by a later version: the check is
 * answered with 503, and an operator has to bring the key, or the version, back. Never a reason to
 * delete anything.
 *
 * <p>Invariant: the message holds nothing of what was sealed, and the key's id only where it looks
 * like one, since whoever writes to a store chooses these bytes.
 */
public final class UnknownKeyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** No key is called {@code keyId}; no stack is taken, since a lost key makes many of these. */
  public UnknownKeyException(String keyId) {
    this(
        "the key ring (cookie.secrets) holds no key with id="
            + (keyId.matches("[A-Za-z0-9-]{1,16}") ? keyId : "(unreadable)"),
        null);
  }

  private UnknownKeyException(String message, @Nullable Throwable cause) {
    super(message, cause, false, false);
  }

  /** A later version sealed it, in this format. */
  static UnknownKeyException ofFormat(int format) {
    return new UnknownKeyException("a later version of Limen sealed this: format=" + format, null);
  }
}
