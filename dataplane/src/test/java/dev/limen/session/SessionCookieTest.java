package dev.limen.session;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.Reason;
import dev.limen.crypto.Hkdf;
import dev.limen.crypto.KeyRing;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Facts: security, section 5.2, and the attacks A35 to A37. */
class SessionCookieTest {
  private static final KeyRing.Key K1 = new KeyRing.Key("k1", filled(1));
  private static final KeyRing.Key K2 = new KeyRing.Key("k2", filled(2));

  private final SessionCookie cookie = new SessionCookie(KeyRing.of(List.of(K1)));
  private final SessionSecret secret = SessionSecret.of(filled(7));
  private final String value = cookie.value(secret);

  @Test
  void aValueHasFiftyCharactersOfBase64UrlAndNoPadding() {
    assertThat(value).hasSize(SessionCookie.LENGTH).hasSize(50).matches("[A-Za-z0-9_-]{50}");
  }

  @Test
  void theSecretComesBack() {
    SessionSecret parsed = Objects.requireNonNull(parse(value));

    assertThat(parsed.toBytes()).isEqualTo(secret.toBytes());
    assertThat(parsed.key()).isEqualTo(secret.key());
  }

  @Test
  void theSecretComesBackFromTheMiddleOfAField() {
    byte[] field = ("a=b; __Host-limen=" + value + "; c=d").getBytes(US_ASCII);

    assertThat(cookie.parse(field, Span.of(18, 68))).isNotNull();
    assertThat(cookie.parse(field, Span.of(17, 67))).isNull();
  }

  @Test
  void theLayoutIsVersionSecretAndFourBytesOfHmac() throws GeneralSecurityException {
    byte[] bytes = Base64.getUrlDecoder().decode(value);
    Mac mac = Mac.getInstance("HmacSHA256");
    byte[] labelled = Hkdf.derive(K1.bytes(), "limen/cookie/1", 32);
    mac.init(new SecretKeySpec(labelled, "HmacSHA256"));

    assertThat(bytes).hasSize(37).startsWith(1);
    assertThat(Arrays.copyOfRange(bytes, 1, 33)).isEqualTo(secret.toBytes());
    assertThat(Arrays.copyOfRange(bytes, 33, 37))
        .isEqualTo(Arrays.copyOf(mac.doFinal(Arrays.copyOf(bytes, 33)), 4));
  }

  @Test
  void anOlderKeyOfTheRingIsStillAccepted() {
    SessionCookie rotated = new SessionCookie(KeyRing.of(List.of(K2, K1)));
    SessionCookie without = new SessionCookie(KeyRing.of(List.of(K2)));
    byte[] bytes = value.getBytes(US_ASCII);

    assertThat(rotated.parse(bytes, Span.of(0, bytes.length))).isNotNull();
    assertThat(without.parse(bytes, Span.of(0, bytes.length))).isNull();
  }

  @Test
  void aCheckThatFailsIsToldFromAValueThatIsNoneOfOurs() {
    SessionCookie without = new SessionCookie(KeyRing.of(List.of(K2)));
    assertThat(without.refusal(value.getBytes(US_ASCII), Span.of(0, 50)))
        .isEqualTo(Reason.SESSION_COOKIE_UNVERIFIED);
    for (String none :
        List.of("", value.substring(1), value + "A", "A".repeat(50), "=".repeat(50))) {
      assertThat(without.refusal(none.getBytes(US_ASCII), Span.of(0, none.length())))
          .as(none)
          .isEqualTo(Reason.SESSION_COOKIE_MALFORMED);
    }
    assertThat(without.refusal(value.getBytes(US_ASCII), Span.ABSENT))
        .isEqualTo(Reason.SESSION_COOKIE_MALFORMED);
  }

  @Test
  void everyProperPrefixIsRefusedA36() {
    for (int length = 0; length < value.length(); length++) {
      assertThat(parse(value.substring(0, length))).as("%d characters", length).isNull();
    }
  }

  @Test
  void oneCharacterMoreIsRefusedA36() {
    for (String more : List.of("A", "=", "_", "-", " ", "\"")) {
      assertThat(parse(value + more)).isNull();
      assertThat(parse(more + value)).isNull();
    }
  }

  @Test
  void paddingInsteadOfCharactersIsRefusedA36() {
    assertThat(parse(value.substring(0, 49) + "=")).isNull();
    assertThat(parse(value.substring(0, 48) + "==")).isNull();
    assertThat(parse(value + "==")).isNull();
  }

  @Test
  void bitsThatTheLastCharacterHasToSpareMustBeZeroA36() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int accepted = 0;
    for (String last : alphabet.split("")) {
      if (parse(value.substring(0, 49) + last) != null) {
        accepted++;
        assertThat(value).endsWith(last);
      }
    }

    assertThat(accepted).isEqualTo(1);
  }

  @Test
  void everySingleBitFlipOfTheTextIsRefusedA37() {
    byte[] bytes = value.getBytes(US_ASCII);
    for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);

      assertThat(cookie.parse(flipped, Span.of(0, flipped.length))).as("bit %d", bit).isNull();
    }
  }

  @Test
  void everySingleBitFlipOfTheBytesIsRefusedA37() {
    byte[] bytes = Base64.getUrlDecoder().decode(value);
    for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);

      assertThat(parse(Base64.getUrlEncoder().withoutPadding().encodeToString(flipped))).isNull();
    }
  }

  @Test
  void quotesSpacesAndTheOtherAlphabetAreRefusedA35() {
    assertThat(parse("\"" + value.substring(0, 48) + "\"")).isNull();
    assertThat(parse(" " + value.substring(1))).isNull();
    assertThat(parse("+" + value.substring(1))).isNull();
    assertThat(parse("/" + value.substring(1))).isNull();
    assertThat(parse("é".repeat(50))).isNull();
  }

  @Test
  void noSpanIsNoSecret() {
    byte[] bytes = value.getBytes(US_ASCII);

    assertThat(cookie.parse(bytes, Span.ABSENT)).isNull();
    assertThat(cookie.parse(bytes, Span.AMBIGUOUS)).isNull();
  }

  @Test
  void aSecretIsInNoText() {
    assertThat(secret + " " + secret.key()).isEqualTo("SessionSecret SessionKey");
  }

  private @Nullable SessionSecret parse(String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    return cookie.parse(bytes, Span.of(0, bytes.length));
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
