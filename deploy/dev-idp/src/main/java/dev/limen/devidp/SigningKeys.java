package dev.limen.devidp;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.factories.DefaultJWSSignerFactory;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The keys that sign tokens: the newest signs, all that are here are published.
 *
 * <p>Invariant: there is at least one key, the last of the list is the newest, and every private
 * key stays inside. Safe for all threads.
 */
final class SigningKeys {
  private static final int RSA_BITS = 2048;

  private final JWSAlgorithm algorithm;
  private final CopyOnWriteArrayList<JWK> keys = new CopyOnWriteArrayList<>();

  SigningKeys(String algorithm) {
    if (!List.of("RS256", "PS256", "ES256").contains(algorithm)) {
      throw new IllegalArgumentException(
          "signing algorithm=" + algorithm + ", expected RS256, PS256 or ES256");
    }
    this.algorithm = JWSAlgorithm.parse(algorithm);
    keys.add(generate());
  }

  JWSAlgorithm algorithm() {
    return algorithm;
  }

  /** From now on a new key signs; the others stay published. */
  void rotate() {
    keys.add(generate());
  }

  /** Publishes the newest key only; what older ones signed verifies no more. */
  void dropOld() {
    JWK newest = keys.getLast();
    keys.removeIf(key -> !key.equals(newest));
  }

  /** The public halves, as the certs endpoint serves them. */
  JWKSet published() {
    return new JWKSet(List.copyOf(keys)).toPublicJWKSet();
  }

  String sign(Map<String, Object> claims) {
    return sign(claims, JOSEObjectType.JWT);
  }

  /** Signs with {@code type} in the header, or none. */
  String sign(Map<String, Object> claims, @Nullable JOSEObjectType type) {
    JWK key = keys.getLast();
    JWSHeader header = new JWSHeader.Builder(algorithm).type(type).keyID(key.getKeyID()).build();
    JWSObject jwt = new JWSObject(header, new Payload(claims));
    try {
      jwt.sign(new DefaultJWSSignerFactory().createJWSSigner(key, algorithm));
    } catch (JOSEException e) {
      throw new IllegalStateException("cannot sign with " + algorithm, e);
    }
    return jwt.serialize();
  }

  /** The same token with one bit of its signature turned. */
  static String withBrokenSignature(String token) {
    int lastDot = token.lastIndexOf('.');
    byte[] signature = new Base64URL(token.substring(lastDot + 1)).decode();
    signature[signature.length / 2] ^= 1;
    return token.substring(0, lastDot + 1) + Base64URL.encode(signature);
  }

  /** The claims of a token that a published key signed; null for anything else. */
  @Nullable Map<String, Object> verified(String token) {
    try {
      JWSObject jwt = JWSObject.parse(token);
      for (JWK key : keys) {
        if (key.getKeyID().equals(jwt.getHeader().getKeyID()) && verifies(jwt, key)) {
          return jwt.getPayload().toJSONObject();
        }
      }
      return null;
    } catch (ParseException | JOSEException _) {
      return null;
    }
  }

  private boolean verifies(JWSObject jwt, JWK key) throws JOSEException {
    // The algorithm is ours, not the token's word (RFC 8725, section 3.1).
    return jwt.getHeader().getAlgorithm().equals(algorithm)
        && key instanceof AsymmetricJWK asymmetric
        && jwt.verify(
            new DefaultJWSVerifierFactory()
                .createJWSVerifier(jwt.getHeader(), asymmetric.toPublicKey()));
  }

  private JWK generate() {
    try {
      if (algorithm.equals(JWSAlgorithm.ES256)) {
        return new ECKeyGenerator(Curve.P_256)
            .keyUse(KeyUse.SIGNATURE)
            .algorithm(algorithm)
            .keyIDFromThumbprint(true)
            .generate();
      }
      return new RSAKeyGenerator(RSA_BITS)
          .keyUse(KeyUse.SIGNATURE)
          .algorithm(algorithm)
          .keyIDFromThumbprint(true)
          .generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("cannot make a key for " + algorithm, e);
    }
  }
}
