package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.HeaderField;
import dev.limen.config.HeaderPolicyConfig;
import dev.limen.config.HeaderProfileConfig;
import dev.limen.config.HeaderProfileConfig.Encoding;
import dev.limen.config.HeaderProfileConfig.HeaderConfig;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a profile makes of claims. */
@NullMarked
class HeaderProfileTest {
  private static final HeaderPolicyConfig POLICY = new HeaderPolicyConfig(List.of(), 300, 400);
  private static final Credentials TOKENS = new Credentials("id.token", "access.token");

  private static HeaderConfig header(String claim, String join, Encoding encoding) {
    return new HeaderConfig("X-Claim", claim, "", join, encoding);
  }

  private static HeaderProfile.Values values(HeaderConfig header, String... texts) {
    Caller caller = new Caller(House.alice(), Set.of(), claims(Map.of("team", List.of(texts))));
    return profile(header).of(caller, TOKENS);
  }

  private static HeaderProfile profile(HeaderConfig... headers) {
    return new HeaderProfile(new HeaderProfileConfig("p", List.of(headers)), POLICY);
  }

  private static CallerClaims claims(Map<String, List<String>> claims) {
    return new CallerClaims() {
      @Override
      public List<String> texts(String dottedName) {
        return claims.getOrDefault(dottedName, List.of());
      }

      @Override
      public boolean isTrue(String name) {
        return false;
      }
    };
  }

  private static @Nullable String sent(HeaderProfile.Values values) {
    List<HeaderField> set = values.set();
    return set.isEmpty() ? null : set.getFirst().value();
  }

  @Test
  void anyClaimCanBeAHeaderUnderAnyNameInLowerCase() {
    HeaderProfile.Values values = values(header("team", "", Encoding.PLAIN), "blue");
    assertThat(values.set()).containsExactly(new HeaderField("x-claim", "blue"));
    assertThat(values.refused()).isNull();
    assertThat(values.leftOut()).isEmpty();
  }

  @Test
  void aPrefixGoesBeforeAValueAndNeverStandsAlone() {
    HeaderConfig header = new HeaderConfig("X-Claim", "team", "team ", "", Encoding.PLAIN);
    assertThat(sent(values(header, "blue"))).isEqualTo("team blue");
    assertThat(values(header).set()).isEmpty();
  }

  @Test
  void aClaimThatIsNotSaidIsNoHeaderAndNoRefusal() {
    for (String join : List.of("", ",")) {
      HeaderProfile.Values values = values(header("team", join, Encoding.PLAIN));
      assertThat(values.set()).isEmpty();
      assertThat(values.refused()).isNull();
      assertThat(values.leftOut()).isEmpty();
    }
  }

  @Test
  @DisplayName("A27: several values where one is meant are refused, and never joined or cut")
  void severalValuesWhereOneIsMeantAreRefused() {
    assertThat(values(header("team", "", Encoding.PLAIN), "a", "b").refused()).isEqualTo("x-claim");
    assertThat(values(header("team", "", Encoding.PERCENT), "a", "b").refused())
        .isEqualTo("x-claim");
  }

  @ParameterizedTest
  @DisplayName("A27: what separates values stands in none of them")
  @CsvSource(
      delimiter = ' ',
      value = {", a,b a%2Cb", "; a;b,c a%3Bb,c", "|| a|b a%7Cb", ", 1% 1%25", "; ä,b Ã¤,b"})
  void whatSeparatesValuesStandsInNoneOfThem(String join, String value, String expected) {
    assertThat(sent(values(header("team", join, Encoding.PLAIN), "x", value)))
        .isEqualTo("x" + join + expected);
  }

  @ParameterizedTest
  @DisplayName("A26: percent encoding sends every text, and nothing but unreserved characters")
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "Zoë|Zo%C3%AB",
        "a b|a%20b",
        " a|%20a",
        "a,b|a%2Cb",
        "~a-b_c.d|~a-b_c.d",
        "50%|50%25"
      })
  void percentEncodingSendsEveryText(String value, String expected) {
    assertThat(sent(values(header("team", "", Encoding.PERCENT), value))).isEqualTo(expected);
    assertThat(sent(values(header("team", ",", Encoding.PERCENT), "x", value)))
        .isEqualTo("x," + expected);
  }

  @Test
  @DisplayName("A26: a control byte is percent-encoded, or the header is left out and counted")
  void aControlByteNeverStandsInAHeader() {
    String value = "a\r\nX-Auth-Request-Groups: admin\u0000\u007f";
    assertThat(sent(values(header("team", "", Encoding.PERCENT), value)))
        .isEqualTo("a%0D%0AX-Auth-Request-Groups%3A%20admin%00%7F");
    HeaderProfile.Values plain = values(header("team", "", Encoding.PLAIN), value);
    assertThat(plain.set()).isEmpty();
    assertThat(plain.refused()).isNull();
    assertThat(plain.leftOut()).containsExactly("x-claim");
  }

  @Test
  @DisplayName("A28: a value at the cap is sent, and one byte past it the caller is refused")
  void aValuePastTheCapIsRefusedAndNeverCut() {
    for (Encoding encoding : Encoding.values()) {
      for (String join : List.of("", ",")) {
        HeaderConfig header = header("team", join, encoding);
        assertThat(sent(values(header, "v".repeat(300)))).hasSize(300);
        assertThat(values(header, "v".repeat(301)).refused()).isEqualTo("x-claim");
      }
    }
    // The cap is of bytes on the wire: two for this letter.
    assertThat(sent(values(header("team", "", Encoding.PLAIN), "ä".repeat(150)))).hasSize(300);
    assertThat(values(header("team", "", Encoding.PLAIN), "ä".repeat(151)).refused()).isNotNull();
  }

  @Test
  void aTokenHasACapOfItsOwn() {
    Caller caller = new Caller(House.alice(), Set.of(), claims(Map.of()));
    HeaderProfile profile = profile(header("access_token", "", Encoding.PLAIN));
    assertThat(sent(profile.of(caller, new Credentials("i", "t".repeat(400))))).hasSize(400);
    assertThat(profile.of(caller, new Credentials("i", "t".repeat(401))).refused())
        .isEqualTo("x-claim");
  }

  @ParameterizedTest
  @ValueSource(strings = {"user", "email", "preferred_username"})
  void theIdentitysOwnWordsNeedNoClaim(String claim) {
    Caller caller = new Caller(House.alice(), Set.of(), claims(Map.of()));
    assertThat(sent(profile(header(claim, "", Encoding.PLAIN)).of(caller, TOKENS)))
        .startsWith("alice");
  }

  @Test
  void oneHeaderThatCannotBeSentRefusesTheWholeCaller() {
    HeaderProfile profile =
        profile(
            new HeaderConfig("X-User", "user", "", "", Encoding.PLAIN),
            header("team", ",", Encoding.PLAIN));
    Caller caller =
        new Caller(House.alice(), Set.of(), claims(Map.of("team", List.of("t".repeat(301)))));
    assertThat(profile.of(caller, TOKENS).refused()).isEqualTo("x-claim");
    assertThat(profile.of(caller, TOKENS).set()).isEmpty();
  }
}
