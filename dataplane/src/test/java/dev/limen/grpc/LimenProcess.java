package dev.limen.grpc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code limen} as a process of its own, on this test's class path.
 *
 * <p>Invariant: it is gone when this is closed. One thread.
 */
public final class LimenProcess implements AutoCloseable {
  private static final Pattern LISTENING =
      Pattern.compile(
          "gRPC checks on /127\\.0\\.0\\.1:(\\d+),"
              + " HTTP checks and browsers on /127\\.0\\.0\\.1:(\\d+),"
              + " management on /127\\.0\\.0\\.1:(\\d+)");
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final Path output;
  private int grpcPort;
  private int httpPort;
  private int managementPort;

  /** A management page: its status, and words that stand in it. */
  public record Page(int status, String words) {}

  private LimenProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts it, and waits for nothing. */
  static LimenProcess start(Path config) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.limen.server.Main",
                "serve",
                "--config",
                config.toString()));
    Path output = config.resolveSibling("limen.log");
    return new LimenProcess(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start(),
        output);
  }

  /** Starts it, and waits until it listens. */
  public static LimenProcess serve(Path config) throws IOException, InterruptedException {
    LimenProcess started = start(config);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end && started.process.isAlive()) {
      Matcher ports = LISTENING.matcher(Files.readString(started.output));
      if (ports.find()) {
        started.grpcPort = Integer.parseInt(ports.group(1));
        started.httpPort = Integer.parseInt(ports.group(2));
        started.managementPort = Integer.parseInt(ports.group(3));
        return started;
      }
      Thread.sleep(20);
    }
    started.close();
    throw new AssertionError("it does not listen: " + Files.readString(started.output));
  }

  /** Where gRPC checks are answered. */
  public InetSocketAddress grpcAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), grpcPort);
  }

  /** Where HTTP checks and browsers are answered. */
  public InetSocketAddress httpAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), httpPort);
  }

  /** The process id. */
  public long pid() {
    return process.pid();
  }

  /** What it has written so far, standard error too. */
  public byte[] output() throws IOException {
    return Files.readAllBytes(output);
  }

  /** A management page as it is now, with its head. */
  public String page(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + managementPort + path);
    HttpResponse<String> response =
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.headers().map() + "\n" + response.body();
  }

  /** Asks until the page is as it must become. */
  public void awaitPage(String path, Page expected) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + managementPort + path);
    long end = System.nanoTime() + PATIENCE.toNanos();
    Page seen = new Page(0, "");
    while (seen.status() != expected.status() || !seen.words().contains(expected.words())) {
      if (System.nanoTime() > end) {
        throw new AssertionError(path + " is " + seen + " and not " + expected);
      }
      HttpResponse<String> response =
          http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
      seen = new Page(response.statusCode(), response.body());
    }
  }

  /** Asks it to end. */
  public void sigterm() {
    process.destroy();
  }

  /** Waits for its end. */
  public int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    http.close();
    process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
