package dev.limen.session;

import dev.limen.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What a one-time token is filed under.
 *
 * <p>Invariant: of fixed length, and the same for the same {@code jti} of the same issuer only: a
 * hash, so that nothing of a token stands in a store.
 *
 * @param hex 64 hexadecimal digits
 */
public record TokenMark(String hex) {
  /** The mark of the token {@code tokenId} of {@code issuer}. */
  public static TokenMark of(String issuer, String tokenId) {
    // An issuer is a URL, and holds no zero: the two cannot be divided in another way.
    String both = issuer + '\0' + tokenId;
    return new TokenMark(
        HexFormat.of().formatHex(Digests.sha256(both.getBytes(StandardCharsets.UTF_8))));
  }
}
