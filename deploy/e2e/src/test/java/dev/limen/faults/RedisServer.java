package dev.limen.faults;

import dev.limen.demo.run.ChildProcess;
import dev.limen.demo.run.RespConnection;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A real redis-server with an append-only file, on a socket in the run's own folder, so that it
 * needs no port and comes back where it was.
 *
 * <p>Invariant: what was acknowledged is there again after a crash. The test's own questions go
 * through a proxy that nobody breaks.
 */
final class RedisServer implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Pattern COMMAND = Pattern.compile("cmdstat_([^:]+):calls=(\\d+),.*");
  private static final Pattern HELD = Pattern.compile("db\\d+:keys=(\\d+),.*");
  private static final Pattern EXPIRED = Pattern.compile("expired_keys:(\\d+)");

  private final Path folder;
  private final Path socket;
  private final FaultProxy sideDoor;
  private ChildProcess process;
  private int starts;

  private RedisServer(Path folder) throws IOException {
    this.folder = folder;
    this.socket = folder.resolve("redis.sock");
    this.sideDoor = FaultProxy.to(address());
    this.process = launch();
  }

  static RedisServer start(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("redis"));
    return new RedisServer(folder);
  }

  private ChildProcess launch() {
    List<String> command =
        List.of(
            "redis-server",
            "--port",
            "0",
            "--unixsocket",
            socket.toString(),
            "--dir",
            folder.resolve("redis").toString(),
            "--appendonly",
            "yes",
            "--save",
            "");
    starts++;
    return ChildProcess.start(
        new ChildProcess.Spec("redis-" + starts, command, Map.of(), folder), _ -> {});
  }

  void awaitReady() {
    process.awaitReady(START, () -> "PONG".equals(ask("PING")));
  }

  SocketAddress address() {
    return UnixDomainSocketAddress.of(socket);
  }

  /** Where it is reached through a proxy that nobody breaks. */
  int sideDoor() {
    return sideDoor.port();
  }

  /** One command on a connection of its own. */
  Object ask(String... words) throws IOException {
    try (RespConnection connection = RespConnection.open(sideDoor.port())) {
      Object answer = connection.command(words);
      return answer == null ? "" : answer;
    }
  }

  /**
   * What Redis itself says of its work, all of one moment.
   *
   * @param keys that it holds
   * @param expired keys that went by themselves since it started
   * @param writes commands that write, since it started
   */
  record Account(long keys, long expired, long writes) {}

  Account account() throws IOException {
    Set<String> writing = new HashSet<>();
    if (ask("ACL", "CAT", "write") instanceof List<?> names) {
      names.forEach(name -> writing.add(String.valueOf(name)));
    }
    long keys = 0;
    long expired = 0;
    long writes = 0;
    for (String line : ask("INFO", "all").toString().split("\r\n")) {
      Matcher command = COMMAND.matcher(line);
      Matcher held = HELD.matcher(line);
      Matcher gone = EXPIRED.matcher(line);
      keys += held.matches() ? Long.parseLong(held.group(1)) : 0;
      expired += gone.matches() ? Long.parseLong(gone.group(1)) : 0;
      boolean writesOne = command.matches() && writing.contains(command.group(1));
      writes += writesOne ? Long.parseLong(command.group(2)) : 0;
    }
    return new Account(keys, expired, writes);
  }

  /** Names of keys, by a pattern as Redis has it. */
  Set<String> keys(String pattern) throws IOException {
    Set<String> names = new HashSet<>();
    if (ask("KEYS", pattern) instanceof List<?> found) {
      found.forEach(name -> names.add(String.valueOf(name)));
    }
    return names;
  }

  /** SIGKILL, as a crash would be. */
  void crash() {
    process.kill();
  }

  /** The same data, a new process; returns when it answers. */
  void comeBack() {
    process = launch();
    awaitReady();
  }

  @Override
  public void close() {
    process.close();
    sideDoor.close();
  }
}
