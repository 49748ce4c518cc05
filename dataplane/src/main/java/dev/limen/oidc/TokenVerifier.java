package dev.limen.oidc;

import dev.limen.bytes.Base64Url;
import dev.limen.bytes.Span;
import dev.limen.config.ProviderConfig;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks what all signed tokens have in common: size, shape, header and signature.
 *
 * <pre>
 *   token = BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature)   RFC 7515, 7.1
 * </pre>
 *
 * <p>Invariant: no claim is read before the signature holds; the key comes from the provider's
 * published set and from nowhere else, whatever the header says (RFC 8725, section 3.10). Nothing
 * is ever decrypted or inflated: five parts are not three. Immutable; safe for all threads.
 */
final class TokenVerifier {
  /** Envoy's header limit is 60 KiB, so no longer token can reach an upstream. */
  static final int MAX_LENGTH = 64 * 1024;

  /** A header holds an algorithm and names; this is generous. */
  static final int MAX_HEADER_LENGTH = 4 * 1024;

  static final int MAX_KEY_ID_LENGTH = 256;

  /*
   * What brings a key, names a place to fetch one, or changes how the token is to be read. Other
   * parameters that nobody here understands are ignored, as RFC 7515, section 4, wants it: several
   * providers put some there.
   */
  private static final Set<String> REFUSED_PARAMETERS =
      Set.of("jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "epk", "p2c", "p2s", "cty");

  private final Set<SigningAlgorithm> enabled;

  TokenVerifier(Set<SigningAlgorithm> enabled) {
    this.enabled = Set.copyOf(enabled);
  }

  /** Accepts the algorithms that this provider may use. */
  static TokenVerifier of(ProviderConfig config) {
    return of(config.oidcConfig().enabledSigningAlgs());
  }

  /** Accepts the algorithms of these names. */
  static TokenVerifier of(List<String> algorithms) {
    Set<SigningAlgorithm> enabled = EnumSet.noneOf(SigningAlgorithm.class);
    for (String name : algorithms) {
      SigningAlgorithm algorithm = SigningAlgorithm.named(name);
      if (algorithm != null) {
        enabled.add(algorithm);
      }
    }
    return new TokenVerifier(enabled);
  }

  /**
   * The payload of a token, whose signature is not looked at: of one that was accepted before, and
   * kept; or to choose who may judge it, and for nothing else. Null if there is none.
   */
  static @Nullable JsonObject payloadOf(String token) {
    int firstDot = token.indexOf('.');
    int secondDot = token.indexOf('.', firstDot + 1);
    return firstDot < 0 || secondDot < 0
        ? null
        : json(decoded(token.getBytes(StandardCharsets.ISO_8859_1), firstDot + 1, secondDot));
  }

  /** The rule that a token breaks by what can be seen of it without decoding it, or null. */
  static @Nullable TokenRule brokenShape(String token) {
    if (token.length() > MAX_LENGTH) {
      return TokenRule.SIZE;
    }
    int firstDot = token.indexOf('.');
    int secondDot = token.indexOf('.', firstDot + 1);
    boolean isJws =
        firstDot > 0
            && secondDot > firstDot + 1
            && secondDot < token.length() - 1
            && token.indexOf('.', secondDot + 1) < 0;
    return isJws ? null : TokenRule.SHAPE;
  }

  /**
   * Checks one token.
   *
   * @param types what {@code typ} may be, in lower case; one that is absent is a {@code jwt}
   */
  Verdict verify(String token, Set<String> types, KeySet keys) {
    TokenRule misshapen = brokenShape(token);
    if (misshapen != null) {
      return new Verdict.Refused(misshapen);
    }
    byte[] bytes = token.getBytes(StandardCharsets.ISO_8859_1);
    int firstDot = token.indexOf('.');
    int secondDot = token.indexOf('.', firstDot + 1);
    byte[] signature = decoded(bytes, secondDot + 1, bytes.length);
    byte[] payload = decoded(bytes, firstDot + 1, secondDot);
    if (signature == null || payload == null) {
      return new Verdict.Refused(TokenRule.SHAPE);
    }
    JsonObject header = firstDot > MAX_HEADER_LENGTH ? null : json(decoded(bytes, 0, firstDot));
    TokenRule broken = header == null ? TokenRule.HEADER : brokenByHeader(header, types);
    SigningAlgorithm algorithm = header == null ? null : algorithm(header);
    if (broken != null || header == null || algorithm == null) {
      return new Verdict.Refused(broken == null ? TokenRule.ALGORITHM : broken);
    }
    byte[] input = new byte[secondDot];
    System.arraycopy(bytes, 0, input, 0, secondDot);
    String keyId = header.text("kid");
    List<PublicKey> candidates = keys.chosen(keyId, algorithm);
    if (candidates.isEmpty()) {
      return new Verdict.KeyUnknown();
    }
    if (keyId == null && candidates.size() > 1) {
      return new Verdict.Refused(TokenRule.KEY_ID);
    }
    PublicKey key = signerAmong(candidates, algorithm, input, signature);
    if (key == null) {
      // Without a name, the one key that is known here may simply be yesterday's.
      return keyId == null ? new Verdict.KeyUnknown() : new Verdict.Refused(TokenRule.SIGNATURE);
    }
    JsonObject claims = JsonObject.parse(payload);
    return claims == null
        ? new Verdict.Refused(TokenRule.PAYLOAD)
        : new Verdict.Accepted(header, new Signer(keyId, algorithm, key), claims);
  }

  private @Nullable TokenRule brokenByHeader(JsonObject header, Set<String> types) {
    for (String name : header.names()) {
      if (REFUSED_PARAMETERS.contains(name)) {
        return TokenRule.HEADER_PARAMETER;
      }
    }
    String type = typeOf(header);
    if (type == null || !types.contains(type)) {
      return TokenRule.TYPE;
    }
    return header.has("kid") && !isKeyId(header.text("kid")) ? TokenRule.KEY_ID : null;
  }

  /**
   * The {@code typ} of a header, in lower case and without {@code application/} (RFC 7515, section
   * 4.1.9); null if it is no string. Without one a token is a {@code jwt} (RFC 7519, section 5.1).
   */
  static @Nullable String typeOf(JsonObject header) {
    if (!header.has("typ")) {
      return "jwt";
    }
    String type = header.text("typ");
    String lowerCase = type == null ? null : type.toLowerCase(Locale.ROOT);
    String prefix = "application/";
    return lowerCase != null && lowerCase.startsWith(prefix)
        ? lowerCase.substring(prefix.length())
        : lowerCase;
  }

  private static boolean isKeyId(@Nullable String keyId) {
    return keyId != null && !keyId.isEmpty() && keyId.length() <= MAX_KEY_ID_LENGTH;
  }

  private @Nullable SigningAlgorithm algorithm(JsonObject header) {
    String name = header.text("alg");
    SigningAlgorithm algorithm = name == null ? null : SigningAlgorithm.named(name);
    return algorithm != null && enabled.contains(algorithm) ? algorithm : null;
  }

  private static @Nullable PublicKey signerAmong(
      List<PublicKey> candidates, SigningAlgorithm algorithm, byte[] input, byte[] signature) {
    for (PublicKey candidate : candidates) {
      if (algorithm.verifies(candidate, input, signature)) {
        return candidate;
      }
    }
    return null;
  }

  private static @Nullable JsonObject json(byte @Nullable [] bytes) {
    return bytes == null ? null : JsonObject.parse(bytes);
  }

  private static byte @Nullable [] decoded(byte[] bytes, int start, int end) {
    int length = Base64Url.decodedLength(end - start);
    if (length == Base64Url.MALFORMED) {
      return null;
    }
    byte[] decoded = new byte[length];
    long span = Span.of(start, end);
    return Base64Url.decode(bytes, span, decoded, 0) == Base64Url.MALFORMED ? null : decoded;
  }
}
