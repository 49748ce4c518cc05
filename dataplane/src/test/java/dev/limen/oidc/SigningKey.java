package dev.limen.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A provider's key in tests: signs whatever header and claims it is given, right or wrong.
 *
 * @param jwk both halves
 */
record SigningKey(JWK jwk) {
  static SigningKey rsa(String keyId) {
    return rsa(keyId, 2048);
  }

  static SigningKey rsa(String keyId, int bits) {
    try {
      return new SigningKey(
          new RSAKeyGenerator(bits, true).keyID(keyId).keyUse(KeyUse.SIGNATURE).generate());
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  static SigningKey ec(String keyId, Curve curve) {
    try {
      return new SigningKey(
          new ECKeyGenerator(curve).keyID(keyId).keyUse(KeyUse.SIGNATURE).generate());
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A header with this algorithm and the key's id. */
  Map<String, Object> header(String algorithm) {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("alg", algorithm);
    header.put("kid", jwk.getKeyID());
    header.put("typ", "JWT");
    return header;
  }

  /** Signs with the algorithm that {@code algorithm} names, whatever the header says. */
  String sign(String algorithm, Map<String, Object> header, Map<String, Object> claims) {
    return sign(algorithm, header, JSONObjectUtils.toJSONString(claims));
  }

  String sign(String algorithm, Map<String, Object> header, String payload) {
    String input = part(JSONObjectUtils.toJSONString(header)) + "." + part(payload);
    try {
      JWSHeader real = new JWSHeader(JWSAlgorithm.parse(algorithm));
      byte[] bytes = input.getBytes(StandardCharsets.US_ASCII);
      Base64URL signature =
          jwk instanceof RSAKey rsa
              ? new RSASSASigner(
                      rsa,
                      java.util.Set.of(com.nimbusds.jose.crypto.opts.AllowWeakRSAKey.getInstance()))
                  .sign(real, bytes)
              : new ECDSASigner((ECKey) jwk).sign(real, bytes);
      return input + "." + signature;
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The base64url of UTF-8 text. */
  static String part(String text) {
    return Base64URL.encode(text).toString();
  }

  /** The published set of these keys, as JSON. */
  static String published(List<SigningKey> keys) {
    return new JWKSet(keys.stream().map(SigningKey::jwk).toList()).toString(true);
  }

  static KeySet keySet(SigningKey... keys) {
    return keySet(published(List.of(keys)));
  }

  static KeySet keySet(String json) {
    JsonObject document = JsonObject.parse(json.getBytes(StandardCharsets.UTF_8));
    if (document == null) {
      throw new IllegalArgumentException("not JSON: " + json);
    }
    try {
      return KeySet.read(document, 0);
    } catch (MetadataRefusedException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
