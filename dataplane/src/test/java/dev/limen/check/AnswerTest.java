package dev.limen.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client sees when its request does not pass. */
class AnswerTest {
  private static final Set<String> ON_ALL =
      Set.of(
          "cache-control", "x-content-type-options", "referrer-policy", "content-security-policy");

  private static List<String> names(Answer answer) {
    return answer.headers().stream().map(HeaderField::name).toList();
  }

  @Test
  @DisplayName("every answer is stored nowhere, framed nowhere and loads nothing")
  void everyAnswerIsStoredNowhere() {
    for (Answer answer :
        List.of(
            Answer.of(new Decision.Redirect("/", List.of(), Reason.SIGNED_IN)),
            Answer.of(new Decision.Page(200, "text/html", "x", List.of(), Reason.SIGNED_OUT)),
            Answer.of(new Decision.Deny(401, Reason.NO_SESSION)),
            Answer.of(new Decision.Unavailable(Reason.STORE_UNAVAILABLE)))) {
      assertThat(names(answer)).containsAll(ON_ALL);
    }
  }

  @Test
  @DisplayName("cookies are lines of their own, in order")
  void cookiesAreLinesOfTheirOwn() {
    Answer answer = Answer.of(new Decision.Redirect("/a", List.of("x=1", "y=2"), Reason.SIGNED_IN));

    assertThat(answer.headers())
        .filteredOn(field -> field.name().equals("set-cookie"))
        .extracting(HeaderField::value)
        .containsExactly("x=1", "y=2");
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  @DisplayName("every reason makes a problem whose quotes close")
  void everyReasonMakesAProblem(Reason reason) {
    String body = Answer.of(new Decision.Deny(403, reason)).body();

    assertThat(body).startsWith("{\"type\":\"about:blank\"").endsWith("\"}");
    assertThat(reason.sentence()).doesNotContain("\"").doesNotContain("\\");
    assertThat(body.chars().filter(c -> c == '"').count()).isEqualTo(18);
  }

  @Test
  @DisplayName("503 says when to come again, be it a page or not")
  void serviceUnavailableSaysWhenToComeAgain() {
    assertThat(names(Answer.of(new Decision.Unavailable(Reason.INTERNAL_ERROR))))
        .contains("retry-after");
    assertThat(
            names(
                Answer.of(
                    new Decision.Page(
                        503, "text/html", "x", List.of(), Reason.PROVIDER_UNAVAILABLE))))
        .contains("retry-after");
  }

  @Test
  @DisplayName("a location or a cookie that could end its line is refused, and not quoted")
  void aLocationThatCouldEndItsLineIsRefused() {
    assertThatThrownBy(
            () -> Answer.of(new Decision.Redirect("/a\r\nx: secret", List.of(), Reason.SIGNED_IN)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("header value must hold no control byte: location");
    assertThatThrownBy(
            () -> Answer.of(new Decision.Redirect("/\u0100", List.of(), Reason.SIGNED_IN)))
        .hasMessage("header value must be bytes: location");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 302, 303})
  @DisplayName("a refusal is an error: over HTTP a 200 would let the request pass")
  void aRefusalIsAnError(int status) {
    assertThatThrownBy(() -> Answer.of(new Decision.Deny(status, Reason.NO_SESSION)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a refusal must be an error: status=" + status);
    assertThat(Answer.of(new Decision.Deny(400, Reason.NO_SESSION)).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 303})
  @DisplayName("a page is not a redirect, which must say where to")
  void aPageIsNotARedirect(int status) {
    Decision.Page page = new Decision.Page(status, "text/html", "x", List.of(), Reason.SIGNED_OUT);

    assertThatThrownBy(() -> Answer.of(page))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a page must not be a redirect: status=" + status);
  }

  @Test
  @DisplayName("a status that Envoy does not pass on safely is not sent")
  void anotherStatusIsNotSent() {
    assertThatThrownBy(() -> Answer.of(new Decision.Deny(418, Reason.NO_SESSION)))
        .hasMessage("a status that Limen does not send: status=418");
  }

  @Test
  @DisplayName("nothing of a page or a cookie is in what a log would show")
  void nothingOfAPageIsInALog() {
    Decision.Page page =
        new Decision.Page(200, "text/html", "secret", List.of("a=secret"), Reason.SIGNED_OUT);

    assertThat(Answer.of(page).toString()).isEqualTo("Answer[200]");
  }
}
