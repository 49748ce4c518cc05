package dev.limen.config;

import java.time.Duration;

/**
 * The two front doors, and how they close.
 *
 * @param extAuthz where gateways ask
 * @param shutdown what happens between SIGTERM and the end
 */
public record ServerConfig(@Setting ExtAuthzConfig extAuthz, @Setting ShutdownConfig shutdown) {
  /**
   * Where gateways ask.
   *
   * @param grpc the gRPC listener
   * @param http the HTTP listener, which also serves the browser's endpoints
   * @param deadline for one check; past it Limen answers 503 itself. Shorter than the gateway's own
   *     timeout; 50 ms to 60 s
   */
  public record ExtAuthzConfig(
      @Setting GrpcConfig grpc,
      @Setting HttpConfig http,
      @Setting(
              value = "1900ms",
              bounds = "50ms to 60s",
              doc = "For one check, then 503; shorter than the gateway's own timeout")
          Duration deadline) {}

  /**
   * The gRPC listener.
   *
   * @param bindAddress {@code host:port}
   * @param maxConcurrentStreams announced to the gateway, for each connection
   */
  public record GrpcConfig(
      @Setting(value = "0.0.0.0:9191", doc = "Where the gRPC listener binds")
          BindAddress bindAddress,
      @Setting(
              value = "1024",
              bounds = "1 to 65536",
              doc = "Announced to the gateway, for each connection")
          int maxConcurrentStreams) {}

  /**
   * The HTTP listener.
   *
   * @param bindAddress {@code host:port}
   * @param pathPrefix the one prefix under which checks arrive: Envoy's {@code path_prefix}
   */
  public record HttpConfig(
      @Setting(
              value = "0.0.0.0:4180",
              doc = "Where the HTTP listener binds: checks and the browser's endpoints")
          BindAddress bindAddress,
      @Setting(value = "/limen/check", doc = "The one prefix of HTTP checks: Envoy's path_prefix")
          String pathPrefix) {

    public HttpConfig {
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
