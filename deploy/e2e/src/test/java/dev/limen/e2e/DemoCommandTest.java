package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** {@code ./limen demo} as a script sees it: what it prints and how it exits. */
class DemoCommandTest {
  private static final Path ROOT = Path.of(System.getProperty("limen.root"));
  private static final long LIMIT_SECONDS = 180;

  @Test
  void checkPrintsTwentyOneOfTwentyOneTwiceAndExitsWithZero()
      throws IOException, InterruptedException {
    Ended demo = run("--check");
    assertThat(demo.output()).contains("grpc: 21 of 21").contains("http: 21 of 21");
    assertThat(demo.exitCode()).isZero();
  }

  @Test
  void aWrongNonceStopsTheCheckAtStepFourteenWithOne() throws IOException, InterruptedException {
    Ended demo = run("--check", "--fault", "wrong-nonce");
    assertThat(demo.output()).contains("grpc: 13 of 21").doesNotContain("over http");
    assertThat(demo.output()).containsPattern("(?m)^14 .*DOES NOT HOLD$");
    assertThat(demo.exitCode()).isEqualTo(1);
  }

  @Test
  void anUnknownFaultIsRefusedWithTwo() throws IOException, InterruptedException {
    assertThat(run("--check", "--fault", "no-such-fault").exitCode()).isEqualTo(2);
  }

  /** What a process printed, and how it exited. */
  private record Ended(int exitCode, String output) {}

  private static Ended run(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dlimen.root=" + ROOT,
                "-jar",
                ROOT.resolve("deploy/demo/target/limen-demo.jar").toString()));
    command.addAll(List.of(arguments));
    Process demo = new ProcessBuilder(command).redirectErrorStream(true).start();
    demo.getOutputStream().close();
    String output = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!demo.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      demo.destroy();
    }
    return new Ended(demo.waitFor(), output);
  }
}
