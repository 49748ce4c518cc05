package dev.limen.oidc;

import dev.limen.crypto.Digests;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * SHA-256 of a token: what is kept of it.
 *
 * <p>Invariant: no token can be found from it, and no second token with the same one. How long a
 * comparison takes says something of a digest at most, and of no token. Immutable.
 */
record TokenDigest(long first, long second, long third, long fourth) {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  static TokenDigest of(String token) {
    byte[] digest = Digests.sha256(token.getBytes(StandardCharsets.ISO_8859_1));
    return new TokenDigest(word(digest, 0), word(digest, 8), word(digest, 16), word(digest, 24));
  }

  private static long word(byte[] digest, int index) {
    return (long) WORD.get(digest, index);
  }

  /** Any of its words is as good as random. */
  @Override
  public int hashCode() {
    return Long.hashCode(first);
  }

  @Override
  public String toString() {
    return "TokenDigest";
  }
}
