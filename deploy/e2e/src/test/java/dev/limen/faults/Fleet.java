package dev.limen.faults;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.demo.run.Layout;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A few Limens, one Redis, one strict provider, and a proxy on each link.
 *
 * <pre>
 *   checks ──[gates]──> limen-1 ──[proxy]──┬──> Redis (a socket in the folder)
 *   checks ──[gates]──> limen-2 ──[proxy]──┤
 *   checks ──[gates]──> limen-3 ──[proxy]──┴──> provider (in this process)
 * </pre>
 *
 * <p>Invariant: after {@link #close} nothing that it started runs; its folder stays only if {@link
 * #keepLogs} was called.
 */
final class Fleet implements AutoCloseable {
  /** As the world knows the provider; nobody listens there. */
  static final String PROVIDER = "127.0.0.1:8080";

  /** As the world knows what is protected. */
  static final String SERVICES = "localhost:8080";

  final Path folder;
  final RedisServer redis;
  final DevIdp provider;
  final List<Replica> replicas = new ArrayList<>();
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private boolean isKeepingLogs;

  /**
   * What to start.
   *
   * @param users u0, u1 … with a password that is their name
   * @param tokenLifetime of access and ID tokens
   * @param settings beyond those that every fleet has, by their variables
   */
  record Plan(int replicas, int users, Duration tokenLifetime, Map<String, String> settings) {
    static Plan of(int users, Duration tokenLifetime) {
      return new Plan(3, users, tokenLifetime, Map.of());
    }

    Plan with(Map<String, String> settings) {
      return new Plan(replicas, users, tokenLifetime, settings);
    }
  }

  private Fleet(Path folder, Plan plan) throws IOException {
    this.folder = folder;
    Layout layout = Layout.find();
    try {
      redis = closedLater(RedisServer.start(folder));
      provider =
          closedLater(
              DevIdp.start(
                  DevIdpConfig.forRealm(realm(layout, plan.users()))
                      .withIssuer("http://" + PROVIDER + "/realms/limen")
                      .withAccessTokenLifetime(plan.tokenLifetime())));
      redis.awaitReady();
      List<SocketAddress> behind = List.of(redis.address(), FaultProxy.loopback(provider.port()));
      Replica.Program program = new Replica.Program(layout.limenJar(), layout.limenConfig(), "");
      Map<String, String> environment = environment();
      environment.putAll(plan.settings());
      for (int i = 1; i <= plan.replicas(); i++) {
        replicas.add(closedLater(new Replica("limen-" + i, program, folder, environment, behind)));
      }
      replicas.forEach(Replica::awaitReady);
    } catch (IOException | RuntimeException failed) {
      keepLogs();
      close();
      throw failed;
    }
  }

  static Fleet start(Plan plan) throws IOException {
    return new Fleet(Files.createTempDirectory("limen-faults-"), plan);
  }

  private static Map<String, String> environment() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    Map<String, String> environment = new HashMap<>();
    environment.put("LIMEN_SESSION_STORE_TYPE", "redis");
    environment.put("LIMEN_COOKIE_SECRETS_0_ID", "faults");
    environment.put("LIMEN_COOKIE_SECRETS_0_VALUE", Base64.getEncoder().encodeToString(key));
    environment.put("LIMEN_SERVER_SHUTDOWN_LAME_DUCK", "0s");
    environment.put("LIMEN_SERVER_SHUTDOWN_DRAIN", "2s");
    // Over HTTP the reason of a 503 is told to nobody but the log.
    environment.put("LIMEN_LOGGING_DECISIONS", "denied");
    // A machine that does much else must not look like a fault.
    environment.put("LIMEN_SESSION_STORE_REDIS_TIMEOUTS_COMMAND", "500ms");
    environment.put("LIMEN_SESSION_STORE_REDIS_TIMEOUTS_CONNECT", "1s");
    environment.put("LIMEN_PROVIDERS_0_TIMEOUTS_TOKEN", "10s");
    return environment;
  }

  /** The shipped realm with other people in it. */
  private Path realm(Layout layout, int users) throws IOException {
    try {
      Map<String, Object> realm = JSONObjectUtils.parse(Files.readString(layout.realm()));
      List<Object> people = new ArrayList<>();
      for (int i = 0; i < users; i++) {
        String name = "u" + i;
        people.add(
            Map.of(
                "username",
                name,
                "enabled",
                true,
                "email",
                name + "@example.com",
                "emailVerified",
                true,
                "firstName",
                name,
                "lastName",
                "Fleet",
                "credentials",
                List.of(Map.of("type", "password", "value", name)),
                "realmRoles",
                List.of("default-roles-limen", "app-user"),
                "groups",
                List.of("/staff")));
      }
      realm.put("users", people);
      return Files.writeString(folder.resolve("realm.json"), JSONObjectUtils.toJSONString(realm));
    } catch (ParseException wrong) {
      throw new IOException("the shipped realm is not JSON", wrong);
    }
  }

  /** Every way to break a link, undone. */
  void heal() {
    provider.faults().clear();
    for (Replica replica : replicas) {
      replica.gate.heal();
      replica.toRedis.heal();
      replica.toProvider.heal();
    }
  }

  /** For whoever wants to see why. */
  void keepLogs() {
    isKeepingLogs = true;
  }

  private <T extends AutoCloseable> T closedLater(T part) {
    started.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception failed) {
        System.err.println("could not be stopped: " + failed.getClass().getSimpleName());
      }
    }
    if (isKeepingLogs) {
      System.err.println("logs are in " + folder);
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException _) {
      // It is in the system's folder for temporary files.
    }
  }
}
