package dev.limen.server;

import dev.limen.check.WaitingRoom;
import dev.limen.config.LimenConfig;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.ServerConfig.ShutdownConfig;
import dev.limen.grpc.GrpcServer;
import dev.limen.http.HttpServer;
import dev.limen.http.ManagementServer;
import dev.limen.metrics.Metrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process: the rooms behind the doors, then the doors; stopped the other way round.
 *
 * <p>Invariant: no door is open before everything behind it stands, and nothing behind a door is
 * closed before the door has answered its last question.
 */
public final class LimenServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LimenServer.class);

  /** Beyond the configured drain: what is still open is closed by force within this. */
  private static final Duration AFTER_DRAIN = Duration.ofSeconds(2);

  /**
   * For refreshes that run behind answered checks: the provider's whole answer takes 10 s at most,
   * and a second to store it. Their refresh tokens are spent, so the sessions depend on it.
   */
  private static final Duration REFRESHES = Duration.ofSeconds(11);

  private final ShutdownConfig shutdown;
  private final EventLoops loops;
  private final Rooms rooms;
  private final GrpcServer grpc;
  private final HttpServer http;
  private final ManagementServer management;
  private final DecisionLog decisions;
  private @Nullable ConfigReload reload;

  private LimenServer(LimenConfig config, EventLoops loops, Runnable room) throws IOException {
    this.shutdown = config.server().shutdown();
    this.loops = loops;
    this.rooms = new Rooms(config);
    ExtAuthzConfig extAuthz = config.server().extAuthz();
    Metrics metrics = rooms.metrics();
    WaitingRoom checks = new WaitingRoom(rooms.checks(), extAuthz.maxPending());
    metrics.gauge("limen_checks_pending", "Checks under way, both doors", checks::waiting);
    decisions = DecisionLog.startWithin(room, config.logging().decisions(), metrics);
    management =
        new ManagementServer.Setup(
                config.management(),
                rooms.readiness()::needsRestart,
                rooms.readiness()::reasonsAgainst,
                rooms.readiness()::notes,
                new MetricsPage(metrics))
            .listen(loops.group(), loops.channelType());
    grpc =
        new GrpcServer.Setup(
                extAuthz,
                checks,
                rooms.readiness()::isReady,
                decisions.beside("grpc", new CheckMeter("grpc", metrics)))
            .listen(loops.group(), loops.channelType());
    http =
        new HttpServer.Setup(
                extAuthz,
                config.web(),
                checks,
                rooms.endpoints(),
                decisions.beside("http", new CheckMeter("http", metrics)))
            .listen(loops.group(), loops.channelType());
  }

  /** Starts; returns when all doors listen. The store and the providers may still be away. */
  public static LimenServer start(LimenConfig config) {
    return start(config, EventLoops.start());
  }

  /** The same, with its log in {@code output}. */
  static LimenServer start(LimenConfig config, LogOutput output) {
    LimenServer server = start(config, EventLoops.start(), output::awaitRoom);
    output.countIn(server.rooms.metrics());
    return server;
  }

  /** The same on loops that a test looks into. */
  static LimenServer start(LimenConfig config, EventLoops loops) {
    return start(config, loops, () -> {});
  }

  private static LimenServer start(LimenConfig config, EventLoops loops, Runnable room) {
    try {
      LimenServer server = new LimenServer(config, loops, room);
      LOG.info(
          "listening: gRPC checks on {}, HTTP checks and browsers on {}, management on {}",
          server.grpcAddress(),
          server.httpAddress(),
          server.managementAddress());
      return server;
    } catch (IOException e) {
      loops.close();
      throw new StartException(e);
    }
  }

  /** From now on the configuration follows its files; called once. */
  ConfigReload follow(ConfigFiles files, Duration poll) {
    ConfigReload started = ConfigReload.start(files, rooms, poll);
    reload = started;
    return started;
  }

  /** Where gRPC checks are answered. */
  public InetSocketAddress grpcAddress() {
    return grpc.address();
  }

  /** Where HTTP checks and browsers are answered. */
  public InetSocketAddress httpAddress() {
    return http.address();
  }

  /** Where ping, readiness and metrics are. */
  public InetSocketAddress managementAddress() {
    return management.address();
  }

  /**
   * Goes away without a failed check: readiness off, the lame duck's time for gateways to notice,
   * then two-step GOAWAY and {@code Connection: close}, then what is under way, then refreshes that
   * nobody waits for, then the end.
   */
  public void drainAndStop() {
    LOG.info("draining: readiness is off, lameDuck={}", shutdown.lameDuck());
    rooms.readiness().drain();
    stopFollowing();
    pause(shutdown.lameDuck());
    Duration drain = shutdown.drain();
    await(
        CompletableFuture.allOf(grpc.drain(drain), http.drain(drain)),
        drain.plus(AFTER_DRAIN),
        "connections were still open");
    await(rooms.drain().toCompletableFuture(), REFRESHES, "refreshes were still under way");
    close();
  }

  private static void await(CompletableFuture<?> quiet, Duration atMost, String otherwise) {
    try {
      quiet.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("{} after {}", otherwise, atMost);
    }
  }

  private void stopFollowing() {
    if (reload != null) {
      reload.close();
    }
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops at once. */
  @Override
  public void close() {
    stopFollowing();
    grpc.close();
    http.close();
    management.close();
    decisions.close();
    rooms.close();
    loops.close();
  }

  /** The figures, as the management port shows them. */
  private record MetricsPage(Metrics metrics) implements ManagementServer.Exposition {
    @Override
    public byte[] scrape() {
      return metrics.scrape();
    }

    @Override
    public String contentType() {
      return metrics.contentType();
    }
  }
}
