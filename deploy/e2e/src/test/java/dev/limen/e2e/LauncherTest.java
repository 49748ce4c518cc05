package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code ./limen} before it has started anything. */
class LauncherTest {
  private static final Path SCRIPT = Path.of(System.getProperty("limen.root"), "limen");
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path folder;

  @Test
  void withoutACommandItSaysWhichThereAre() throws Exception {
    Program.Ended ended = run(SCRIPT, Map.of());
    assertThat(ended.output()).contains("./limen demo").contains("./limen test");
    assertThat(ended.exitCode()).isZero();
  }

  @Test
  void anUnknownCommandIsRefusedWithTwo() throws Exception {
    Program.Ended ended = run(SCRIPT, Map.of(), "nonsense");
    assertThat(ended.output()).endsWith("limen: no such command: nonsense\n");
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  /** The one folder that a JDK may be in and no variable leads to is another in this copy. */
  @Test
  void withoutAJdkItSaysWhatToInstallAndExitsWithTwo() throws Exception {
    String script = Files.readString(SCRIPT);
    assertThat(script).contains(" /usr/lib/jvm/*");
    Path copy =
        Files.writeString(
            folder.resolve("limen"), script.replace("/usr/lib/jvm/", folder + "/jvm/"));
    assertThat(copy.toFile().setExecutable(true)).isTrue();
    Map<String, String> environment =
        Map.of(
            "JAVA_HOME", "",
            "LIMEN_JAVA_HOME", "",
            "JAVA_HOME_25_X64", "",
            "JAVA_HOME_25_ARM64", "",
            "HOME", folder.toString(),
            "PATH", withoutJava());
    Program.Ended ended = run(copy, environment, "demo");
    assertThat(ended.output()).startsWith("limen: needs a JDK 25 and found none: install one");
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  /** A PATH with the few programs that the script looks with. */
  private String withoutJava() throws Exception {
    Path programs = Files.createDirectory(folder.resolve("bin"));
    for (String name : List.of("sh", "dirname", "readlink", "grep")) {
      Path real = Path.of("/usr/bin", name);
      Files.createSymbolicLink(programs.resolve(name), real);
    }
    return programs.toString();
  }

  private static Program.Ended run(Path script, Map<String, String> environment, String... words)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(words));
    try (Program program = Program.start(command, environment)) {
      return program.awaitEnd(LIMIT);
    }
  }
}
