package dev.limen.config;

import java.time.Duration;

/**
 * The two front doors, and how they close.
 *
 * @param extAuthz where gateways ask
 * @param shutdown what happens between SIGTERM and the end
 */
public record ServerConfig(@Setting ExtAuthzConfig extAuthz, @Setting ShutdownConfig shutdown) {
  private static void requirePart(String door, int fromOneSource, int all) {
    Require.that(
        fromOneSource <= all,
        door + ".maxConnectionsPerSource",
        fromOneSource,
        "0 to maxConnections");
  }

  /**
   * Where gateways ask.
   *
   * @param grpc the gRPC listener
   * @param http the HTTP listener, which also serves the browser's endpoints
   * @param deadline for one check; past it Limen answers 503 itself. Shorter than the gateway's own
   *     timeout; 50 ms to 60 s
   * @param maxPending checks under way at once, both doors together; one more is 503 at once
   */
  public record ExtAuthzConfig(
      @Setting GrpcConfig grpc,
      @Setting HttpConfig http,
      @Setting(
              value = "1900ms",
              bounds = "50ms to 60s",
              doc = "For one check, then 503; shorter than the gateway's own timeout")
          Duration deadline,
      @Setting(
              value = "10000",
              bounds = "1 to 1000000",
              doc = "Checks under way at once, both doors together; one more is 503 at once")
          int maxPending) {}

  /**
   * The gRPC listener.
   *
   * @param bindAddress {@code host:port}
   * @param maxConcurrentStreams announced to the gateway, for each connection
   * @param maxConnections one more is closed as it comes
   * @param maxConnectionsPerSource the same for one address; 0 for no limit of its own
   * @param idleTimeout a connection that said nothing for as long, and waits for nothing, is ended
   * @param messageTimeout from a call's headers to the end of its message; 1 s to 60 s. It is
   *     looked at once in as long, so that a call has at most twice as much
   * @param maxUnfinishedBytes held of messages whose end has not come, for each connection; a call
   *     that would hold more is refused. At least one message of the greatest length
   */
  public record GrpcConfig(
      @Setting(value = "0.0.0.0:9191", doc = "Where the gRPC listener binds")
          BindAddress bindAddress,
      @Setting(
              value = "1024",
              bounds = "1 to 65536",
              doc = "Announced to the gateway, for each connection")
          int maxConcurrentStreams,
      @Setting(
              value = "10000",
              bounds = "1 to 1000000",
              doc = "Connections at once; one more is closed as it comes")
          int maxConnections,
      @Setting(
              value = "0",
              bounds = "0 to 1000000",
              doc = "From one address; 0: as many as all, since gateways may share one")
          int maxConnectionsPerSource,
      @Setting(
              value = "2h",
              bounds = "1m to 24h",
              doc =
                  "Idle for so long, a connection ends; longer than the gateway's own idle timeout")
          Duration idleTimeout,
      @Setting(
              value = "10s",
              bounds = "1s to 60s",
              doc = "For a whole call to arrive, then an error; at the latest after twice as long")
          Duration messageTimeout,
      @Setting(
              value = "16777216",
              bounds = "262144 to 1073741824",
              doc = "Bytes of unfinished messages on one connection; a call with more is an error")
          int maxUnfinishedBytes) {

    public GrpcConfig {
      requirePart("server.extAuthz.grpc", maxConnectionsPerSource, maxConnections);
    }
  }

  /**
   * The HTTP listener.
   *
   * @param bindAddress {@code host:port}
   * @param pathPrefix the one prefix under which checks arrive: Envoy's {@code path_prefix}
   * @param maxConnections one more is closed as it comes
   * @param maxConnectionsPerSource the same for one address; 0 for no limit of its own
   * @param idleTimeout a connection that said nothing for as long, and waits for nothing, is closed
   * @param messageTimeout from the first byte of a request to the last of its head and body
   */
  public record HttpConfig(
      @Setting(
              value = "0.0.0.0:4180",
              doc = "Where the HTTP listener binds: checks and the browser's endpoints")
          BindAddress bindAddress,
      @Setting(value = "/limen/check", doc = "The one prefix of HTTP checks: Envoy's path_prefix")
          String pathPrefix,
      @Setting(
              value = "10000",
              bounds = "1 to 1000000",
              doc = "Connections at once; one more is closed as it comes")
          int maxConnections,
      @Setting(
              value = "0",
              bounds = "0 to 1000000",
              doc = "From one address; 0: as many as all, since gateways may share one")
          int maxConnectionsPerSource,
      @Setting(
              value = "2h",
              bounds = "1m to 24h",
              doc =
                  "Idle for so long, a connection ends; longer than the gateway's own idle timeout")
          Duration idleTimeout,
      @Setting(
              value = "10s",
              bounds = "1s to 60s",
              doc = "For the whole of a request to arrive, then 408")
          Duration messageTimeout) {

    public HttpConfig {
      requirePart("server.extAuthz.http", maxConnectionsPerSource, maxConnections);
      Require.that(
          pathPrefix.matches("(/[A-Za-z0-9._~-]+)+"),
          "server.extAuthz.http.pathPrefix",
          pathPrefix,
          "a path such as /limen/check, with no slash at its end");
    }
  }

  /**
   * What happens between SIGTERM and the end.
   *
   * @param lameDuck how long to go on serving with readiness off, before connections are told
   * @param drain how long requests under way may take after that
   */
  public record ShutdownConfig(
      @Setting(
              value = "5s",
              bounds = "0s to 300s",
              doc = "After SIGTERM: serving goes on with readiness off")
          Duration lameDuck,
      @Setting(
              value = "20s",
              bounds = "0s to 300s",
              doc = "After that: how long requests under way may take")
          Duration drain) {}
}
