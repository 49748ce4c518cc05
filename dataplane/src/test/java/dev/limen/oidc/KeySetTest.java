package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.Base64URL;
import java.math.BigInteger;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which published keys may verify a signature. */
class KeySetTest {
  private static final SigningKey RSA = SigningKey.rsa("r");
  private static final SigningKey EC = SigningKey.ec("e", Curve.P_256);

  @Test
  void aKeyFitsTheAlgorithmsOfItsKind() {
    KeySet keys = SigningKey.keySet(RSA, EC);
    assertThat(keys.named("r", SigningAlgorithm.RS256)).hasSize(1);
    assertThat(keys.named("r", SigningAlgorithm.PS512)).hasSize(1);
    assertThat(keys.named("r", SigningAlgorithm.ES256)).isEmpty();
    assertThat(keys.named("e", SigningAlgorithm.ES256)).hasSize(1);
    assertThat(keys.named("e", SigningAlgorithm.ES384)).isEmpty();
    assertThat(keys.named("other", SigningAlgorithm.RS256)).isEmpty();
    assertThat(keys.fitting(SigningAlgorithm.RS256)).hasSize(1);
  }

  @Test
  void aKeyThatNamesItsAlgorithmFitsNoOther() {
    String json =
        SigningKey.published(List.of(RSA)).replace("\"kid\"", "\"alg\":\"RS256\",\"kid\"");
    assertThat(SigningKey.keySet(json).named("r", SigningAlgorithm.RS256)).hasSize(1);
    assertThat(SigningKey.keySet(json).named("r", SigningAlgorithm.PS256)).isEmpty();
  }

  @Test
  void whatIsNotForSignaturesIsLeftOut() {
    String good = SigningKey.published(List.of(RSA));
    for (String spoiled :
        List.of(
            good.replace("\"use\":\"sig\"", "\"use\":\"enc\""),
            good.replace("\"use\":\"sig\"", "\"key_ops\":[\"encrypt\"]"),
            good.replace("\"kid\"", "\"alg\":\"RSA-OAEP\",\"kid\""),
            good.replace("\"kty\":\"RSA\"", "\"kty\":\"QUANTUM\""),
            good.replace("\"n\":", "\"m\":"),
            "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"r\"}]}",
            "{\"keys\":[1,null,\"x\",{}]}",
            "{\"keys\":{}}",
            "{\"keys\":[]}",
            "{}")) {
      assertThatThrownBy(() -> SigningKey.keySet(spoiled))
          .hasMessageContaining("of which none is usable, expected a public signing key");
    }
  }

  @Test
  void anUnusableKeyDoesNotHideTheOthers() {
    String both =
        SigningKey.published(List.of(RSA))
            .replace("[{", "[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"},{\"kty\":7},{");
    assertThat(SigningKey.keySet(both).named("r", SigningAlgorithm.RS256)).hasSize(1);
  }

  /** A modulus of that length, and not more of a key than its looks. */
  private static String rsaOf(int bits) {
    BigInteger modulus = BigInteger.ONE.shiftLeft(bits - 1).add(BigInteger.ONE);
    return "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"e\":\"AQAB\",\"n\":\""
        + Base64URL.encode(modulus)
        + "\"}]}";
  }

  @ParameterizedTest
  @ValueSource(ints = {KeySet.MIN_RSA_BITS, KeySet.MAX_RSA_BITS})
  void anRsaKeyIsTakenAtEitherLimit(int bits) {
    assertThat(SigningKey.keySet(rsaOf(bits)).named("k", SigningAlgorithm.RS256)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {KeySet.MIN_RSA_BITS - 1, KeySet.MAX_RSA_BITS + 1})
  void anRsaKeyIsLeftOutBeyondEitherLimit(int bits) {
    assertThatThrownBy(() -> SigningKey.keySet(rsaOf(bits)))
        .hasRootCauseInstanceOf(MetadataRefusedException.class);
  }

  @Test
  @DisplayName("RFC 7518, section 3.3: RSA keys have 2048 bits or more")
  void shortRsaKeysAreLeftOut() {
    assertThatThrownBy(() -> SigningKey.keySet(SigningKey.rsa("short", 1024)))
        .hasMessageContaining("none is usable");
  }

  @Test
  void aSetIsReadUpToItsLimit() {
    String key = SigningKey.published(List.of(EC));
    String one = key.substring(key.indexOf('[') + 1, key.lastIndexOf(']'));
    String full =
        "{\"keys\":[" + String.join(",", Collections.nCopies(KeySet.MAX_KEYS, one)) + "]}";
    assertThat(SigningKey.keySet(full).fitting(SigningAlgorithm.ES256)).hasSize(KeySet.MAX_KEYS);
    assertThatThrownBy(() -> SigningKey.keySet(full.replace("[{", "[" + one + ",{")))
        .hasMessageContaining("keys=65, expected at most 64");
  }
}
