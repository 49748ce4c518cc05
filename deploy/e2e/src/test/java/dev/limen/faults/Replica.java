package dev.limen.faults;

import dev.limen.demo.run.ChildProcess;
import dev.limen.demo.run.Loopback;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One {@code limen serve}, and the links that it has.
 *
 * <p>Invariant: its ports are the system's choice at each start, and the proxies follow; so a
 * process that starts again is found where it was. Once it is taken out, no check is begun at it
 * until it is ready again. Ended by its own handle, paused by its own id.
 */
final class Replica implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(5);

  /** Nobody listens there. */
  private static final InetSocketAddress NOWHERE = FaultProxy.loopback(1);

  private static final Pattern LISTENING =
      Pattern.compile("gRPC checks on \\S*:(\\d+), HTTP .* on \\S*:(\\d+), management .*:(\\d+)");

  final String name;

  /** To its HTTP port. */
  final FaultProxy gate;

  final FaultProxy grpcGate;
  final FaultProxy managementGate;
  final FaultProxy toRedis;
  final FaultProxy toProvider;

  /** Why it did not allow what it was asked, by the question's name. */
  final Map<String, String> reasons = new ConcurrentHashMap<>();

  private Program program;
  private final Path folder;
  private final Map<String, String> environment;
  private CompletableFuture<Ports> ports = new CompletableFuture<>();
  private ChildProcess process;
  private int starts;

  private final Object rotation = new Object();
  private boolean inRotation;
  private int inFlight;

  /**
   * What is run.
   *
   * @param classPath what stands before Limen's own jar; empty for the shipped program
   */
  record Program(Path jar, Path config, String classPath) {}

  private static final Pattern DECISION =
      Pattern.compile("\"request_id\":\"([^\"]+)\".*\"reason\":\"([^\"]+)\"");

  private record Ports(int grpc, int http, int management) {}

  Replica(
      String name,
      Program program,
      Path folder,
      Map<String, String> environment,
      List<SocketAddress> redisAndProvider)
      throws IOException {
    this.name = name;
    this.program = program;
    this.folder = folder;
    this.gate = FaultProxy.to(NOWHERE);
    this.grpcGate = FaultProxy.to(NOWHERE);
    this.managementGate = FaultProxy.to(NOWHERE);
    this.toRedis = FaultProxy.to(redisAndProvider.get(0));
    this.toProvider = FaultProxy.to(redisAndProvider.get(1));
    this.environment = new HashMap<>(environment);
    this.environment.put("LIMEN_SERVER_EXT_AUTHZ_GRPC_BIND_ADDRESS", "127.0.0.1:0");
    this.environment.put("LIMEN_SERVER_EXT_AUTHZ_HTTP_BIND_ADDRESS", "127.0.0.1:0");
    this.environment.put("LIMEN_MANAGEMENT_BIND_ADDRESS", "127.0.0.1:0");
    this.environment.put(
        "LIMEN_SESSION_STORE_REDIS_CONNECTION_URL", "redis://127.0.0.1:" + toRedis.port() + "/0");
    this.environment.put(
        "LIMEN_PROVIDERS_0_OIDC_CONFIG_BACKCHANNEL_BASE_URL",
        "http://127.0.0.1:" + toProvider.port());
    this.process = launch();
  }

  private ChildProcess launch() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx160m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", classPath()));
    command.addAll(List.of("dev.limen.server.Main", "serve", "--config"));
    command.add(program.config().toString());
    starts++;
    CompletableFuture<Ports> told = new CompletableFuture<>();
    ports = told;
    return ChildProcess.start(
        new ChildProcess.Spec(name + "-" + starts, command, environment, folder),
        line -> heard(line, told));
  }

  private String classPath() {
    String separator = program.classPath().isEmpty() ? "" : File.pathSeparator;
    return program.classPath() + separator + program.jar();
  }

  private void heard(String line, CompletableFuture<Ports> told) {
    Matcher decision = DECISION.matcher(line);
    if (decision.find()) {
      reasons.put(decision.group(1), decision.group(2));
      return;
    }
    Matcher listening = LISTENING.matcher(line);
    if (listening.find()) {
      told.complete(
          new Ports(port(listening.group(1)), port(listening.group(2)), port(listening.group(3))));
    }
  }

  private static int port(String digits) {
    return Integer.parseInt(digits);
  }

  /** Waits until it says that it is ready, and lets traffic come. */
  void awaitReady() {
    process.awaitReady(START, () -> ports.isDone() && management().get("/ready").status() == 200);
    gate.leadTo(FaultProxy.loopback(ports().http()));
    grpcGate.leadTo(FaultProxy.loopback(ports().grpc()));
    // Last: whoever sees by it that this one is ready asks at once.
    managementGate.leadTo(FaultProxy.loopback(ports().management()));
    synchronized (rotation) {
      inRotation = true;
    }
  }

  private Loopback management() {
    return new Loopback(ports().management());
  }

  private Ports ports() {
    try {
      return ports.get(START.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted");
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("it does not listen:\n" + process.tail(), e);
    }
  }

  /** Its figures, as Prometheus reads them. */
  String metrics() throws IOException {
    return management().get("/metrics").text();
  }

  /** Whether a gateway would send checks here. */
  boolean isInRotation() {
    synchronized (rotation) {
      return inRotation;
    }
  }

  /** A check begins here; false if a gateway would ask somebody else. {@link #leave} ends it. */
  boolean enter() {
    synchronized (rotation) {
      inFlight += inRotation ? 1 : 0;
      return inRotation;
    }
  }

  void leave() {
    synchronized (rotation) {
      inFlight--;
    }
  }

  /** Checks that it owes an answer now. */
  int underWay() {
    synchronized (rotation) {
      return inFlight;
    }
  }

  /**
   * Takes it out, as a gateway does that was told; gives how many it still owes an answer. No check
   * begins here after that.
   */
  int takeOut() {
    synchronized (rotation) {
      inRotation = false;
      return inFlight;
    }
  }

  /** A command of the same program with the same configuration, on a Redis link that is whole. */
  int command(int redisPort, String... words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", classPath(), "dev.limen.server.Main", words[0], "--config"));
    command.add(program.config().toString());
    command.addAll(List.of(words).subList(1, words.length));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(words[0] + ".log").toFile());
    builder.environment().keySet().removeIf(key -> key.startsWith("LIMEN_"));
    builder.environment().putAll(environment);
    builder
        .environment()
        .put("LIMEN_SESSION_STORE_REDIS_CONNECTION_URL", "redis://127.0.0.1:" + redisPort + "/0");
    Process process = builder.start();
    process.getOutputStream().close();
    try {
      return process.waitFor(START.toSeconds(), TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  /** SIGKILL. */
  void kill() {
    process.kill();
  }

  /** SIGTERM, and its end: it goes as it does when it is replaced. */
  void terminate() {
    takeOut();
    process.close();
    List.of(gate, grpcGate, managementGate).forEach(door -> door.leadTo(NOWHERE));
  }

  void startAgain() {
    process = launch();
    awaitReady();
  }

  /** The same with these classes before its own, from the next start on. */
  void becomes(String classPath) {
    program = new Program(program.jar(), program.config(), classPath);
  }

  /** A start of which {@link #awaitReady} waits for the end. */
  void launchAgain() {
    process = launch();
  }

  void pause() throws IOException {
    Signals.send("-STOP", process.pid());
  }

  void resume() throws IOException {
    Signals.send("-CONT", process.pid());
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      Signals.sendQuietly("-CONT", process.pid());
    }
    process.kill();
    gate.close();
    grpcGate.close();
    managementGate.close();
    toRedis.close();
    toProvider.close();
  }
}
