package dev.limen.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Facts: security, sections 5.2 and 5.5. */
class KeyRingTest {
  private static final String LABEL = "limen/b/1";
  private static final byte[] USER_KEY = filled(32, 7);
  private static final byte[] BOUND_TO = "session 1".getBytes(US_ASCII);
  private static final byte[] PLAINTEXT = "a token nobody may read".getBytes(US_ASCII);
  private static final KeyRing.Key K1 = new KeyRing.Key("k1", filled(32, 1));
  private static final KeyRing.Key K2 = new KeyRing.Key("k2", filled(32, 2));

  private final KeyRing ring = KeyRing.of(List.of(K1));

  @Test
  void whatWasSealedOpens() {
    assertThat(open(ring, seal(ring))).isEqualTo(PLAINTEXT);
  }

  @Test
  void nothingAtAllCanBeSealed() {
    byte[] sealed = ring.seal(LABEL, new byte[0], new byte[0], new byte[0]);

    assertThat(ring.open(LABEL, new byte[0], new byte[0], sealed)).isEmpty();
  }

  @Test
  void theSealedTextIsNotThePlaintext() {
    assertThat(new String(seal(ring), US_ASCII)).doesNotContain("token");
  }

  @Test
  void noNonceComesTwice() {
    Set<String> nonces = new HashSet<>();
    for (int i = 0; i < 2_000; i++) {
      byte[] sealed = ring.seal(LABEL, new byte[0], new byte[0], new byte[0]);
      nonces.add(HexFormat.of().formatHex(sealed, 4, 16));
    }

    assertThat(nonces).hasSize(2_000);
  }

  @Test
  void aKeyIsInNoText() {
    String text = ring + " " + K1;

    assertThat(text).isEqualTo("KeyRing[1] Key[k1]");
  }

  @Test
  void aGeneratedRingOpensWhatItSealedAndNothingOfAnother() {
    KeyRing one = KeyRing.generated();
    KeyRing other = KeyRing.generated();

    assertThat(open(one, seal(one))).isEqualTo(PLAINTEXT);
    assertThat(open(other, seal(one))).isNull();
  }

  @Test
  void aRingWithoutAKeyIsNoRing() {
    assertThatThrownBy(() -> KeyRing.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a key ring has at least one key");
  }

  @Test
  void aKeyHasAnIdAndThirtyTwoBytes() {
    assertThatThrownBy(() -> new KeyRing.Key("k1", new byte[31])).hasMessageEndingWith("length=31");
    assertThatThrownBy(() -> new KeyRing.Key("k1", new byte[33])).hasMessageEndingWith("length=33");
    assertThatThrownBy(() -> new KeyRing.Key("", new byte[32])).hasMessageEndingWith("length=32");
    assertThatThrownBy(() -> new KeyRing.Key("k".repeat(17), new byte[32]))
        .hasMessageEndingWith("length=32");
    assertThat(new KeyRing.Key("k".repeat(16), new byte[32]).id()).hasSize(16);
  }

  /** The layout, written out again with HMAC and AES-GCM by hand, so that it cannot drift. */
  @Nested
  class TheLayout {
    @Test
    void isTheOneInTheDiagram() throws GeneralSecurityException {
      byte[] sealed = seal(ring);

      assertThat(Arrays.copyOf(sealed, 4)).isEqualTo(new byte[] {1, 2, 'k', '1'});
      assertThat(sealed).hasSize(4 + 12 + PLAINTEXT.length + 16);
      assertThat(openByHand(sealed, USER_KEY)).isEqualTo(PLAINTEXT);
    }

    @Test
    void isReadFromWhatOthersWrote() throws GeneralSecurityException {
      byte[] header = {1, 2, 'k', '1'};
      byte[] nonce = filled(12, 9);
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, keyByHand(USER_KEY), new GCMParameterSpec(128, nonce));
      cipher.updateAAD(header);
      cipher.updateAAD(BOUND_TO);

      assertThat(open(ring, joined(header, nonce, cipher.doFinal(PLAINTEXT)))).isEqualTo(PLAINTEXT);
    }

    /** Computed apart from this code base, from the same keys and a nonce of twelve nines. */
    @Test
    void opensAVectorThatWasComputedElsewhere() {
      byte[] sealed =
          HexFormat.of()
              .parseHex(
                  "01026b31090909090909090909090909"
                      + "ffd653a23673396dff3ca3b43835346b5ae2dd56"
                      + "ac58fee32b9f865d244a555895f79bdc3217f7");

      assertThat(open(ring, sealed)).isEqualTo(PLAINTEXT);
    }

    private byte[] openByHand(byte[] sealed, byte[] userKey) throws GeneralSecurityException {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      GCMParameterSpec nonce = new GCMParameterSpec(128, Arrays.copyOfRange(sealed, 4, 16));
      cipher.init(Cipher.DECRYPT_MODE, keyByHand(userKey), nonce);
      cipher.updateAAD(joined(Arrays.copyOf(sealed, 4), BOUND_TO));
      return cipher.doFinal(sealed, 16, sealed.length - 16);
    }

    private SecretKeySpec keyByHand(byte[] userKey) throws GeneralSecurityException {
      return new SecretKeySpec(HkdfTest.byHand(joined(userKey, K1.bytes()), LABEL), "AES");
    }
  }

