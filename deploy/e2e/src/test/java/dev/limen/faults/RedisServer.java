package dev.limen.faults;

import dev.limen.demo.run.ChildProcess;
import dev.limen.demo.run.RespConnection;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A real redis-server with an append-only file, on a socket in the run's own folder, so that it
 * needs no port and comes back where it was.
 *
 * <p>Invariant: what was acknowledged is there again after a crash. The test's own questions go
 * through a proxy that nobody breaks.
 */
final class RedisServer implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(30);

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
