package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A limit acts, and says what was printed so far. */
class ProgramTest {
  @Test
  void oneThatDoesNotEndIsNotWaitedForAndIsEnded() throws Exception {
    List<ProcessHandle> children;
    try (Program program = Program.start(List.of("sh", "-c", "echo on; sleep 60; :"), Map.of())) {
      program.awaitText("on", Duration.ofSeconds(10));
      children = program.children();
      assertThatThrownBy(() -> program.awaitEnd(Duration.ofMillis(200)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("did not end within")
          .hasMessageContaining("on\n");
    }
    assertThat(children).hasSize(1);
    assertThat(children.getFirst().onExit().get()).isNotNull();
  }

  @Test
  void aTextThatIsNeverPrintedIsNotWaitedForPastTheEnd() throws Exception {
    try (Program program = Program.start(List.of("sh", "-c", "echo other"), Map.of())) {
      assertThatThrownBy(() -> program.awaitText("never", Duration.ofMinutes(5)))
          .isInstanceOf(AssertionError.class)
          .hasMessageEndingWith("other\n");
      assertThat(program.awaitEnd(Duration.ofSeconds(5)).exitCode()).isZero();
    }
  }
}
