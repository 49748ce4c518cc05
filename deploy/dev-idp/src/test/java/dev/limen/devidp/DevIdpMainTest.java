package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.BufferedReader;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line, read in this process and run in another. */
final class DevIdpMainTest {
  private static Process started(String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(DevIdpMain.class.getName());
    command.addAll(List.of(options));
    return new ProcessBuilder(command).start();
  }

  private static String text(InputStream stream) throws Exception {
    return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void everyOptionIsUnderstood() throws Exception {
    DevIdpConfig config =
        DevIdpMain.configuration(
            "--port",
            "0",
            "--bind",
            "127.0.0.2",
            "--issuer",
            "https://127.0.0.1:8443/realms/limen",
            "--access-token-lifetime",
            "5s",
            "--refresh-token-lifetime",
            "30m",
            "--redirect-uri",
            "http://localhost:1/cb",
            "--signing-algorithm",
            "ES256",
            "--fault",
            "wrong-nonce",
            "--fault",
            "slow@certs:2",
            "--slow-by",
            "150ms",
            "--log",
            "-");

    assertThat(config.port()).isZero();
    assertThat(config.bindAddress()).isEqualTo("127.0.0.2");
    assertThat(config.issuer()).hasToString("https://127.0.0.1:8443/realms/limen");
    assertThat(config.accessTokenLifetime()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.refreshTokenLifetime()).isEqualTo(Duration.ofMinutes(30));
    assertThat(config.redirectUris()).containsExactly("http://localhost:1/cb");
    assertThat(config.signingAlgorithm()).isEqualTo("ES256");
    assertThat(config.faults())
        .containsExactly(
            new FaultRule(Fault.WRONG_NONCE, RequestKind.TOKEN_CODE, FaultRule.ALWAYS),
            new FaultRule(Fault.SLOW, RequestKind.CERTS, 2));
    assertThat(config.slowBy()).isEqualTo(Duration.ofMillis(150));
    assertThat(config.log()).isSameAs(System.out);
  }

  @Test
  void withoutOptionsItIsTheDemo() throws Exception {
    DevIdpConfig config = DevIdpMain.configuration();

    assertThat(config.port()).isEqualTo(8180);
    assertThat(config.bindAddress()).isEqualTo("127.0.0.1");
    assertThat(config.realm().name()).isEqualTo("limen");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--unheard-of x",
        "port 1",
        "--port",
        "--port x",
        "--port 65536",
        "--access-token-lifetime 5",
        "--access-token-lifetime 5d",
        "--access-token-lifetime 999ms",
        "--issuer ftp://x/",
        "--issuer http://127.0.0.1:8080/realms/limen/",
        "--fault nonsense"
      })
  void whatIsNotUnderstoodIsRefused(String line) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DevIdpMain.configuration(line.split(" ")));
  }

  @Test
  void helpNamesEveryFaultAndEndpoint() {
    for (Fault fault : Fault.values()) {
      assertThat(DevIdpMain.HELP).contains(fault.label());
    }
    for (RequestKind kind : RequestKind.values()) {
      if (kind != RequestKind.UNKNOWN) {
        assertThat(DevIdpMain.HELP).contains(kind.label());
      }
    }
  }

  @Test
  void helpEndsWithZero() throws Exception {
    Process process = started("--help");

    assertThat(text(process.getInputStream())).isEqualTo(DevIdpMain.HELP);
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void aWrongCommandLineEndsWithTwoAndOneLine() throws Exception {
    Process process = started("--port", "x");

    assertThat(text(process.getErrorStream())).startsWith("dev-idp: --port x: ").hasLineCount(1);
    assertThat(process.waitFor()).isEqualTo(2);
  }

  @Test
  void aPortThatIsTakenEndsWithTwoAndNamesIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(0)) {
      Process process =
          started("--bind", "0.0.0.0", "--port", String.valueOf(taken.getLocalPort()));

      assertThat(text(process.getErrorStream())).contains("cannot listen on ");
      assertThat(process.waitFor()).isEqualTo(2);
    }
  }

  @Test
  void itServesUntilItIsToldToStopAndEndsWithZero(@TempDir Path folder) throws Exception {
    Path log = folder.resolve("requests.jsonl");
    Process process = started("--port", "0", "--log", log.toString());
    try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).startsWith("dev-idp: listening on http://127.0.0.1:");
      process.destroy();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      assertThat(Files.exists(log)).isTrue();
    } finally {
      process.destroyForcibly();
    }
  }
}
