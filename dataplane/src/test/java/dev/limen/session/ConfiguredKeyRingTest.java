package dev.limen.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.config.ConfigException;
import dev.limen.config.CookieConfig;
import dev.limen.config.Secret;
import dev.limen.crypto.KeyRing;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code cookie.secrets}, as an operator may write it, and as not. */
class ConfiguredKeyRingTest {
  private static final String KEY = Base64.getEncoder().encodeToString(filled(32));

  @Test
  void aKeyIsThirtyTwoBytesInEitherAlphabetWithOrWithoutPaddingAndWhiteSpaceAround() {
    byte[] code = ring(KEY).mac("a", new byte[1]);

    assertThat(ring(KEY + "\n").mac("a", new byte[1])).isEqualTo(code);
    assertThat(ring(KEY.replace("=", "")).mac("a", new byte[1])).isEqualTo(code);
    assertThat(ring(KEY.replace('/', '_').replace('+', '-')).mac("a", new byte[1])).isEqualTo(code);
  }

  @Test
  void theFirstKeySeals() {
    String other = Base64.getEncoder().encodeToString(new byte[32]);
    KeyRing ring =
        ConfiguredKeyRing.of(
            List.of(
                new CookieConfig.RingKey("new", new Secret(other)),
                new CookieConfig.RingKey("old", new Secret(KEY))));

    assertThat(ring.mac("a", new byte[1])).isEqualTo(ring(other).mac("a", new byte[1]));
    assertThat(ring.macMatches("a", new byte[1], ring(KEY).mac("a", new byte[1]))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33})
  void aKeyOfAnotherLengthStopsTheStart(int length) {
    assertThatThrownBy(() -> ring(Base64.getEncoder().encodeToString(filled(length))))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "cookie.secrets[id=k1]: found a secret of "
                + length
                + " bytes, expected base64 of exactly 32 random bytes (openssl rand -base64 32)");
  }

  @Test
  void aKeyThatIsNotBase64StopsTheStartAndIsNotRepeated() {
    assertThatThrownBy(() -> ring("swordfish, and no base64"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("cookie.secrets[id=k1]: found a secret that is not base64")
        .hasMessageNotContaining("swordfish");
  }

  @Test
  void noKeyAtAllStopsTheStart() {
    assertThatThrownBy(() -> ConfiguredKeyRing.of(List.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessage("cookie.secrets: found [], expected at least one key");
  }

  private static KeyRing ring(String key) {
    return ConfiguredKeyRing.of(List.of(new CookieConfig.RingKey("k1", new Secret(key))));
  }

  /** Bytes whose base64 has characters that differ between the alphabets. */
  private static byte[] filled(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0xfb);
    return bytes;
  }
}
