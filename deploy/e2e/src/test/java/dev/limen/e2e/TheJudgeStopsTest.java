package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.limen.demo.judge.Judge;
import dev.limen.demo.judge.Sabotage;
import dev.limen.demo.run.Envoy;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.demo.run.Redis;
import dev.limen.demo.run.RespConnection;
import dev.limen.demo.run.Stage;
import dev.limen.demo.run.Variation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The judge is judged: each breakable step is broken, and the walk stops there and nowhere else.
 */
class TheJudgeStopsTest {
  /** Those that the other dialect's file, filters or wire could let through. */
  private static final Set<String> OVER_HTTP_TOO =
      Set.of(
          "body-forwarded",
          "planted-header-kept",
          "callback-checked",
          "not-asked-again",
          "tokens-swapped",
          "cookie-kept");

  static Stream<Arguments> sabotages() {
    List<Arguments> all = new ArrayList<>();
    for (Sabotage each : Sabotage.all()) {
      for (Mode mode : each.modes()) {
        if (mode == Mode.GRPC || each.modes().size() == 1 || OVER_HTTP_TOO.contains(each.name())) {
          all.add(arguments(each, mode));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("sabotages")
  void atTheStepThatIsBroken(Sabotage sabotage, Mode mode) {
    Stage.Options options = Stage.Options.JUDGED.with(sabotage.variation());
    try (Stage stage = Stage.open(Layout.find(), options, _ -> {})) {
      Envoy envoy = stage.openGateway(mode, _ -> {});
      Judge.Verdict verdict = new Judge(stage, envoy, mode, _ -> {}).walk();
      assertThat(verdict.stoppedAt()).as(verdict.why()).isEqualTo(sabotage.stopsAt());
      stage.forgetLogs();
    }
  }

  @Test
  void atFifteenIfATokenLiesInRedis() {
    Stage.Options options = new Stage.Options(false, true, false, true, Variation.NONE);
    try (Stage stage = Stage.open(Layout.find(), options, _ -> {})) {
      Envoy envoy = stage.openGateway(Mode.GRPC, _ -> {});
      Redis redis = Objects.requireNonNull(stage.redis());
      Judge judge = new Judge(stage, envoy, Mode.GRPC, line -> plantAfterStep14(line, redis));
      Judge.Verdict verdict = judge.walk();
      assertThat(verdict.stoppedAt()).as(verdict.why()).isEqualTo(15);
      assertThat(verdict.why()).startsWith("expected no token text in a dump");
      stage.forgetLogs();
    }
  }

  private static void plantAfterStep14(String line, Redis redis) {
    if (!line.startsWith("14 ")) {
      return;
    }
    try (RespConnection connection = RespConnection.open(redis.port())) {
      connection.command("SET", "limen:planted", "eyJhbGciOiJub25lIn0.e30.");
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Two in one, since both come after a whole walk: the one must not stop it, the other must. */
  @Test
  void notAtASlowRefreshButAtACookieInTheLog() {
    Variation logged =
        Variation.ofEnvoyText("flags: \"%RESPONSE_FLAGS%\"", "flags: \"%RESP(SET-COOKIE)%\"");
    Variation variation =
        new Variation(
            logged.envoyConfig(),
            logged.limenEnvironment(),
            logged.fromLimen(),
            null,
            "slow@token:refresh_token");
    List<String> lines = new ArrayList<>();
    try (Stage stage = Stage.open(Layout.find(), Stage.Options.JUDGED.with(variation), _ -> {})) {
      Envoy envoy = stage.openGateway(Mode.GRPC, _ -> {});
      Judge.Verdict verdict = new Judge(stage, envoy, Mode.GRPC, lines::add).judge();
      assertThat(verdict.stoppedAt()).as(verdict.why()).isEqualTo(25);
      assertThat(lines.getLast()).isEqualTo("grpc: 21 of 21, but not what must hold beyond them");
      stage.forgetLogs();
    }
  }
}
