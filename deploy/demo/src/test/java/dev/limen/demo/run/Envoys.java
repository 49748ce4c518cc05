package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The real Envoy for tests: where it is missing a test is red in CI and says so elsewhere. */
public final class Envoys {
  private Envoys() {}

  public static Path binary() {
    Path known = EnvoyBinary.known(Layout.find());
    if (known == null && "true".equals(System.getenv("CI"))) {
      return EnvoyBinary.find(Layout.find(), Progress.SILENT);
    }
    return known != null
        ? known
        : abort("no Envoy on the PATH or in the cache: ./limen demo fetches it");
  }

  /** Has Envoy read this configuration, as it would at its start. */
  public static void accepts(String config, Path folder) throws Exception {
    Path file = Files.writeString(Files.createTempFile(folder, "envoy-", ".yaml"), config);
    Path said = Files.createTempFile(folder, "envoy-", ".log");
    Process envoy =
        new ProcessBuilder(
                binary().toString(),
                "--mode",
                "validate",
                "--log-level",
                "error",
                "-c",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(envoy.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(envoy.exitValue()).withFailMessage(() -> read(said)).isZero();
  }

  private static String read(Path said) {
    try {
      return Files.readString(said, StandardCharsets.UTF_8);
    } catch (IOException failed) {
      return failed.toString();
    }
  }
}
