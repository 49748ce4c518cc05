package dev.limen.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions are kept.
 *
 * @param type in this process, or in Redis
 * @param maxLoads of sessions at once; the rest wait for their turn, shortly
 * @param redis how to reach Redis; looked at only if the type says so
 */
public record StoreConfig(
    @Setting(value = "memory", doc = "memory (one process) or redis") Type type,
    @Setting(
            value = "256",
            bounds = "1 to 4096",
            doc =
                "Sessions that each replica loads at once, one load for all checks of a session;"
                    + " the rest wait 50 ms at most, then 503")
        int maxLoads,
    @Setting RedisConfig redis) {
  /** Where sessions are kept. */
  public enum Type {
    /** In this process: for one replica, and gone with it. */
    MEMORY,
    /** In Redis, for any number of replicas. */
    REDIS
  }

  /**
   * How to reach Redis.
   *
   * @param connectionURL {@code redis://host:port/database} or {@code rediss://…}; no credentials
   * @param username of the ACL user; empty for the default user
   * @param password empty for none
   * @param caPath PEM certificates of whoever may vouch for a {@code rediss} server, in the place
   *     of the system's; or null
   * @param keyPrefix what every key begins with
   * @param timeouts of a connect and of one command
   * @param onEvictionPolicy what to do where Redis may evict
   */
  public record RedisConfig(
      @Setting(
              value = "redis://127.0.0.1:6379/0",
              doc = "redis:// or rediss://, host, port, database; no credentials")
          URI connectionURL,
      @Setting(value = "''", doc = "ACL user; empty for the default user") String username,
      @Setting(value = "{value: ''}", doc = "Empty for none") Secret password,
      @Setting(
              value = "null",
              doc = "PEM certificates to trust for rediss://, in the place of the system's")
          @Nullable Path caPath,
      @Setting(value = "'limen:'", doc = "What every key begins with") String keyPrefix,
      @Setting RedisTimeouts timeouts,
      @Setting(
              value = "warn",
              doc =
                  "Where maxmemory-policy is not noeviction, so that Redis may forget sessions:"
                      + " warn, or refuse, which is not ready")
          OnEvictionPolicy onEvictionPolicy) {
    public RedisConfig {
      Require.that(
          isAddress(connectionURL),
          "session.store.redis.connectionURL",
          connectionURL,
          "redis://host:port/database with a port up to 65535, a number for the database and"
              + " nothing after it; no credentials, which go to username and password");
      Require.that(
          keyPrefix.matches("[A-Za-z0-9:._-]{0,32}"),
          "session.store.redis.keyPrefix",
          keyPrefix,
          "at most 32 letters, digits and : . _ -");
    }

    private static boolean isAddress(URI url) {
      String scheme = url.getScheme();
      return ("redis".equals(scheme) || "rediss".equals(scheme))
          && url.getHost() != null
          && !Shown.mayHoldCredentials(url.toString())
          && IssuerAddress.isPort(url.getPort())
          && url.getRawPath().matches("(/[0-9]{0,4})?")
          && url.getRawQuery() == null
          && url.getRawFragment() == null;
    }

    /** The number of the database; Redis' own default where the URL names none. */
    public int database() {
      String path = connectionURL.getRawPath();
      return path.length() <= 1 ? 0 : Integer.parseInt(path.substring(1));
    }
  }

  /** What to do where Redis may evict. */
  public enum OnEvictionPolicy {
    /** Say so, and go on. */
    WARN,
    /** Say so, and be not ready until it is mended. */
    REFUSE
  }

  /**
   * Of calls to Redis.
   *
   * @param connect to connect
   * @param command for one command; past it the check is answered with 503
   */
  public record RedisTimeouts(
      @Setting(value = "300ms", bounds = "10ms to 10s", doc = "To connect") Duration connect,
      @Setting(
              value = "100ms",
              bounds = "5ms to 10s",
              doc = "For one command; past it the check is answered with 503")
          Duration command) {}
}
