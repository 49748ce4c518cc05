package dev.limen.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @Test
  @DisplayName("nothing of a page or a cookie is in what a log would show")
  void nothingOfAPageIsInALog() {
    Decision.Page page =
        new Decision.Page(200, "text/html", "secret", List.of("a=secret"), Reason.SIGNED_OUT);

    assertThat(Answer.of(page).toString()).isEqualTo("Answer[200]");
  }
}
