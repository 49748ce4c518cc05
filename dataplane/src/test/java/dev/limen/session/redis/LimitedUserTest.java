package dev.limen.session.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the user in {@code deploy/redis/limen.acl} cannot do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitedUserTest {
  private LimitedRedis redis;
  private RealRedis.Raw raw;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException {
    redis = LimitedRedis.start(folder);
    raw = redis.raw("limen", LimitedRedis.PASSWORD);
  }

  @AfterAll
  void stop() {
    raw.close();
    redis.close();
  }

  private static Arguments row(String what, Consumer<RedisCommands<String, String>> command) {
    return Arguments.of(org.junit.jupiter.api.Named.of(what, command));
  }

  static Stream<Arguments> whatNobodyNeeds() {
    return Stream.of(
        row("a script", redis -> redis.eval("return 1", ScriptOutputType.INTEGER)),
        row(
            "a script by its hash",
            redis -> redis.evalsha("ab".repeat(20), ScriptOutputType.INTEGER)),
        row("loading a script", redis -> redis.scriptLoad("return 1")),
        row("all keys at once", redis -> redis.keys("*")),
        row("emptying it", RedisCommands::flushall),
        row("its configuration", redis -> redis.configGet("maxmemory-policy")),
        row("its users", RedisCommands::aclList),
        row("other clients", RedisCommands::clientList),
        row("stopping it", redis -> redis.clientPause(1)),
        row("another primary", redis -> redis.replicaof("127.0.0.1", 1)),
        row("a message", redis -> redis.publish("limen:x", "hello")),
        row("reading another's key", redis -> redis.get("other:s:1")),
        row("writing another's key", redis -> redis.set("other:s:1", "x")),
        row("writing another's hash", redis -> redis.hset("other", Map.of("a", "b"))),
        row("deleting another's key", redis -> redis.del("limen", "limen:s:1")));
  }

  @ParameterizedTest
  @MethodSource("whatNobodyNeeds")
  void whatLimenDoesNotNeedIsRefused(Consumer<RedisCommands<String, String>> command) {
    assertThatThrownBy(() -> command.accept(raw.commands()))
        .isInstanceOf(RedisException.class)
        .hasMessageContaining("NOPERM");
  }

  @Test
  void whoSaysNoNameOrNoPasswordIsNobody() {
    assertThatThrownBy(() -> redis.raw("limen", "another").close())
        .isInstanceOf(RedisException.class);
    assertThatThrownBy(() -> redis.raw("default", LimitedRedis.PASSWORD).close())
        .isInstanceOf(RedisException.class);
    assertThat(raw.commands().get("limen:s:1")).isNull();
  }
}
