package dev.limen.session.redis;

import dev.limen.config.Secret;
import dev.limen.config.StoreConfig;
import dev.limen.session.SessionFixtures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * A real {@code redis-server} in a folder of its own, on loopback, that a test may kill, stop and
 * start again.
 *
 * <p>Invariant: where {@code CI} is set a missing server is a failure and never a skipped test.
 */
public final class RealRedis implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(20);
  private static final int FIRST_PORT = 20_000;
  private static final int LAST_PORT = 32_000;

  private final Path folder;
  private final int port;
  private final List<String> settings;
  private @Nullable Process process;

  private RealRedis(Path folder, int port, List<String> settings) {
    this.folder = folder;
    this.port = port;
    this.settings = settings;
  }

  /** A server that keeps its data in {@code folder}; settings are as on its command line. */
  public static RealRedis start(Path folder, String... settings) {
    RealRedis redis = new RealRedis(folder, freePort(), List.of(settings));
    redis.startAgain();
    return redis;
  }

  /** The same behind TLS alone, with {@code redis.crt} and {@code redis.key} out of the folder. */
  static RealRedis startWithTls(Path folder) {
    int port = freePort();
    List<String> settings =
        List.of(
            "--tls-port",
            Integer.toString(port),
            "--tls-cert-file",
            folder.resolve("redis.crt").toString(),
            "--tls-key-file",
            folder.resolve("redis.key").toString(),
            "--tls-ca-cert-file",
            folder.resolve("redis.crt").toString(),
            "--tls-auth-clients",
            "no");
    RealRedis redis = new RealRedis(folder, port, settings);
    redis.startAgain();
    return redis;
  }

  /** Starts the server that was killed, on the same port and data; answers when it does. */
  public void startAgain() {
    List<String> command = new ArrayList<>(List.of(executable(), "--port", plainPort()));
    command.addAll(
        List.of(
            "--bind", "127.0.0.1", "--dir", folder.toString(), "--enable-debug-command", "yes"));
    command.addAll(settings);
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(folder.resolve("redis.log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitPort();
  }

  /** {@code kill -9}. */
  public void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
  }

  /** {@code kill -STOP}: connections stay, answers do not come. */
  public void freeze() {
    signal("-STOP");
  }

  /** {@code kill -CONT}. */
  public void thaw() {
    signal("-CONT");
  }

  /** Where it listens, on loopback. */
  public int port() {
    return port;
  }

  Path folder() {
    return folder;
  }

  /** How a store reaches this server: with so much time that no loaded machine needs more. */
  public StoreConfig.RedisConfig config() {
    return config("redis", "", "");
  }

  /** The same with a scheme and credentials. */
  StoreConfig.RedisConfig config(String scheme, String username, String password) {
    Duration ample = Duration.ofSeconds(5);
    return config(scheme, username, password, new StoreConfig.RedisTimeouts(ample, ample));
  }

  /** With deadlines that no test reaches, where it is a bound that a test is about. */
  StoreConfig.RedisConfig patientConfig() {
    Duration patience = Duration.ofSeconds(10);
    return config("redis", "", "", new StoreConfig.RedisTimeouts(patience, patience));
  }

  /** With the default deadlines, where it is them that a test is about. */
  StoreConfig.RedisConfig strictConfig() {
    return config("redis", "", "", SessionFixtures.redisTimeouts());
  }

  private StoreConfig.RedisConfig config(
      String scheme, String username, String password, StoreConfig.RedisTimeouts timeouts) {
    return new StoreConfig.RedisConfig(
        URI.create(scheme + "://127.0.0.1:" + port + "/0"),
        username,
        new Secret(password),
        null,
        "limen:",
        timeouts,
        StoreConfig.OnEvictionPolicy.WARN);
  }

  /** Over TLS, with whoever is in this file trusted. */
  StoreConfig.RedisConfig tlsConfig(@Nullable Path caPath) {
    Duration ample = Duration.ofSeconds(5);
    return new StoreConfig.RedisConfig(
        URI.create("rediss://127.0.0.1:" + port + "/0"),
        "",
        new Secret(""),
        caPath,
        "limen:",
        new StoreConfig.RedisTimeouts(ample, ample),
        StoreConfig.OnEvictionPolicy.WARN);
  }

  /** A client of its own, for looking at what the store left, and for harming it. */
  public Raw raw() {
    return raw("");
  }

  /** The same where the server wants a password; empty for none. */
  Raw raw(String password) {
    RedisURI address = RedisURI.create("127.0.0.1", port);
    if (!password.isEmpty()) {
      address.setAuthentication(password);
    }
    return raw(address);
  }

  /** The same with credentials. */
  Raw raw(RedisURI address) {
    RedisClient client = RedisClient.create(address);
    try {
      return new Raw(client, client.connect());
    } catch (RedisConnectionException e) {
      client.shutdown();
      throw e;
    }
  }

  @Override
  public void close() {
    kill();
  }

  private String plainPort() {
    return settings.contains("--tls-port") ? "0" : Integer.toString(port);
  }

  private void signal(String signal) {
    Process running = process;
    if (running == null) {
      return;
    }
    try {
      int exit = new ProcessBuilder("kill", signal, Long.toString(running.pid())).start().waitFor();
      Assertions.assertEquals(0, exit);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A server that loads its data answers, but not yet to commands; so the log is asked. */
  private void awaitPort() {
    long deadline = System.nanoTime() + START.toNanos();
    while (!isReady()) {
      if (System.nanoTime() > deadline) {
        Assertions.fail("redis-server did not start: " + log());
      }
      Thread.onSpinWait();
    }
  }

  private boolean isReady() {
    Process running = process;
    if (running == null || !running.isAlive()) {
      return false;
    }
    String since = log();
    int start = since.lastIndexOf("Server initialized");
    return start >= 0 && since.indexOf("Ready to accept connections", start) >= 0;
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("redis.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Below the ports that the system gives to clients and to whoever binds port 0: nobody takes it
   * between this look and the server's start, or while the server is down.
   */
  private static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException _) {
        // Somebody listens there.
      }
    }
  }

  private static String executable() {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/bin:/usr/local/bin";
    String found =
        Arrays.stream(path.split(":"))
            .filter(folder -> !folder.isEmpty())
            .map(folder -> Path.of(folder, "redis-server"))
            .filter(Files::isExecutable)
            .map(Path::toString)
            .findFirst()
            .orElse("");
    if (found.isEmpty()) {
      String missing = "redis-server is not installed: apt-get install redis-server";
      if (System.getenv("CI") != null) {
        Assertions.fail(missing);
      }
      Assumptions.abort(missing);
    }
    return found;
  }

  /** A client that is no part of what is tested. */
  public record Raw(RedisClient client, StatefulRedisConnection<String, String> connection)
      implements AutoCloseable {
    /** Its commands, each of which waits for its answer. */
    public RedisCommands<String, String> commands() {
      return connection.sync();
    }

    /** {@code DEBUG SLEEP}: the server does nothing else meanwhile. Returns at once. */
    void sleepFor(String seconds) {
      var _ =
          connection
              .async()
              .dispatch(
                  CommandType.DEBUG,
                  new StatusOutput<>(StringCodec.UTF8),
                  new CommandArgs<>(StringCodec.UTF8).add("SLEEP").add(seconds));
    }

    @Override
    public void close() {
      client.shutdown();
    }
  }
}
