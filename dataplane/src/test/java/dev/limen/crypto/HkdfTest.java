package dev.limen.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** RFC 5869, against its own vector and against HMAC written out by hand. */
class HkdfTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  @DisplayName("RFC 5869, appendix A.3: no salt, no label")
  void theVectorOfTheRfcComesOut() {
    byte[] keyMaterial = HEX.parseHex("0b".repeat(22));

    assertThat(HEX.formatHex(Hkdf.derive(keyMaterial, "", 42)))
        .isEqualTo(
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                + "9d201395faa4b61a96c8");
  }

  @Test
  void aLabelIsTheInfoOfTheExpandStep() throws GeneralSecurityException {
    byte[] keyMaterial = HEX.parseHex("000102030405060708090a0b0c0d0e0f".repeat(2));

    assertThat(Hkdf.derive(keyMaterial, "limen/lookup/1", 32))
        .isEqualTo(byHand(keyMaterial, "limen/lookup/1"));
    assertThat(HEX.formatHex(Hkdf.derive(keyMaterial, "limen/lookup/1", 32)))
        .isEqualTo("ffc6224671ebe1b0ce593a471bdb307c8036e4a16e5648a23511577aefbaa759");
  }

  @Test
  void labelsKeepUsesApart() {
    byte[] keyMaterial = new byte[32];

    assertThat(Hkdf.derive(keyMaterial, "limen/b/1", 32))
        .isNotEqualTo(Hkdf.derive(keyMaterial, "limen/m/1", 32));
  }

  /** One block of RFC 5869, section 2, of HMAC alone. */
  static byte[] byHand(byte[] keyMaterial, String label) throws GeneralSecurityException {
    byte[] pseudoRandomKey = hmac(new byte[32], keyMaterial);
    byte[] info = label.getBytes(US_ASCII);
    byte[] block = Arrays.copyOf(info, info.length + 1);
    block[info.length] = 1;
    return hmac(pseudoRandomKey, block);
  }

  private static byte[] hmac(byte[] key, byte[] message) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(message);
  }
}
