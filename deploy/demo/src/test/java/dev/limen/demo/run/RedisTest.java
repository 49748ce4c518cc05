package dev.limen.demo.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real redis-server, asked in its own protocol; red in CI where it is missing. */
final class RedisTest {
  @TempDir private Path folder;

  @BeforeEach
  void requireServer() {
    boolean there = Programs.onPath("redis-server") != null;
    assumeTrue(there || "true".equals(System.getenv("CI")), "no redis-server on the PATH");
  }

  @Test
  void whatWasAcknowledgedIsThereAfterACrash() throws IOException {
    try (Redis redis = Redis.start(folder, Ports.anyFree())) {
      redis.awaitReady();
      try (RespConnection connection = RespConnection.open(redis.port())) {
        assertThat(connection.command("HSET", "limen:s:{1}", "b", "\0\r\n\u00ff")).isEqualTo(1L);
      }
      redis.crash();
      assertThat(Ports.accepts(redis.port())).isFalse();
      redis.comeBack();
      try (RespConnection connection = RespConnection.open(redis.port())) {
        assertThat(connection.list("HGETALL", "limen:s:{1}"))
            .isEqualTo(List.of("b", "\0\r\n\u00ff"));
        assertThat(connection.command("GET", "none")).isNull();
        assertThat(connection.list("KEYS", "limen:s:*")).hasSize(1);
      }
    }
  }

  @Test
  void anErrorOfRedisIsAnError() throws IOException {
    try (Redis redis = Redis.start(folder, Ports.anyFree())) {
      redis.awaitReady();
      try (RespConnection connection = RespConnection.open(redis.port())) {
        assertThatThrownBy(() -> connection.command("NOSUCH"))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("unknown command");
      }
    }
  }
}
