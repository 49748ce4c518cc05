package dev.limen.demo.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.limen.demo.run.Ports;
import dev.limen.demo.run.Redis;
import dev.limen.demo.run.RespConnection;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token is found wherever in a real Redis it lies; red in CI where that is missing. */
final class StoreViewTest {
  private static final String TOKEN = "eyJhbGciOiJub25lIn0.e30.planted";

  @TempDir private Path folder;
  private Redis redis;
  private StoreView view;

  @BeforeEach
  void start() {
    boolean there =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(each -> Files.isExecutable(Path.of(each, "redis-server")));
    assumeTrue(there || "true".equals(System.getenv("CI")), "no redis-server on the PATH");
    redis = Redis.start(folder, Ports.anyFree());
    redis.awaitReady();
    view = new StoreView.Dump(redis);
  }

  @AfterEach
  void stop() {
    if (redis != null) {
      redis.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET k a$b",
        "SET $ v",
        "HSET k field a$b",
        "HSET k a$b value",
        "RPUSH k 1 a$b",
        "SADD k a$b",
        "ZADD k 1 a$b",
        "XADD k * field a$b"
      })
  void aTokenIsFoundInAnyKindOfValue(String command) throws IOException {
    // Not in the file on disk, so that the value itself must be looked at.
    send("CONFIG SET appendonly no");
    forgetFiles();
    assertThat(view.holds(TOKEN)).isFalse();
    send(command);
    assertThat(view.holds(TOKEN)).isTrue();
    assertThat(view.holds(TokenOracle.JWT_BEGINNINGS.getFirst())).isTrue();
  }

  @Test
  void aTokenThatWasDeletedIsFoundInTheFileOnDisk() throws IOException {
    send("SET k $");
    send("DEL k");
    assertThat(view.traces()).isZero();
    assertThat(view.holds(TOKEN)).isTrue();
  }

  @Test
  void sealedBytesAreNoTokenAndOnlySessionsAreCounted() throws IOException {
    send("HSET limen:s:1 b \u00ff\u00feeyJ\u0000");
    send("SET limen:other 1");
    assertThat(view.sessions()).isEqualTo(1);
    assertThat(view.traces()).isEqualTo(2);
    for (String beginning : TokenOracle.JWT_BEGINNINGS) {
      assertThat(view.holds(beginning)).isFalse();
    }
  }

  private void send(String command) throws IOException {
    List<String> words =
        Arrays.stream(command.split(" ")).map(word -> word.replace("$", TOKEN)).toList();
    try (RespConnection connection = RespConnection.open(redis.port())) {
      connection.command(words.toArray(String[]::new));
    }
  }

  private void forgetFiles() throws IOException {
    try (var files = Files.walk(redis.data())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }
}
