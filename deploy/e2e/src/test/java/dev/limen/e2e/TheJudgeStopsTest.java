package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.judge.Judge;
import dev.limen.demo.judge.Sabotage;
import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Stage;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The judge is judged: each breakable step is broken, and the walk stops there and nowhere else.
 */
class TheJudgeStopsTest {
  static List<Sabotage> sabotages() {
    return Sabotage.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sabotages")
  void atTheStepThatIsBroken(Sabotage sabotage) {
    Stage.Options options = Stage.Options.JUDGED.with(sabotage.variation());
    try (Stage stage = Stage.open(Layout.find(), options, _ -> {})) {
      Envoy envoy = stage.openGateway(Mode.GRPC, _ -> {});
      Judge.Verdict verdict = new Judge(stage, envoy, Mode.GRPC, _ -> {}).walk();
      assertThat(verdict.stoppedAt()).as(verdict.why()).isEqualTo(sabotage.stopsAt());
    }
  }
}
