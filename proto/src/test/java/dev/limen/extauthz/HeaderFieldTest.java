package dev.limen.extauthz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Limen may send as a header, and what never. */
final class HeaderFieldTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"a", "x-auth-request-user", "set-cookie", "x_y", "!#$%&'*+-.^_`|~0z", "x-envoy"})
  void aLowerCaseTokenIsAName(String name) {
    assertThat(new HeaderField(name, "v").name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-User",
        ":path",
        ":authority",
        "a b",
        "a\r\nb",
        "a:",
        "\u00fc",
        "a\0",
        "a\t",
        "a\"",
        "a/b"
      })
  void anythingElseIsNoName(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeaderField(name, "v"))
        .withMessageStartingWith("a header name must be a lower-case token: name=");
  }

  @Test
  void aRefusedNameIsShownWithoutWhatCannotBePrinted() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeaderField("a\r\nb\u00fc ", "v"))
        .withMessage("a header name must be a lower-case token: name=a??b??");
  }

  @Test
  void anEmptyNameIsNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeaderField("", "v"))
        .withMessage("a header name must not be empty");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "content-length",
        "connection",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "http2-settings",
        "x-envoy-",
        "x-envoy-upstream-service-time"
      })
  void whatIsEnvoysOwnIsNotTouched(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HeaderField(name, "v"))
        .withMessage("a header that Limen must not touch: name=" + name);
  }

  @Test
  void everyControlCharacterIsRefusedInAValueWhichIsNotShown() {
    for (char control = 0; control < ' '; control++) {
      String value = "secret" + control;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new HeaderField("x-a", value))
          .withMessage("a header value must not hold a control character: name=x-a index=6");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new HeaderField("x-a", "\u007f"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "~", "M\u00fcller", "\u0100", "\ud83d\ude00", "a=\"b\";"})
  void anyOtherTextIsAValue(String value) {
    assertThatCode(() -> new HeaderField("x-a", value)).doesNotThrowAnyException();
  }

  @Test
  void halfACharacterIsRefused() {
    for (String value : new String[] {"\ud83d", "\ude00", "\ud83da", "\ude00\ud83d"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new HeaderField("x-a", value))
          .withMessage("a header value must not hold half a character: name=x-a index=0");
    }
  }

  @Test
  void theValueIsNotInTheText() {
    assertThat(new HeaderField("authorization", "Bearer secret"))
        .hasToString("HeaderField[name=authorization]");
  }
}
