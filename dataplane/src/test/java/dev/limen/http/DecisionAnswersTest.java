package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CheckNotes;
import dev.limen.check.Decision;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What Envoy is told over HTTP, where the status alone lets a request pass. */
class DecisionAnswersTest {
  private static int toCheck(Decision decision) {
    return DecisionAnswers.toCheck(decision, CheckNotes.NONE).answer().status().code();
  }

  @Test
  @DisplayName("an allow is 200, and nothing else is, whatever status it names")
  void anAllowIs200AndNothingElseIs() {
    Reason reason = Reason.NO_SESSION;

    assertThat(toCheck(new Decision.Allow(new HeaderMutations(List.of(), List.of()))))
        .isEqualTo(200);
    assertThat(toCheck(new Decision.Deny(200, reason))).isEqualTo(503);
    assertThat(toCheck(new Decision.Page(200, "text/html", "x", List.of(), reason))).isEqualTo(503);
    assertThat(toCheck(new Decision.Page(302, "text/html", "x", List.of(), reason))).isEqualTo(503);
    assertThat(toCheck(new Decision.Deny(401, reason))).isEqualTo(401);
    assertThat(toCheck(new Decision.Unavailable(reason))).isEqualTo(503);
  }
}
