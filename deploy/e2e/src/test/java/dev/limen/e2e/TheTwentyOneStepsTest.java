package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.judge.Judge;
import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Stage;
import dev.limen.demo.run.Variation;
import org.junit.jupiter.api.Test;

/** The whole way of a login through a real Envoy, and what must hold beyond it. */
class TheTwentyOneStepsTest {
  @Test
  void holdWithTheDevProviderAndTheMemoryStore() {
    walk(new Stage.Options(false, false, false, true, Variation.NONE));
  }

  @Test
  void holdWithARealKeycloakAndARealRedis() {
    walk(new Stage.Options(true, true, false, true, Variation.NONE));
  }

  @Test
  void holdOverHttps() {
    walk(new Stage.Options(false, false, true, true, Variation.NONE));
  }

  /** Both modes in turn, each with a fresh browser. */
  private static void walk(Stage.Options options) {
    try (Stage stage = Stage.open(Layout.find(), options, line -> System.out.println(line))) {
      for (Mode mode : new Mode[] {Mode.GRPC, Mode.HTTP}) {
        Envoy envoy = stage.openGateway(mode, _ -> {});
        Judge judge = new Judge(stage, envoy, mode, line -> System.out.println(line));
        Judge.Verdict verdict = judge.judge();
        assertThat(verdict.allHeld())
            .as("%s, step %d: %s", mode, verdict.stoppedAt(), verdict.why())
            .isTrue();
      }
      stage.forgetLogs();
    }
  }
}
