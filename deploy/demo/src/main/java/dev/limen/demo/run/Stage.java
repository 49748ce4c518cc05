package dev.limen.demo.run;

import dev.limen.demo.echo.EchoService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a run needs, started in one go and stopped in the reverse order.
 *
 * <pre>
 *   browser ── Envoy :8080 ─┬─ checks ──> [recorder] ──> Limen ──> [Redis :6390]
 *                           ├─ 127.0.0.1 ──────────────> provider :8180 <── Limen, Envoy (JWKS)
 *                           └─ localhost ──────────────> orders :8281, reports :8282
 * </pre>
 *
 * <p>Where the run is judged, recorders hold the shipped ports 4180 and 9191, and Limen has private
 * ones; else Limen has the shipped ones.
 */
public final class Stage implements AutoCloseable {
  /** While a judge watches: long enough for one walk, short enough to be waited for. */
  public static final Duration JUDGED_TOKEN_LIFETIME = Duration.ofSeconds(15);

  private final Options options;
  private final Layout layout;
  private final Path envoyBinary;
  private final Path folder;
  private final Edge edge;
  private final Started started;
  private final @Nullable TlsEdge tls;
  private final Provider provider;
  private final @Nullable Redis redis;
  private final @Nullable TcpRecorder grpcRecorder;
  private final @Nullable TcpRecorder httpRecorder;
  private final Limen limen;
  private @Nullable Envoy gateway;

  /**
   * What to start.
   *
   * @param judged with recorders between Envoy and Limen, and short-lived tokens
   */
  public record Options(
      boolean keycloak, boolean redis, boolean tls, boolean judged, Variation variation) {
    /** The demo as a newcomer sees it. */
    public static final Options DEMO = new Options(false, false, false, false, Variation.NONE);

    /** Dev provider and memory store, ready for the judge. */
    public static final Options JUDGED = new Options(false, false, false, true, Variation.NONE);

    public Options with(Variation other) {
      return new Options(keycloak, redis, tls, judged, other);
    }
  }

  private Stage(Layout layout, Options options, Progress progress, Started started)
      throws IOException {
    this.started = started;
    this.layout = layout;
    this.options = options;
    Path other = options.variation().envoy();
    this.envoyBinary = other == null ? EnvoyBinary.find(layout, progress) : other;
    requirePorts(options);
    this.folder = started.addFolder(Layout.newRunFolder());
    this.edge = options.tls() ? Edge.TLS : Edge.PLAIN;
    progress.say("starting Limen, the provider, two services and Envoy ...");
    try {
      this.redis = options.redis() ? closedLater(Redis.start(folder, Ports.REDIS)) : null;
      int grpc = options.judged() ? Ports.anyFree() : Ports.LIMEN_GRPC;
      int http = options.judged() ? Ports.anyFree() : Ports.LIMEN_HTTP;
      this.grpcRecorder = recorder(Ports.LIMEN_GRPC, grpc);
      this.httpRecorder = recorder(Ports.LIMEN_HTTP, http);
      // Limen first: while its process starts, this one can do the rest. It asks for the provider
      // until that answers.
      this.limen = closedLater(startLimen(grpc, http));
      this.tls = options.tls() ? TlsEdge.make(folder) : null;
      this.provider = closedLater(startProvider(progress));
      closedLater(EchoService.start("orders", Ports.ORDERS));
      closedLater(EchoService.start("reports", Ports.REPORTS));
    } catch (RuntimeException | IOException failed) {
      close();
      throw failed;
    }
  }

  /** Starts all of it but the gateway, and waits for none: {@link #openGateway} does. */
  public static Stage open(Layout layout, Options options, Progress progress) {
    return open(layout, options, progress, new Started());
  }

