package dev.limen.demo.run;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One process that we started, and end by its own handle: SIGTERM, a bounded wait, then SIGKILL.
 *
 * <p>Its output is kept in two files, and each line of its standard output is also handed on.
 */
public final class ChildProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(8);
  private static final int TAIL_LINES = 15;

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;
  private final Thread reader;

  /**
   * What to run.
   *
   * @param name short; names the log files
   * @param environment added to ours, from which every {@code LIMEN_} variable is taken out first:
   *     Limen reads those as its configuration
   * @param folder where logs are kept
   */
  public record Spec(
      String name, List<String> command, Map<String, String> environment, Path folder) {}

  private ChildProcess(Spec spec, Process process, Consumer<String> onLine) {
    this.name = spec.name();
    this.process = process;
    this.out = spec.folder().resolve(name + ".out");
    this.err = spec.folder().resolve(name + ".err");
    this.reader = Thread.ofVirtual().name(name + "-output").start(() -> read(onLine));
  }

  public static ChildProcess start(Spec spec, Consumer<String> onLine) {
    ProcessBuilder builder =
        new ProcessBuilder(spec.command())
            .directory(spec.folder().toFile())
            .redirectError(spec.folder().resolve(spec.name() + ".err").toFile());
    builder.environment().keySet().removeIf(key -> key.startsWith("LIMEN_"));
    builder.environment().putAll(spec.environment());
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new ChildProcess(spec, process, onLine);
    } catch (IOException notStarted) {
      throw new CannotRun(spec.name() + " could not be started: " + spec.command().getFirst());
    }
  }

  /** Waits until it is ready; when it ends before, or is late, says so with its last lines. */
  public void awaitReady(Duration limit, Callable<Boolean> ready) {
    boolean[] isReady = {false};
    Await.until(
        limit,
        () -> {
          isReady[0] = process.isAlive() && ready.call();
          return isReady[0] || !process.isAlive();
        });
    if (!isReady[0]) {
      String what =
          process.isAlive() ? "was not ready within " + limit.toSeconds() + " s" : "ended";
      throw new CannotRun(
          name + " " + what + "; its last lines (all in " + out.getParent() + "):\n" + tail());
    }
  }

  /** The last lines of both its outputs. */
  public String tail() {
    return tail(err) + tail(out);
  }

  /** All that it wrote to both. */
  public String wholeOutput() throws IOException {
    return Files.readString(out, StandardCharsets.ISO_8859_1)
        + Files.readString(err, StandardCharsets.ISO_8859_1);
  }

  private static String tail(Path file) {
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
      int from = Math.max(0, lines.size() - TAIL_LINES);
      StringBuilder text = new StringBuilder();
      for (String line : lines.subList(from, lines.size())) {
        text.append("    ").append(line).append('\n');
      }
      return text.toString();
    } catch (IOException _) {
      return "";
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL, as a crash would be; returns when it is gone. */
  public void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    awaitExit(PATIENCE);
  }

  @Override
  public void close() {
    // A shell in between (kc.sh) does not pass signals on: those below it are asked too.
    List<ProcessHandle> below = process.descendants().toList();
    process.destroy();
    below.forEach(ProcessHandle::destroy);
    if (!awaitExit(PATIENCE)) {
      kill();
    }
    below.forEach(ProcessHandle::destroyForcibly);
  }

  private boolean awaitExit(Duration limit) {
    try {
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (ended) {
        reader.join(Duration.ofSeconds(1));
      }
      return ended;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void read(Consumer<String> onLine) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        BufferedWriter copy = Files.newBufferedWriter(out, StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        copy.write(line);
        copy.newLine();
        copy.flush();
        onLine.accept(line);
      }
    } catch (IOException _) {
      // The pipe was closed: the process has ended, or is about to.
    }
  }
}
