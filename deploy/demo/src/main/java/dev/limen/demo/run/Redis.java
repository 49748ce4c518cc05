package dev.limen.demo.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A real redis-server of our own, on its own port, with {@code appendonly yes}: what it has
 * acknowledged is there again after a crash.
 */
public final class Redis implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(10);

  private final Path binary;
  private final Path folder;
  private final Path data;
  private final int port;
  private ChildProcess process;

  private Redis(Path binary, Path folder, Path data, int port) {
    this.binary = binary;
    this.folder = folder;
    this.data = data;
    this.port = port;
    this.process = launch();
  }

  /** On this port of loopback, with its data in a folder below. */
  public static Redis start(Path folder, int port) {
    Path binary = Programs.onPath("redis-server");
    if (binary == null) {
      throw new CannotRun(
          "redis-server is not on the PATH. On Debian:\n    apt-get install -y redis-server");
    }
    try {
      return new Redis(binary, folder, Files.createDirectories(folder.resolve("redis")), port);
    } catch (IOException failed) {
      throw new CannotRun("no folder for Redis in " + folder, failed);
    }
  }

  private ChildProcess launch() {
    List<String> command =
        List.of(
            binary.toString(),
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            data.toString(),
            "--appendonly",
            "yes",
            "--save",
            "");
    return ChildProcess.start(
        new ChildProcess.Spec("redis-server", command, Map.of(), folder), _ -> {});
  }

  public void awaitReady() {
    process.awaitReady(
        START,
        () -> {
          try (RespConnection connection = RespConnection.open(port)) {
            return "PONG".equals(connection.command("PING"));
          }
        });
  }

  /** As if its machine had lost power. */
  public void crash() {
    process.kill();
  }

  /** The same data folder, a new process. */
  public void comeBack() {
    process = launch();
    awaitReady();
  }

  public int port() {
    return port;
  }

  /** Where its append-only file is. */
  public Path data() {
    return data;
  }

  @Override
  public void close() {
    process.close();
  }
}
