package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the command line says, and how it exits. */
class MainTest {
  private static final Path EXAMPLE =
      Path.of(System.getProperty("limen.root"), "deploy", "limen", "limen.yaml");

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return commandLine.execute(arguments);
  }

  @Test
  void theShippedExampleIsGood() {
    assertThat(run("check-config", "--config", EXAMPLE.toString())).isZero();
    assertThat(out.toString()).contains("is good: 1 provider(s), 1 route(s), sessions in memory");
  }

  @Test
  void aWrongConfigurationIsOneLineAndExitCodeTwo() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong, Files.readString(EXAMPLE).replace("idleTimeout: 1h", "idleTimeuot: 1h"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString())
        .startsWith("limen: session.idleTimeuot (line ")
        .contains("expected idleTimeout?");
  }

  @Test
  void redisWithoutAKeyRingDoesNotStart() throws IOException {
    Path redis = folder.resolve("redis.yaml");
    Files.writeString(redis, Files.readString(EXAMPLE).replace("type: memory", "type: redis"));
    assertThat(run("serve", "--config", redis.toString())).isEqualTo(2);
    assertThat(err.toString()).startsWith("limen: cookie.secrets: found none, expected a key ring");
  }

  @Test
  void aKeyThatIsTooShortIsNamedAndNotShown() throws IOException {
    Path shortKey = folder.resolve("short.yaml");
    Files.writeString(
        shortKey,
        Files.readString(EXAMPLE).replace("secrets: []", "secrets: [{id: k1, value: c2hvcnQ=}]"));
    assertThat(run("check-config", "--config", shortKey.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("cookie.secrets[id=k1]").doesNotContain("c2hvcnQ");
  }

  @Test
  void aFileThatIsNotThereAndAnUnknownOptionAreExitCodeTwo() {
    assertThat(run("check-config", "--config", "/no/such/file")).isEqualTo(2);
    assertThat(err.toString()).contains("--config: found /no/such/file");
    assertThat(run("serve", "--colour")).isEqualTo(2);
    assertThat(run()).isEqualTo(2);
  }

  @Test
  void helpNamesTheCommands() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("serve").contains("check-config");
  }
}
