package dev.limen.e2e;

import dev.limen.demo.run.Await;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program as a terminal sees it: what it prints while it runs, and how it ends.
 *
 * <p>Invariant: after {@link #close} neither it nor anything that it started runs.
 */
final class Program implements AutoCloseable {
  private static final int SIGINT = 2;

  private final Process process;
  private final StringBuilder printed = new StringBuilder();
  private final Thread reader;

  /** What a program printed, and how it exited. */
  record Ended(int exitCode, String output) {}

  private Program(Process process) {
    this.process = process;
    this.reader = Thread.ofVirtual().start(this::read);
  }

  static Program start(List<String> command, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    return new Program(process);
  }

  private void read() {
    byte[] piece = new byte[8192];
    try (InputStream in = process.getInputStream()) {
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        synchronized (printed) {
          printed.append(new String(piece, 0, read, StandardCharsets.UTF_8));
        }
      }
    } catch (IOException closed) {
      throw new UncheckedIOException(closed);
    }
  }

  String output() {
    synchronized (printed) {
      return printed.toString();
    }
  }

  /** Waits until it has printed this; fails with what it did print. */
  void awaitText(String text, Duration limit) {
    Await.until(limit, () -> output().contains(text) || !process.isAlive());
    Await.until(Duration.ofSeconds(1), () -> output().contains(text));
    if (!output().contains(text)) {
      throw new AssertionError("not printed within " + limit + ": " + text + "\n" + output());
    }
  }

  /** Waits for its end; fails with what it printed if that does not come. */
  Ended awaitEnd(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("did not end within " + limit + "; it printed:\n" + output());
    }
    reader.join(Duration.ofSeconds(5));
    return new Ended(process.exitValue(), output());
  }

  List<ProcessHandle> children() {
    return process.descendants().toList();
  }

  /**
   * As Ctrl-C does; a build in the background of a shell is deaf to it, and so are its children.
   */
  void interrupt() throws IOException, InterruptedException {
    String signal = isDeafTo(SIGINT) ? "-TERM" : "-INT";
    new ProcessBuilder("sh", "-c", "kill " + signal + " " + process.pid()).start().waitFor();
  }

  private static boolean isDeafTo(int signal) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("SigIgn:")) {
        long ignored = Long.parseUnsignedLong(line.substring(7).strip(), 16);
        return (ignored & (1L << (signal - 1))) != 0;
      }
    }
    return false;
  }

  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(children());
    process.destroy();
    try {
      process.waitFor(15, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
