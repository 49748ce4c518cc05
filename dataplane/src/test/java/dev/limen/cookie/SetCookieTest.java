package dev.limen.cookie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What rendering cookies promises. */
@NullMarked
class SetCookieTest {
  private static final SetCookie SECURE = new SetCookie(true);

  @Test
  void aCookieIsBoundToItsHostAndOutOfReachOfScripts() {
    assertThat(SECURE.ofSession("__Host-limen", "abc"))
        .isEqualTo("__Host-limen=abc; Path=/; Secure; HttpOnly; SameSite=Lax");
  }

  @Test
  void aFlowCookieLastsAsLongAsItsLoginMay() {
    assertThat(SECURE.lasting("__Host-limen-flow-abc123", "f", 900))
        .isEqualTo(
            "__Host-limen-flow-abc123=f; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=900");
  }

  @Test
  void clearingRepeatsTheAttributes() {
    assertThat(SECURE.clearing("__Host-limen"))
        .isEqualTo("__Host-limen=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
  }

  @Test
  void plainHttpDoesWithoutSecure() {
    assertThat(new SetCookie(false).ofSession("limen", "abc"))
        .isEqualTo("limen=abc; Path=/; HttpOnly; SameSite=Lax");
  }

  @Test
  void nameAndValueMayFillWhatEveryBrowserKeepsAndNoMore() {
    String value = "v".repeat(SetCookie.MAX_PAIR_LENGTH - "limen".length());
    assertThat(SECURE.ofSession("limen", value)).startsWith("limen=v");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SECURE.ofSession("limen", value + "v"))
        .withMessage("cookie name and value must be at most 4096 bytes: name=limen length=4097");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a;b", "a,b", "a\"b", "a\\b", "a\r\nb", "a\u0000b", "ä"})
  void aValueThatWouldNotStayOneValueIsRefusedWithoutShowingIt(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SECURE.ofSession("limen", value))
        .withMessage("cookie value must be cookie-octets: name=limen");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a=b", "a b", "a;b", "a\nb"})
  void aNameThatIsNoTokenIsRefused(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> SECURE.ofSession(name, "v"));
  }
}
