package dev.limen.demo.judge;

import dev.limen.demo.run.Bytes;
import dev.limen.demo.run.Limen;
import dev.limen.demo.run.Redis;
import dev.limen.demo.run.RespConnection;
import dev.limen.demo.run.Stage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The session store as somebody sees it who has no key: from outside. */
sealed interface StoreView {

  static StoreView of(Stage stage) {
    Redis redis = stage.redis();
    return redis == null ? new Gauge(stage.limen()) : new Dump(redis);
  }

  /** Live sessions. */
  long sessions() throws IOException;

  /** Everything that a request could have left behind: more than sessions where it can be seen. */
  long traces() throws IOException;

  /** Whether this text lies anywhere in what the store holds or has written. */
  boolean holds(String text) throws IOException;

  String name();

  /** Whether {@link #holds} looks at anything. */
  boolean canBeSearched();

  /** The memory store shows a figure and nothing else. */
  record Gauge(Limen limen) implements StoreView {
    @Override
    public long sessions() throws IOException {
      return limen.sessionGauge();
    }

    @Override
    public long traces() throws IOException {
      return sessions();
    }

    @Override
    public boolean holds(String text) {
      return false;
    }

    @Override
    public String name() {
      return "gauge limen_sessions";
    }

    @Override
    public boolean canBeSearched() {
      return false;
    }
  }

  /** Redis shows its keys, their values, and the append-only file on disk. */
  record Dump(Redis redis) implements StoreView {
    @Override
    public long sessions() throws IOException {
      try (RespConnection connection = RespConnection.open(redis.port())) {
        return connection.list("KEYS", "limen:s:*").size();
      }
    }

    @Override
    public long traces() throws IOException {
      try (RespConnection connection = RespConnection.open(redis.port())) {
        return connection.command("DBSIZE") instanceof Long count ? count : -1;
      }
    }

    @Override
    public boolean holds(String text) throws IOException {
      return Bytes.contains(everything(), text);
    }

    private byte[] everything() throws IOException {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      try (RespConnection connection = RespConnection.open(redis.port())) {
        for (String key : connection.list("KEYS", "*")) {
          String type = String.valueOf(connection.command("TYPE", key));
          all.writeBytes(key.getBytes(StandardCharsets.ISO_8859_1));
          for (String value : connection.list(readCommand(type, key))) {
            all.writeBytes(value.getBytes(StandardCharsets.ISO_8859_1));
          }
        }
      }
      try (Stream<Path> files = Files.walk(redis.data())) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          all.writeBytes(Files.readAllBytes(file));
        }
      }
      return all.toByteArray();
    }

    private static String[] readCommand(String type, String key) {
      List<String> command =
          switch (type) {
            case "hash" -> List.of("HGETALL", key);
            case "list" -> List.of("LRANGE", key, "0", "-1");
            case "set" -> List.of("SMEMBERS", key);
            case "zset" -> List.of("ZRANGE", key, "0", "-1", "WITHSCORES");
            case "stream" -> List.of("XRANGE", key, "-", "+");
            default -> List.of("GET", key);
          };
      return command.toArray(String[]::new);
    }

    @Override
    public String name() {
      return "keys limen:s:*";
    }

    @Override
    public boolean canBeSearched() {
      return true;
    }
  }
}
