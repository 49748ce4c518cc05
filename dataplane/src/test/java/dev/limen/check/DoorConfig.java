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

  private static final Duration IDLE = Duration.ofHours(2);
  private static final int MANY = 10_000;

  private DoorConfig() {}

  /** With limits that no ordinary test reaches. */
  public static ExtAuthzConfig of(Duration deadline) {
    return of(deadline, MANY, 0);
  }

  /** With so many connections a door, and so many from one address (0: as many). */
  public static ExtAuthzConfig of(Duration deadline, int maxConnections, int maxPerSource) {
    BindAddress loopback = new BindAddress("127.0.0.1", 0);
    return new ExtAuthzConfig(
        new GrpcConfig(loopback, MAX_CONCURRENT_STREAMS, maxConnections, maxPerSource, IDLE),
        new HttpConfig(loopback, PATH_PREFIX, maxConnections, maxPerSource, IDLE),
        deadline,
        MANY);
  }
}
