package dev.limen.demo.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Limen itself, run from its jar with the shipped configuration and an environment on top. */
public final class Limen implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);
  private static final String GAUGE = "limen_sessions";

  private final ChildProcess process;
  private final Loopback management;

  private Limen(ChildProcess process, int managementPort) {
    this.process = process;
    this.management = new Loopback(managementPort);
  }

  public static Limen start(
      Layout layout, Map<String, String> environment, Path folder, int managementPort) {
    if (!Files.exists(layout.limenJar())) {
      throw new CannotRun(
          "Limen is not built: "
              + layout.limenJar()
              + " is missing. Build it with"
              + "\n    mvn -q package -DskipTests -pl dataplane -am");
    }
    List<String> command =
        List.of(
            Programs.ofThisJdk("java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-jar",
            layout.limenJar().toString(),
            "serve",
            "--config",
            layout.limenConfig().toString());
    ChildProcess process =
        ChildProcess.start(new ChildProcess.Spec("limen", command, environment, folder), _ -> {});
    return new Limen(process, managementPort);
  }

  /** Listening, store reachable, provider known. */
  public void awaitReady() {
    process.awaitReady(START, () -> management.get("/ready").status() == 200);
  }

  /** Live sessions of the memory store, as its gauge says. */
  public long sessionGauge() throws IOException {
    String metrics = management.get("/metrics").text();
    return metrics
        .lines()
        .filter(line -> line.startsWith(GAUGE + " ") || line.startsWith(GAUGE + "{"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** What it wrote to its log so far. */
  public String log() throws IOException {
    return process.wholeOutput();
  }

  public ChildProcess process() {
    return process;
  }

  @Override
  public void close() {
    process.close();
  }
}
