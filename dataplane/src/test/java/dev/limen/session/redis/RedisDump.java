package dev.limen.session.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * All that a thief of a Redis finds: every key and value that it answers, and every file in its
 * folder, which with {@code appendonly} is every write that there ever was.
 */
public final class RedisDump {
  private RedisDump() {}

  /** The whole, one character a byte; {@code password} is empty for none. */
  public static String of(RealRedis redis, String password) {
    try (RealRedis.Raw raw = redis.raw(password)) {
      return everyFile(redis.folder()) + everyAnswer(raw);
    }
  }

  /** Writes a key that Limen never would; what a planted leak looks like. */
  public static void plant(RealRedis redis, String password, String value) {
    try (RealRedis.Raw raw = redis.raw(password)) {
      raw.commands().set("planted", value);
    }
  }

  /** From now on the server wants another password, and whoever is connected must say it. */
  public static void changePassword(RealRedis redis, String password, String next) {
    try (RealRedis.Raw raw = redis.raw(password)) {
      raw.commands().configSet("requirepass", next);
      raw.commands().clientKill(io.lettuce.core.KillArgs.Builder.typeNormal());
    }
  }

  private static String everyFile(Path folder) {
    StringBuilder text = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        text.append(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static String everyAnswer(RealRedis.Raw raw) {
    StringBuilder text = new StringBuilder();
    for (String key : raw.commands().keys("*")) {
      text.append(key).append(' ');
      text.append(
          switch (raw.commands().type(key)) {
            case "hash" -> raw.commands().hgetall(key).toString();
            case "zset" -> raw.commands().zrange(key, 0, -1).toString();
            default -> raw.commands().get(key);
          });
    }
    return text.toString();
  }
}
