package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
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
    String place = wrong + ":53:3: error: session.idleTimeuot: ";
    assertThat(err.toString().lines())
        .hasSize(4)
        .contains(place + "found an unknown key, expected idleTimeout?")
        .last()
        .isEqualTo("1 error, 2 warnings");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aStartSaysTheFirstProblemInOneLine() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong, Files.readString(EXAMPLE).replace("idleTimeout: 1h", "idleTimeuot: 1h"));
    assertThat(run("serve", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString())
        .startsWith("limen: session.idleTimeuot (line 53)")
        .contains("expected idleTimeout?");
  }

  @Test
  void everyProblemHasItsLineAndTheLastLineCountsThem() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong,
        Files.readString(EXAMPLE)
            .replace("maxFlows: 8", "maxFlows: 33")
            .replace("provider: main }", "provider: other }"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(3).last().isEqualTo("2 errors, 0 warnings");
    assertThat(err.toString())
        .contains(": error: cookie.flow.maxFlows: found 33, expected 1 to 32")
        .contains(": error: defaults.provider: found other, expected the id of one of providers");
  }

  @Test
  void whatOnlyAStartWouldRefuseHasItsLineToo() throws IOException {
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(
        wrong,
        Files.readString(EXAMPLE)
            .replace(
                "secrets: []", "secrets: [{id: k1, value: c2hvcnQ=}, {id: k2, value: \"?\"}]"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString())
        .contains(": error: cookie.secrets[id=k1]: found a secret of 5 bytes")
        .contains(": error: cookie.secrets[id=k2]: found a secret that is not base64")
        .endsWith("2 errors, 2 warnings" + System.lineSeparator());
    Files.writeString(
        wrong,
        Files.readString(EXAMPLE).replace("    scope:", "    caFiles: [/no/such.pem]\n    scope:"));
    assertThat(run("check-config", "--config", wrong.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("error: providers[].caFiles: found /no/such.pem");
  }

  @Test
  void onlineSaysWhatEachProviderSaysOfItself() throws IOException {
    try (DevIdp provider = DevIdp.start(DevIdpConfig.demo())) {
      Path good = at(provider.issuer());
      assertThat(run("check-config", "--online", "--config", good.toString())).isZero();
      assertThat(out.toString())
          .contains("provider main: issuer " + provider.issuer() + ", 4 endpoints, ");
    }
  }

  @Test
  void onlineTellsAProviderThatIsAwayFromOneThatIsAnother() throws IOException {
    DevIdp provider = DevIdp.start(DevIdpConfig.demo().withIssuer("http://127.0.0.1:1/realms/x"));
    try (provider) {
      String origin = "http://127.0.0.1:" + provider.port();
      Path mismatch = at(origin + "/realms/x");
      assertThat(run("check-config", "--online", "--config", mismatch.toString())).isEqualTo(1);
      assertThat(err.toString()).contains("provider main: error: issuer ").contains("exactly");
    }
    assertThat(run("check-config", "--online", "--config", at("http://127.0.0.1:1/a").toString()))
        .isEqualTo(1);
    assertThat(err.toString())
        .contains("provider main: error: issuer http://127.0.0.1:1/a: discovery unreachable");
  }

  private Path at(String issuer) throws IOException {
    return Files.writeString(
        folder.resolve("online.yaml"),
        Files.readString(EXAMPLE)
            .replace("http://127.0.0.1:8080/realms/limen", issuer)
            .replaceAll(" *backchannelBaseURL:.*\n", ""));
  }

  @Test
  void theReferenceIsThePageInTheTree() throws IOException {
    assertThat(run("config-reference")).isZero();
    assertThat(out.toString())
        .isEqualTo(Files.readString(EXAMPLE.resolveSibling("configuration.md")));
  }

  @Test
  void helpSaysWhatTheExitCodesMean() {
    assertThat(run("check-config", "--help")).isZero();
    assertThat(out.toString()).contains("Exit codes:").contains("--online");
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
