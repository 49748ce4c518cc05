package dev.limen.server;

import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.grpc.LimenProcess;
import dev.limen.session.redis.RealRedis;
import dev.limen.session.redis.RedisDump;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Limen as a process, real Redis and the strict provider, of which every secret is a canary.
 *
 * <p>Invariant: the process logs all that it ever logs: level {@code debug}, every decision.
 */
final class CanaryHouse implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  final Canaries canaries = new Canaries();
  final String storePassword = canaries.plant("store-password");
  final String password = canaries.plant("password");
  final String clientSecret = canaries.plant("client-secret");
  final String ringKey = "cnry-ring-key-" + "0123456789abcdefgh";
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final Path config;
  final DevIdp provider;
  final RecordingBackChannel backChannel;
  final RealRedis redis;
  final LimenProcess limen;
  final Gateway overHttp;
  final Gateway overGrpc;

  private final StringBuilder management = new StringBuilder();

  CanaryHouse(Path folder) throws IOException, InterruptedException {
    canaries.note("ring-key", ringKey);
    Path realm = folder.resolve("realm.json");
    Files.writeString(realm, realm());
    provider =
        DevIdp.start(
            DevIdpConfig.forRealm(realm)
                .withSigningAlgorithm("ES256")
                .withAccessTokenLifetime(Duration.ofSeconds(2)));
    backChannel = new RecordingBackChannel(provider.origin(), canaries);
    Path data = Files.createDirectory(folder.resolve("redis"));
    redis = RealRedis.start(data, "--requirepass", storePassword, "--appendonly", "yes");
    config = Files.writeString(folder.resolve("limen.yaml"), yaml());
    limen = LimenProcess.serve(config);
    overHttp = Gateway.overHttp(limen.httpAddress());
    overGrpc = Gateway.overGrpc(limen.grpcAddress());
  }

  private String realm() throws IOException {
    Path shipped =
        Path.of(System.getProperty("limen.root"), "deploy", "keycloak", "limen-realm.json");
    return Files.readString(shipped)
        .replace("limen-demo-secret", clientSecret)
        .replaceAll("\"value\": \"(alice|bob)\"", "\"value\": \"" + password + "\"");
  }

  /** The configuration, in which nothing waits for a slow machine. */
  String yaml() {
    return """
    version: 1
    server:
      extAuthz:
        grpc: {bindAddress: "127.0.0.1:0"}
        http: {bindAddress: "127.0.0.1:0"}
        deadline: 20s
      shutdown: {lameDuck: 0s, drain: 2s}
    management: {bindAddress: "127.0.0.1:0"}
    logging: {level: debug, decisions: all}
    providers:
      - id: main
        provider: keycloak-oidc
        clientID: limen
        clientSecret: {value: "$client"}
        oidcConfig:
          issuerURL: "$issuer"
          backchannelBaseURL: "$back"
        timeouts: {connect: 10s, token: 10s, jwks: 30s}
    bearer: {issuers: [{issuer: "$issuer", audiences: [limen]}]}
    cookie: {secrets: [{id: k1, value: "$ring"}]}
    session:
      store:
        type: redis
        redis:
          connectionURL: "redis://127.0.0.1:$port/0"
          password: {value: "$store"}
          timeouts: {connect: 5s, command: 5s}
    redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
    routes:
      - {match: {path: /admin/*}, mode: login, require: {group: nobody}}
      - {match: {path: /api/*}, mode: bearer}
      - {match: {path: /either/*}, mode: either}
      - {match: {path: /optional/*}, mode: optional}
      - {match: {path: /public/*}, mode: public}
      - {match: {path: /never/*}, mode: deny}
    """
        .replace("$client", clientSecret)
        .replace("$issuer", provider.issuer())
        .replace("$back", backChannel.origin())
        .replace(
            "$ring",
            Base64.getEncoder().encodeToString(ringKey.getBytes(StandardCharsets.US_ASCII)))
        .replace("$port", Integer.toString(redis.port()))
        .replace("$store", storePassword);
  }

  /** Somebody new; every other one comes by the other door. */
  Wanderer wanderer(boolean byGrpc) {
    return new Wanderer(canaries, http, limen.httpAddress(), byGrpc ? overGrpc : overHttp);
  }

  /** Puts a configuration in the place of the last, and waits until one more came to this. */
  void reload(String yaml, String outcome) throws IOException, InterruptedException {
    int before = reloads(outcome);
    Path next = Files.writeString(config.resolveSibling("next.yaml"), yaml);
    Files.move(next, config, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    signal("-HUP");
    long end = System.nanoTime() + LIMIT.toNanos();
    while (reloads(outcome) == before) {
      if (System.nanoTime() > end) {
        throw new AssertionError("no reload that was " + outcome);
      }
      Thread.sleep(20);
    }
  }

  private int reloads(String outcome) throws IOException, InterruptedException {
    String line = "limen_config_reloads_total{outcome=\"" + outcome + "\"} ";
    return limen
        .page("/metrics")
        .lines()
        .filter(each -> each.startsWith(line))
        .mapToInt(each -> (int) Double.parseDouble(each.substring(line.length())))
        .sum();
  }

  private void signal(String signal) throws IOException, InterruptedException {
    run("kill", signal, Long.toString(limen.pid()));
  }

  /** What the heap of the process holds; only what is alive. */
  HeapDump heapDump(Path file) throws IOException, InterruptedException {
    return heapDump(limen.pid(), file);
  }

  static HeapDump heapDump(long pid, Path file) throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    run(jcmd, Long.toString(pid), "GC.heap_dump", file.toString());
    return HeapDump.read(file);
  }

  private static void run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException("it failed: " + String.join(" ", command));
    }
  }

  /** Waits until all is well again, then has one more line written. */
  void lastLine(String path) throws IOException, InterruptedException {
    limen.awaitPage("/ready", new LimenProcess.Page(200, "ready"));
    wanderer(false).call(path, canaries.plant("bearer"));
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!new String(limen.output(), StandardCharsets.UTF_8).contains(path)) {
      if (System.nanoTime() > end) {
        throw new AssertionError("no line for " + path);
      }
      Thread.sleep(20);
    }
  }

  /** Asks the management port for all that it tells, and keeps its answers. */
  void askManagement() throws IOException, InterruptedException {
    for (String path : List.of("/metrics", "/ready", "/ping", "/nothing")) {
      management.append(limen.page(path + "?x=" + canaries.plant("management")));
    }
  }

  /** Every answer that was kept. */
  String management() {
    return management.toString();
  }

  /** Which canaries are to be found where none may be. */
  static Set<String> leaks(Canaries.Search search, HeapDump dump) {
    Set<String> found = new LinkedHashSet<>();
    LogBuffers.in(dump).forEach(bytes -> found.addAll(search.inEither("log buffers", bytes)));
    LogBuffers.threadNames(dump)
        .forEach(bytes -> found.addAll(search.inEither("thread names", bytes)));
    return found;
  }

  String redis() {
    return RedisDump.of(redis, storePassword);
  }

  @Override
  public void close() {
    overHttp.close();
    overGrpc.close();
    limen.close();
    redis.close();
    backChannel.close();
    provider.close();
    http.close();
  }
}
