package dev.limen.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What hashes and comparisons answer; how long they take is the JDK's promise. */
class DigestsTest {
  @Test
  @DisplayName("FIPS 180-4: SHA-256 of abc")
  void theStandardsExampleComesOut() {
    assertThat(HexFormat.of().formatHex(Digests.sha256("abc".getBytes(US_ASCII))))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void onlyTheSameBytesAreEqual() {
    byte[] code = {1, 2, 3};

    assertThat(Digests.constantTimeEquals(code, new byte[] {1, 2, 3})).isTrue();
    assertThat(Digests.constantTimeEquals(code, new byte[] {1, 2, 4})).isFalse();
    assertThat(Digests.constantTimeEquals(code, new byte[] {1, 2})).isFalse();
    assertThat(Digests.constantTimeEquals(code, new byte[] {1, 2, 3, 0})).isFalse();
    assertThat(Digests.constantTimeEquals(new byte[0], new byte[0])).isTrue();
  }
}
