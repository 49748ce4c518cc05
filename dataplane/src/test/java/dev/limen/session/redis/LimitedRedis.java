package dev.limen.session.redis;

import dev.limen.metrics.Metrics;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A real Redis whose only users are the one of {@code deploy/redis/limen.acl}, as it is shipped,
 * and an administrator for the test's own questions.
 */
final class LimitedRedis implements AutoCloseable {
  static final String PASSWORD = "a-password-of-this-test";

  private static final Path SHIPPED =
      Path.of(System.getProperty("limen.root"), "deploy", "redis", "limen.acl");

  final RealRedis redis;
  private @Nullable RedisStore store;

  private LimitedRedis(RealRedis redis) {
    this.redis = redis;
  }

  static LimitedRedis start(Path folder) throws IOException {
    String shipped = Files.readString(SHIPPED).replace("PASSWORD_SHA256", sha256(PASSWORD));
    Path acl = folder.resolve("users.acl");
    Files.writeString(acl, shipped + "user admin on nopass ~* &* +@all\n");
    return new LimitedRedis(RealRedis.start(folder, "--aclfile", acl.toString()));
  }

  /** The store, connected as Limen comes. */
  synchronized RedisStore store() {
    RedisStore connected = store;
    if (connected == null) {
      connected = RedisStore.connect(redis.config("redis", "limen", PASSWORD), new Metrics());
      RedisStoreTest.awaitConnected(connected);
      store = connected;
    }
    return connected;
  }

  /** A client that comes as {@code user}. */
  RealRedis.Raw raw(String user, String password) {
    RedisURI address =
        RedisURI.builder()
            .withHost("127.0.0.1")
            .withPort(redis.port())
            .withAuthentication(user, password.toCharArray())
            .build();
    return redis.raw(address);
  }

  /** What was refused to anybody so far, in Redis' own words. */
  String refusals() {
    try (RealRedis.Raw admin = raw("admin", "any")) {
      return admin.commands().aclLog().toString();
    }
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized void close() {
    if (store != null) {
      store.close();
    }
    redis.close();
  }
}
