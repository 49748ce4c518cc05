package dev.limen.grpc;

import dev.limen.authz.Authorizer;
import dev.limen.check.CheckFigures;
import dev.limen.check.CheckHandler;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.config.ServerConfig.GrpcConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.login.Login;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.BearerTokens;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionCookie;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import dev.limen.session.memory.MemoryStore;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * One whole plain check: the frames of a gateway's gRPC call in, the frames of the answer out, with
 * everything between them but the socket and the door's figures, which {@code server} keeps. {@code
 * gc.alloc.rate.norm} says how many bytes a check makes.
 *
 * <p>Invariant: every measured answer has the length of one whose message was read and is an allow,
 * or the run stops.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@NullUnmarked // JMH fills the fields in open()
public class CheckBenchmark {
  private static final String CONFIG =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: not-used}
          oidcConfig: {issuerURL: "http://127.0.0.1:9/realms/bench"}
      redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
      routes:
        - {match: {path: /public/*}, mode: public}
      """;

  private OpenIdProvider provider;
  private BearerTokens bearerTokens;
  private GatewayFrames session;
  private GatewayFrames publicRoute;

  /** Runs it with the profiler that counts bytes. */
  public static void main(String[] arguments) throws RunnerException {
    new Runner(
            new OptionsBuilder()
                .include(CheckBenchmark.class.getSimpleName())
                .addProfiler(GCProfiler.class)
                .build())
        .run();
  }

  /** One live session in the memory store, one connection for each benchmark. */
  @Setup
  public void open() throws IOException {
    LimenConfig config = config();
    Metrics metrics = new Metrics();
    KeyRing ring = KeyRing.generated();
    MemoryStore store = new MemoryStore(config.session().idleTimeout());
    Sessions sessions = new Sessions(store, ring, config.session(), metrics);
    SessionCookie cookie = new SessionCookie(ring);
    provider = OpenIdProvider.start(config.provider("main"), metrics, InstantSource.system());
    Map<String, OpenIdProvider> providers = Map.of("main", provider);
    bearerTokens =
        BearerTokens.start(config.bearer(), providers.values(), metrics, InstantSource.system());
    Authorizer authorizer =
        new Authorizer(
            config,
            providers,
            new Login(config, providers, sessions, cookie, ring, metrics),
            new Refresher(providers, sessions, config.session(), metrics),
            sessions,
            bearerTokens,
            ring,
            metrics);
    String value = cookie.value(login(sessions).secret());
    CheckHandler checks =
        (request, listener) -> authorizer.authorize(request, System.currentTimeMillis(), listener);
    session = new GatewayFrames(connect(checks, config), "/orders?x=1", value);
    publicRoute = new GatewayFrames(connect(checks, config), "/public/x", value);
  }

  static LimenConfig config() throws IOException {
    Path file = Files.createTempFile("limen-bench", ".yaml");
    Files.writeString(file, CONFIG);
    LimenConfig config = new ConfigLoader(Map.of()).load(file);
    Files.delete(file);
    return config;
  }

  private static Session login(Sessions sessions) {
    long now = System.currentTimeMillis();
    Identity alice =
        new Identity(
            "main",
            "http://127.0.0.1:9/realms/bench",
            "0a1b2c3d-alice",
            "0a1b2c3d-alice",
            "Alice",
            "alice@example.com",
            "alice",
            List.of("staff", "ops"),
            List.of("app-user"),
            Map.of(),
            null,
            null,
            List.of(),
            0);
    Tokens tokens =
        new Tokens("i".repeat(1_000), "a".repeat(1_200), "r".repeat(600), now + 36_000_000, 0);
    return sessions
        .create(alice, tokens, new SessionContext("192.0.2.0", "Bench"), now)
        .toCompletableFuture()
        .join();
  }

  static EmbeddedChannel connect(CheckHandler checks, LimenConfig config) {
    GrpcService service =
        new GrpcService(
            checks, () -> true, new Uncounted(), config.server().extAuthz().deadline().toNanos());
    GrpcConfig limits = config.server().extAuthz().grpc();
    return new EmbeddedChannel(new GrpcConnectionBuilder(service, limits).build());
  }

  /** A session found in the memory store, opened, and its headers set. */
  @Benchmark
  public int sessionInMemory() {
    return session.check();
  }

  /** A public route: identity headers removed, no session looked at. */
  @Benchmark
  public int publicRoute() {
    return publicRoute.check();
  }

  /** Ends what {@link #open} began. */
  @TearDown
  public void close() {
    session.close();
    publicRoute.close();
    bearerTokens.close();
    provider.close();
  }

  /** A counter more and a time more for each check are {@code server}'s, which is not reached. */
  private record Uncounted() implements CheckFigures {
    @Override
    public void answered(CheckRequest request, Decision decision, long startedNanos) {}

    @Override
    public void cancelled(CheckRequest request) {}

    @Override
    public void page(Decision sent) {}

    @Override
    public void refused(Reason reason) {}
  }
}
