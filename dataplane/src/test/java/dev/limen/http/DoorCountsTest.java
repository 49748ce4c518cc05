package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.DoorConfig;
import dev.limen.check.Reason;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is counted for a check is what was written for it. */
@Timeout(60)
class DoorCountsTest {
  static Stream<Decision> unwritable() {
    return Stream.of(
        new Decision.Redirect("/a\r\nset-cookie: b", List.of(), Reason.SIGNED_IN),
        new Decision.Page(200, "text/html", "", List.of(), Reason.SIGNED_OUT),
        new Decision.Page(999, "text/html", "", List.of(), Reason.NOT_FOUND),
        new Decision.Deny(200, Reason.NO_SESSION));
  }

  @ParameterizedTest
  @MethodSource("unwritable")
  @DisplayName("an answer that cannot be written is counted as the 503 that was")
  void anUnwritableAnswerIsCountedAsWhatWasWritten(Decision decision) throws Exception {
    try (DoorFixture door =
            new DoorFixture(
                DoorConfig.of(Duration.ofSeconds(10)),
                _ -> (_, listener) -> listener.onDecision(decision));
        RawClient client = door.connect()) {
      int status = client.ask("GET /limen/check/x HTTP/1.1\r\nhost: a\r\n\r\n").status();

      assertThat(status).isEqualTo(503);
      assertThat(door.figures.answeredLabels()).containsExactly("internal_error");
    }
  }
}
