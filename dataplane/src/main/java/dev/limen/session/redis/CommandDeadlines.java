package dev.limen.session.redis;

import io.lettuce.core.TimeoutOptions.TimeoutSource;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.RedisCommand;
import java.time.Duration;

/**
 * How long each command may take.
 *
 * <p>Invariant: every command has the configured deadline; {@code WAIT}, which waits on purpose,
 * has that and its own patience.
 */
final class CommandDeadlines extends TimeoutSource {
  private final long commandMillis;

  CommandDeadlines(Duration command) {
    this.commandMillis = command.toMillis();
  }

  @Override
  public long getTimeout(RedisCommand<?, ?, ?> command) {
    return command.getType() == CommandType.WAIT
        ? commandMillis + ReplicaWord.PATIENCE.toMillis()
        : commandMillis;
  }
}