  /** The same for somebody who may have to stop everything before it has started. */
  public static Stage open(Layout layout, Options options, Progress progress, Started started) {
    try {
      return new Stage(layout, options, progress, started);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void requirePorts(Options options) {
    Ports.requireFree(options.tls() ? Ports.GATEWAY_TLS : Ports.GATEWAY, "Envoy's listener");
    Ports.requireFree(Ports.ENVOY_ADMIN, "Envoy's admin page");
    Ports.requireFree(Ports.LIMEN_GRPC, "Limen's gRPC port");
    Ports.requireFree(Ports.LIMEN_HTTP, "Limen's HTTP port");
    Ports.requireFree(Ports.LIMEN_MANAGEMENT, "Limen's management port");
    Ports.requireFree(Ports.PROVIDER, "the OpenID Provider");
    Ports.requireFree(Ports.ORDERS, "the service orders");
    Ports.requireFree(Ports.REPORTS, "the service reports");
    if (options.keycloak()) {
      Ports.requireFree(Ports.KEYCLOAK_MANAGEMENT, "Keycloak's management");
    }
    if (options.redis()) {
      Ports.requireFree(Ports.REDIS, "Redis");
    }
  }

  private Provider startProvider(Progress progress) {
    if (options.keycloak()) {
      return Keycloak.start(layout, edge.provider(), folder, progress);
    }
    Duration lifetime = options.judged() ? JUDGED_TOKEN_LIFETIME : null;
    return DevProvider.start(
        layout, edge.provider(), lifetime, options.variation().providerFault());
  }

  private @Nullable TcpRecorder recorder(int shippedPort, int limenPort) {
    return options.judged()
        ? closedLater(TcpRecorder.start(shippedPort, limenPort, options.variation().fromLimen()))
        : null;
  }

  private Limen startLimen(int grpc, int http) throws IOException {
    int management = Ports.LIMEN_MANAGEMENT;
    UnaryOperator<byte[]> fromManagement = options.variation().fromManagement();
    if (fromManagement != null) {
      management = Ports.anyFree();
      closedLater(TcpRecorder.start(Ports.LIMEN_MANAGEMENT, management, fromManagement));
    }
    Map<String, String> environment = new HashMap<>();
    environment.put("LIMEN_SERVER_EXT_AUTHZ_GRPC_BIND_ADDRESS", "127.0.0.1:" + grpc);
    environment.put("LIMEN_SERVER_EXT_AUTHZ_HTTP_BIND_ADDRESS", "127.0.0.1:" + http);
    environment.put("LIMEN_MANAGEMENT_BIND_ADDRESS", "127.0.0.1:" + management);
    // Nobody else needs to be told that we go: Ctrl-C shall not take five seconds.
    environment.put("LIMEN_SERVER_SHUTDOWN_LAME_DUCK", "0s");
    environment.put("LIMEN_SERVER_SHUTDOWN_DRAIN", "2s");
    if (options.tls()) {
      environment.put("LIMEN_PROVIDERS_0_OIDC_CONFIG_ISSUER_URL", edge.issuer());
      environment.put("LIMEN_REDIRECTS_REDIRECT_URL", edge.callback());
    }
    if (options.redis()) {
      environment.put("LIMEN_SESSION_STORE_TYPE", "redis");
      environment.put(
          "LIMEN_SESSION_STORE_REDIS_CONNECTION_URL", "redis://127.0.0.1:" + Ports.REDIS + "/0");
      environment.put("LIMEN_COOKIE_SECRETS_0_ID", "demo");
      environment.put("LIMEN_COOKIE_SECRETS_0_VALUE", newKey());
    }
    environment.putAll(options.variation().limenEnvironment());
    return Limen.start(layout, environment, folder, Ports.LIMEN_MANAGEMENT);
  }

  private static String newKey() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    return Base64.getEncoder().encodeToString(key);
  }

  /** Starts Envoy in this mode (after the one before was stopped), and waits until all is ready. */
  public Envoy openGateway(Mode mode, Consumer<AccessLog.Line> onLine) {
    closeGateway();
    Envoy opened =
        closedLater(Envoy.start(envoyBinary, config(mode), folder, new AccessLog(onLine)));
    gateway = opened;
    provider.awaitReady();
    if (redis != null) {
      redis.awaitReady();
    }
    limen.awaitReady();
    opened.awaitReady();
    return opened;
  }

  /** The shipped file itself, unless this run differs from what is shipped. */
  private Path config(Mode mode) {
    UnaryOperator<String> change = options.variation().envoyConfig();
    if (tls == null && change == null) {
      return layout.envoyConfig(mode);
    }
    try {
      String shipped = Files.readString(layout.envoyConfig(mode));
      String text = change == null ? shipped : change.apply(shipped);
      Path derived = folder.resolve("envoy-" + mode.fileName());
      return Files.writeString(derived, tls == null ? text : tls.derive(text));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void closeGateway() {
    if (gateway != null) {
      gateway.close();
      gateway = null;
    }
  }

  public Options options() {
    return options;
  }

  public Edge edge() {
    return edge;
  }

  public @Nullable TlsEdge tls() {
    return tls;
  }

  public Provider provider() {
    return provider;
  }

  public Limen limen() {
    return limen;
  }

  public @Nullable Redis redis() {
    return redis;
  }

  /** What stands between Envoy and Limen for the checks of this mode. */
  public TcpRecorder recorder(Mode mode) {
    return Objects.requireNonNull(
        mode == Mode.GRPC ? grpcRecorder : httpRecorder, "this run is not judged");
  }

  /** Where the logs of all children are. */
  public Path folder() {
    return folder;
  }

  /** Removes them: nothing went wrong. */
  public void forgetLogs() {
    started.forget();
  }

  private <T extends AutoCloseable> T closedLater(T part) {
    return started.add(part);
  }

  @Override
  public void close() {
    started.close();
  }
}