  /** Every way in which what is opened, or what opens it, can be another. */
  @Nested
  class DoesNotOpen {
    @Test
    void withAnySingleBitFlipped() {
      byte[] sealed = seal(ring);
      for (int bit = 0; bit < sealed.length * Byte.SIZE; bit++) {
        byte[] flipped = sealed.clone();
        flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);

        assertThat(openOrUnknownKey(flipped)).as("bit %d", bit).isNull();
      }
    }

    @Test
    void whenCutAnywhere() {
      byte[] sealed = seal(ring);
      for (int length = 0; length < sealed.length; length++) {
        assertThat(openOrUnknownKey(Arrays.copyOf(sealed, length))).as("%d bytes", length).isNull();
      }
    }

    @Test
    void withAByteMore() {
      byte[] sealed = seal(ring);

      assertThat(open(ring, Arrays.copyOf(sealed, sealed.length + 1))).isNull();
    }

    @Test
    void withOtherAssociatedData() {
      byte[] other = "session 2".getBytes(US_ASCII);

      assertThat(ring.open(LABEL, USER_KEY, other, seal(ring))).isNull();
      assertThat(ring.open(LABEL, USER_KEY, new byte[0], seal(ring))).isNull();
    }

    @Test
    void withAnotherUserKeyOrWithNone() {
      assertThat(ring.open(LABEL, filled(32, 8), BOUND_TO, seal(ring))).isNull();
      assertThat(ring.open(LABEL, new byte[0], BOUND_TO, seal(ring))).isNull();
    }

    @Test
    void withAnotherLabel() {
      assertThat(ring.open("limen/m/1", USER_KEY, BOUND_TO, seal(ring))).isNull();
    }

    @Test
    void withAnotherKeyOfTheSameName() {
      KeyRing impostor = KeyRing.of(List.of(new KeyRing.Key("k1", filled(32, 3))));

      assertThat(open(impostor, seal(ring))).isNull();
    }

    @Test
    void whenItIsTenMebibytesOfNothing() {
      assertThat(open(ring, new byte[10 << 20])).isNull();
      assertThat(openOrUnknownKey(filled(10 << 20, 1))).isNull();
    }

