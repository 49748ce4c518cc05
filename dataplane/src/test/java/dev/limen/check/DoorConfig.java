package dev.limen.check;

import dev.limen.config.BindAddress;
import dev.limen.config.ServerConfig.ExtAuthzConfig;
import dev.limen.config.ServerConfig.GrpcConfig;
import dev.limen.config.ServerConfig.HttpConfig;
import java.time.Duration;

/** Both doors on loopback, on ports that the system chooses. */
public final class DoorConfig {
  /** Announced over gRPC: few, so that a test reaches it soon. */
  public static final int MAX_CONCURRENT_STREAMS = 100;

  /** Over HTTP. */
  public static final String PATH_PREFIX = "/limen/check";

  private static final BindAddress LOOPBACK = new BindAddress("127.0.0.1", 0);
  private static final Duration IDLE = Duration.ofHours(2);
  private static final int MANY = 10_000;
  private static final Duration MESSAGE = Duration.ofSeconds(10);
  private static final int UNFINISHED = 16 * 1024 * 1024;

  private DoorConfig() {}

  /** The gRPC door with other limits on what of a call may be missing, and for how long. */
  public static GrpcConfig unfinished(Duration messageTimeout, int maxUnfinishedBytes) {
    return new GrpcConfig(
        LOOPBACK, MAX_CONCURRENT_STREAMS, MANY, 0, IDLE, messageTimeout, maxUnfinishedBytes);
  }

  /** With limits that no ordinary test reaches. */
  public static ExtAuthzConfig of(Duration deadline) {
    return of(deadline, MANY, 0);
  }

  /** With so many connections a door, and so many from one address (0: as many). */
  public static ExtAuthzConfig of(Duration deadline, int maxConnections, int maxPerSource) {
    return new ExtAuthzConfig(
        new GrpcConfig(
            LOOPBACK,
            MAX_CONCURRENT_STREAMS,
            maxConnections,
            maxPerSource,
            IDLE,
            MESSAGE,
            UNFINISHED),
        new HttpConfig(LOOPBACK, PATH_PREFIX, maxConnections, maxPerSource, IDLE, MESSAGE),
        deadline,
        MANY);
  }
}
