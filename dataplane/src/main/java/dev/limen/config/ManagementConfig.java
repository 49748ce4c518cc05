package dev.limen.config;

/**
 * Ping, readiness and metrics, on a port of their own and never on a check's.
 *
 * @param bindAddress {@code host:port}
 * @param pingPath 200 while the process lives, 503 once only a restart helps
 * @param readyPath 200 when checks can be answered, else 503 and why
 * @param metricsPath Prometheus text
 * @param maxConnections one more is closed as it comes
 */
public record ManagementConfig(
    @Setting(value = "0.0.0.0:9193", doc = "Where ping, readiness and metrics are")
        BindAddress bindAddress,
    @Setting(value = "/ping", doc = "200 while the process lives, 503 once only a restart helps")
        String pingPath,
    @Setting(value = "/ready", doc = "200 when checks can be answered") String readyPath,
    @Setting(value = "/metrics", doc = "Prometheus text") String metricsPath,
    @Setting(
            value = "256",
            bounds = "1 to 1000000",
            doc = "Connections at once; one more is closed as it comes")
        int maxConnections) {

  public ManagementConfig {
    requirePath("management.pingPath", pingPath, "");
    requirePath("management.readyPath", readyPath, pingPath);
    requirePath("management.metricsPath", metricsPath, readyPath);
    requirePath("management.metricsPath", metricsPath, pingPath);
  }

  private static void requirePath(String key, String path, String other) {
    Require.that(
        path.matches("/[A-Za-z0-9._~/-]*") && !path.equals(other),
        key,
        path,
        "a path such as /ping, and another than the other two");
  }
}