    private byte @Nullable [] openOrUnknownKey(byte[] sealed) {
      try {
        return open(ring, sealed);
      } catch (UnknownKeyException e) {
        return null;
      }
    }
  }

  /** Distribute as accepted, switch active, take away. */
  @Nested
  class Rotation {
    private final KeyRing before = KeyRing.of(List.of(K1));
    private final KeyRing distributed = KeyRing.of(List.of(K1, K2));
    private final KeyRing switched = KeyRing.of(List.of(K2, K1));
    private final KeyRing after = KeyRing.of(List.of(K2));

    @Test
    void theFirstKeySealsAndAllOpen() {
      assertThat(seal(distributed)[3]).isEqualTo((byte) '1');
      assertThat(seal(switched)[3]).isEqualTo((byte) '2');
      assertThat(open(switched, seal(before))).isEqualTo(PLAINTEXT);
      assertThat(open(distributed, seal(switched))).isEqualTo(PLAINTEXT);
      assertThat(open(after, seal(switched))).isEqualTo(PLAINTEXT);
    }

    @Test
    void aKeyThatIsGoneIsTroubleAndNotAForgery() {
      assertThatThrownBy(() -> open(after, seal(before)))
          .isInstanceOf(UnknownKeyException.class)
          .hasMessage("the key ring (cookie.secrets) holds no key with id=k1");
    }

    @Test
    void aKeyIdThatLooksLikeNoneIsNotRepeated() {
      byte[] sealed = seal(before);
      sealed[2] = '\n';

      assertThatThrownBy(() -> open(before, sealed))
          .isInstanceOf(UnknownKeyException.class)
          .hasMessage("the key ring (cookie.secrets) holds no key with id=(unreadable)");
    }

    @Test
    void aCodeMatchesUnderEveryKeyOfTheRing() {
      byte[] code = before.mac("limen/cookie/1", PLAINTEXT);

      assertThat(switched.macMatches("limen/cookie/1", PLAINTEXT, code)).isTrue();
      assertThat(after.macMatches("limen/cookie/1", PLAINTEXT, code)).isFalse();
      assertThat(switched.mac("limen/cookie/1", PLAINTEXT)).isNotEqualTo(code);
    }
  }

  /** HMAC under a labelled key, whole or its beginning. */
  @Nested
  class Codes {
    @Test
    void areHmacUnderAKeyOfTheirLabel() throws GeneralSecurityException {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(HkdfTest.byHand(K1.bytes(), "limen/cookie/1"), "HmacSHA256"));

      assertThat(ring.mac("limen/cookie/1", PLAINTEXT)).isEqualTo(mac.doFinal(PLAINTEXT));
    }

    @Test
    void matchFromTheirFirstByteOn() {
      byte[] code = ring.mac("a", PLAINTEXT);
      for (int length = 1; length <= KeyRing.MAC_LENGTH; length++) {
        assertThat(ring.macMatches("a", PLAINTEXT, Arrays.copyOf(code, length))).isTrue();
      }
    }

    @Test
    void doNotMatchWhenEmptyTooLongChangedOrOfAnotherLabel() {
      byte[] code = ring.mac("a", PLAINTEXT);
      byte[] changed = code.clone();
      changed[31] ^= 1;

      assertThat(ring.macMatches("a", PLAINTEXT, new byte[0])).isFalse();
      assertThat(ring.macMatches("a", PLAINTEXT, Arrays.copyOf(code, 33))).isFalse();
      assertThat(ring.macMatches("a", PLAINTEXT, changed)).isFalse();
      assertThat(ring.macMatches("b", PLAINTEXT, code)).isFalse();
      assertThat(ring.macMatches("a", BOUND_TO, code)).isFalse();
    }
  }

  @Test
  void ofManyTuplesOnlyThoseThatBelongTogetherOpen() {
    List<KeyRing> rings = List.of(KeyRing.of(List.of(K1)), KeyRing.of(List.of(K2)));
    List<byte[]> halves = List.of(new byte[0], filled(32, 1), filled(32, 2));
    List<byte[]> labels = List.of("x".getBytes(US_ASCII), "y".getBytes(US_ASCII));
    List<String> opened = new ArrayList<>();
    for (int made = 0; made < 24; made++) {
      byte[] sealed = sealOf(rings, halves, labels, made);
      for (int asked = 0; asked < 24; asked++) {
        if (openOf(rings, halves, labels, asked, sealed) != null) {
          opened.add(made + "=" + asked);
        }
      }
    }

    assertThat(opened).hasSize(24).allMatch(pair -> pair.matches("(\\d+)=\\1"));
  }

  private static byte[] sealOf(
      List<KeyRing> rings, List<byte[]> halves, List<byte[]> labels, int tuple) {
    return rings
        .get(tuple % 2)
        .seal(
            new String(labels.get(tuple / 2 % 2), US_ASCII),
            halves.get(tuple / 8),
            labels.get(tuple / 4 % 2),
            PLAINTEXT);
  }

  private static byte @Nullable [] openOf(
      List<KeyRing> rings, List<byte[]> halves, List<byte[]> labels, int tuple, byte[] sealed) {
    try {
      return rings
          .get(tuple % 2)
          .open(
              new String(labels.get(tuple / 2 % 2), US_ASCII),
              halves.get(tuple / 8),
              labels.get(tuple / 4 % 2),
              sealed);
    } catch (UnknownKeyException e) {
      return null;
    }
  }

  private static byte[] seal(KeyRing ring) {
    return ring.seal(LABEL, USER_KEY, BOUND_TO, PLAINTEXT);
  }

  private static byte @Nullable [] open(KeyRing ring, byte[] sealed) {
    return ring.open(LABEL, USER_KEY, BOUND_TO, sealed);
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }
}
