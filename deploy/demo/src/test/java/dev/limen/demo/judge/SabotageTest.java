package dev.limen.demo.judge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.demo.run.Envoys;
import dev.limen.demo.run.Layout;
import dev.limen.demo.run.Mode;
import dev.limen.devidp.FaultRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The ways to break a step; that the judge stops there is for the end-to-end tests to show. */
final class SabotageTest {
  @TempDir private Path folder;

  static Stream<Sabotage> ofTheGateway() {
    return Sabotage.all().stream().filter(each -> each.variation().envoyConfig() != null);
  }

  @ParameterizedTest
  @MethodSource("ofTheGateway")
  void aBrokenGatewayFileIsStillOneThatEnvoyRuns(Sabotage sabotage) throws Exception {
    UnaryOperator<String> change = Objects.requireNonNull(sabotage.variation().envoyConfig());
    for (Mode mode : sabotage.modes()) {
      String shipped = Files.readString(Layout.find().envoyConfig(mode));
      String broken = change.apply(shipped);
      assertThat(broken).isNotEqualTo(shipped);
      Envoys.accepts(broken, folder);
    }
  }

  @Test
  void everyStepCanBeBroken() {
    Set<Integer> steps = new TreeSet<>();
    Sabotage.all().forEach(each -> steps.add(each.stopsAt()));
    assertThat(steps).hasSize(Judge.STEPS).contains(1, Judge.STEPS);
  }

  @Test
  void namesAreTheirOwn() {
    List<String> names = Sabotage.all().stream().map(Sabotage::name).toList();
    assertThat(names).doesNotHaveDuplicates();
    assertThat(Sabotage.named("rbac-off").stopsAt()).isEqualTo(20);
    assertThatThrownBy(() -> Sabotage.named("nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("--break=nothing, expected one of no-log, ");
  }

  @Test
  void faultsAreOnesThatTheProviderKnows() {
    for (Sabotage sabotage : Sabotage.all()) {
      String fault = sabotage.variation().providerFault();
      if (fault != null) {
        assertThat(FaultRule.parse(fault)).isNotNull();
      }
    }
  }

  @Test
  void onlyTheAnswerWithTheSessionCookieIsChanged() {
    UnaryOperator<byte[]> change = Sabotage.named("cookie-not-lax").variation().fromLimen();
    byte[] flow = "__Host-limen-flow-x=1; SameSite=Lax".getBytes(UTF_8);
    byte[] session = "__Host-limen=1; SameSite=Lax".getBytes(UTF_8);
    assertThat(change.apply(flow)).isEqualTo(flow);
    assertThat(change.apply(session)).asString(UTF_8).isEqualTo("__Host-limen=1; SameSite=Xxx");
  }

  @Test
  void everySignInHasTheSameNonceAtTheSameLength() {
    UnaryOperator<byte[]> change = Sabotage.named("same-nonce").variation().fromLimen();
    assertThat(change.apply("a?nonce=x-_9&b=1".getBytes(UTF_8)))
        .asString(UTF_8)
        .isEqualTo("a?nonce=AAAA&b=1");
  }

  @Test
  void theGaugeLiesAtTheSameLength() {
    String metrics = "# TYPE limen_sessions gauge\nlimen_sessions 12.0\nother 1.0\n";
    assertThat(GrowingGauge.withSessions(metrics.getBytes(UTF_8), 7))
        .asString(UTF_8)
        .isEqualTo("# TYPE limen_sessions gauge\nlimen_sessions 7.00\nother 1.0\n");
    GrowingGauge growing = new GrowingGauge();
    byte[] one = "limen_sessions 0.0\n".getBytes(UTF_8);
    assertThat(growing.rewrite(one)).asString(UTF_8).isEqualTo("limen_sessions 1.0\n");
    assertThat(growing.rewrite(one)).asString(UTF_8).isEqualTo("limen_sessions 2.0\n");
  }
}
