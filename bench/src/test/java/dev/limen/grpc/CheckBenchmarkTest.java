package dev.limen.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is measured is a whole check, answered with an allow. */
class CheckBenchmarkTest {
  static List<Decision> everythingButAnAllow() {
    return List.of(
        new Decision.Unavailable(Reason.STORE_UNAVAILABLE),
        new Decision.Deny(404, Reason.NO_SESSION),
        new Decision.Page(200, "text/html", "x".repeat(4_000), List.of(), Reason.SIGNED_OUT),
        new Decision.Redirect(
            "https://idp/" + "x".repeat(4_000), List.of(), Reason.SIGN_IN_STARTED));
  }

  @Test
  void aSessionsAnswerCarriesItsTokensAndAPublicRoutesDoesNot() throws IOException {
    CheckBenchmark benchmark = new CheckBenchmark();
    benchmark.open();
    try {
      int withSession = benchmark.sessionInMemory();
      int withoutSession = benchmark.publicRoute();
      assertThat(withSession).isGreaterThan(2_200);
      assertThat(withoutSession).isBetween(100, 1_000);
      assertThat(benchmark.sessionInMemory()).isEqualTo(withSession);
    } finally {
      benchmark.close();
    }
  }

  @ParameterizedTest
  @MethodSource("everythingButAnAllow")
  void aRouteThatIsBrokenIsNotMeasuredHoweverLongItsAnswer(Decision answer) throws IOException {
    LimenConfig config = CheckBenchmark.config();
    EmbeddedChannel door =
        CheckBenchmark.connect((_, listener) -> listener.onDecision(answer), config);

    assertThatThrownBy(() -> new GatewayFrames(door, "/public/x", "none"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("no allow: answer=");
    door.finishAndReleaseAll();
  }
}
