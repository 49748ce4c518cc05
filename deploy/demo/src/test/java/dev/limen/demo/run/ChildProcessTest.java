package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes are watched and ended by their own handle. */
final class ChildProcessTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final List<String> lines = new CopyOnWriteArrayList<>();

  @TempDir private Path folder;

  @Test
  void eachLineIsHandedOn() {
    try (ChildProcess child = shell("echo one; echo two; sleep 60")) {
      assertThat(Await.until(SOON, () -> lines.equals(List.of("one", "two")))).isTrue();
      assertThat(child.isAlive()).isTrue();
    }
  }

  @Test
  void closingEndsItAndWhatItStarted() {
    ChildProcess child = shell("sleep 61 & echo $!; wait");
    assertThat(Await.until(SOON, () -> lines.size() == 1)).isTrue();
    long below = Long.parseLong(lines.getFirst());
    child.close();
    assertThat(child.isAlive()).isFalse();
    assertThat(Await.until(SOON, () -> ProcessHandle.of(below).map(p -> !p.isAlive()).orElse(true)))
        .isTrue();
  }

  @Test
  void oneThatEndsTooEarlySaysWhatItSaid() {
    try (ChildProcess child = shell("echo the reason >&2; exit 3")) {
      assertThatThrownBy(() -> child.awaitReady(SOON, () -> false))
          .isInstanceOf(CannotRun.class)
          .hasMessageContaining("child ended")
          .hasMessageContaining("the reason")
          .hasMessageContaining(folder.toString());
    }
  }

  @Test
  void oneThatIsNeverReadyIsNotWaitedForForever() {
    try (ChildProcess child = shell("sleep 60")) {
      assertThatThrownBy(() -> child.awaitReady(Duration.ofSeconds(1), () -> false))
          .isInstanceOf(CannotRun.class)
          .hasMessageContaining("was not ready within 1 s");
    }
  }

  @Test
  void onlyTheGivenSettingsOfLimenReachIt() {
    Map<String, String> environment = Map.of("LIMEN_GIVEN", "yes");
    try (ChildProcess _ = shell("env | grep ^LIMEN_ ; echo end", environment)) {
      assertThat(Await.until(SOON, () -> lines.contains("end"))).isTrue();
      assertThat(lines).containsExactly("LIMEN_GIVEN=yes", "end");
    }
  }

  @Test
  void aMissingProgramIsNamed() {
    ChildProcess.Spec spec =
        new ChildProcess.Spec("child", List.of("/no/such/program"), Map.of(), folder);
    assertThatThrownBy(() -> ChildProcess.start(spec, _ -> {}))
        .isInstanceOf(CannotRun.class)
        .hasMessage("child could not be started: /no/such/program");
  }

  private ChildProcess shell(String script) {
    return shell(script, Map.of());
  }

  private ChildProcess shell(String script, Map<String, String> environment) {
    return ChildProcess.start(
        new ChildProcess.Spec("child", List.of("sh", "-c", script), environment, folder),
        lines::add);
  }
}
