package dev.limen.demo.run;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A running Envoy, its access log and its counters. */
public final class Envoy implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(20);

  private final ChildProcess process;
  private final AccessLog accessLog;
  private final Loopback admin = new Loopback(Ports.ENVOY_ADMIN);

  private Envoy(ChildProcess process, AccessLog accessLog) {
    this.process = process;
    this.accessLog = accessLog;
  }

  public static Envoy start(Path binary, Path config, Path folder, AccessLog accessLog) {
    List<String> command =
        List.of(
            binary.toString(),
            "-c",
            config.toString(),
            "--concurrency",
            "2",
            "--disable-hot-restart",
            "--log-level",
            "warning",
            // The log is written when a request ends, not ten seconds later.
            "--file-flush-interval-msec",
            "20");
    ChildProcess process =
        ChildProcess.start(
            new ChildProcess.Spec("envoy", command, Map.of(), folder), accessLog::accept);
    return new Envoy(process, accessLog);
  }

  public void awaitReady() {
    process.awaitReady(START, () -> admin.get("/ready").status() == 200);
  }

  public AccessLog accessLog() {
    return accessLog;
  }

  /** A counter or gauge by its full name; 0 before Envoy made it. */
  public long counter(String name) {
    try {
      String prefix = name + ": ";
      String all = admin.get("/stats?filter=" + name).text();
      return all.lines()
          .filter(line -> line.startsWith(prefix))
          .mapToLong(line -> Long.parseLong(line.substring(prefix.length()).strip()))
          .findFirst()
          .orElse(0);
    } catch (IOException gone) {
      throw new IllegalStateException(
          "Envoy's admin port does not answer: " + process.tail(), gone);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
