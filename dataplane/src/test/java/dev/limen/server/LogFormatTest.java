package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a running Limen writes on standard output, seen from outside. */
class LogFormatTest {
  private static final Pattern LISTENING =
      Pattern.compile("HTTP checks and browsers on /127\\.0\\.0\\.1:([0-9]+)");
  private static final String INJECTED = "LIMEN_A\n{\"level\":\"FATAL\"}\u001b[2J";
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<Process> started = new ArrayList<>();
  private final List<Thread> readers = new ArrayList<>();
  private int port;

  private void start(String logging) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("limen.yaml"),
            """
            version: 1
            server:
              extAuthz:
                grpc: {bindAddress: "127.0.0.1:0"}
                http: {bindAddress: "127.0.0.1:0"}
              shutdown: {lameDuck: 0s, drain: 1s}
            management: {bindAddress: "127.0.0.1:0"}
            providers:
              - id: main
                clientID: limen
                clientSecret: {value: secret0}
                oidcConfig: {issuerURL: "http://127.0.0.1:1/realms/limen"}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            routes: [{match: {path: /public/*}, mode: public}]
            logging: %s
            """
                .formatted(logging));
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.limen.server.Main",
            "serve",
            "--config",
            file.toString());
    builder.environment().put(INJECTED, "x");
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    readers.add(Thread.ofPlatform().daemon().start(() -> read(process)));
    Matcher listening = LISTENING.matcher(lineWith("listening: "));
    assertThat(listening.find()).isTrue();
    port = Integer.parseInt(listening.group(1));
  }

  private void read(Process process) {
    try {
      process.inputReader(StandardCharsets.UTF_8).lines().forEach(lines::add);
    } catch (UncheckedIOException e) {
      // The process is over, and its pipe with it.
      lines.add("");
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : started) {
      process.destroy();
      assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  private String lineWith(String text) throws InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (lines.stream().noneMatch(line -> line.contains(text))) {
      assertThat(System.nanoTime()).as("a line with %s in %s", text, lines).isLessThan(end);
      Thread.sleep(20);
    }
    return lines.stream().filter(line -> line.contains(text)).findFirst().orElseThrow();
  }

  private void check(String path) throws IOException {
    String request =
        "GET /limen/check"
            + path
            + " HTTP/1.1\r\nhost: localhost:8080\r\nx-request-id: 4f0a-1\r\nconnection: close\r\n"
            + "cookie: __Host-limen=secret3\r\nauthorization: Bearer secret4\r\n\r\n";
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        InputStream in = socket.getInputStream()) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(in.readAllBytes()).isNotEmpty();
    }
  }

  @Test
  void aDeniedCheckIsOneJsonObjectAndAnAllowIsNoLine() throws Exception {
    start("{}");
    check("/public/a");
    check("/orders?code=secret1");
    String line = lineWith("limen.decisions");
    assertThat(line)
        .startsWith("{\"time\":\"")
        .contains(
            "\"level\":\"INFO\",\"logger\":\"limen.decisions\",\"message\":\"decision\","
                + "\"request_id\":\"4f0a-1\",\"protocol\":\"http\",\"method\":\"GET\","
                + "\"host\":\"localhost:8080\",\"path\":\"/orders\",\"decision\":\"deny\","
                + "\"reason\":\"session_cookie_malformed\",\"status\":401,\"duration_us\":")
        .endsWith("}");
    assertThat(lines).noneMatch(each -> each.contains("/public/a"));
    assertThat(lines).noneMatch(each -> each.contains("secret"));
  }

  @Test
  void textIsOneLineEachAndAllMeansAllowsToo() throws Exception {
    start("{format: text, decisions: all}");
    check("/orders?code=secret1");
    check("/public/a");
    assertThat(lineWith("path=/orders "))
        .matches(
            "\\S+ INFO  decision request_id=4f0a-1 protocol=http method=GET host=localhost:8080"
                + " path=/orders decision=deny reason=session_cookie_malformed status=401"
                + " duration_us=[0-9]+ route=default rule= provider= subject= session=");
    assertThat(lineWith("path=/public/a ")).contains("decision=allow reason=allowed status=200");
    assertThat(lines).noneMatch(each -> each.contains("secret"));
  }

  /** A signal that comes before it serves ends it without a word. */
  @Test
  void whereItSaysThatItDrainsItSaysThatItHasStopped() throws Exception {
    start("{}");
    check("/public/a");
    Process process = started.getLast();
    // The process' own destroy would close what it wrote before it was read.
    process.toHandle().destroy();
    assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    readers.getLast().join();
    assertThat(count("\"message\":\"stopped\"")).isEqualTo(count("\"message\":\"draining"));
  }

  private long count(String text) {
    return lines.stream().filter(line -> line.contains(text)).count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "text"})
  void aValueWithControlBytesStaysInItsLine(String format) throws Exception {
    start("{format: " + format + ", decisions: none}");
    assertThat(lineWith("names no configuration key")).contains("LIMEN_A").contains("FATAL");
    assertThat(lines)
        .noneMatch(line -> line.startsWith("{\"level\"") || line.indexOf('\u001b') >= 0);
  }
}
