package dev.limen.demo.run;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Programs of this machine: where they are, and one run to its end. And folders that are ours to
 * remove.
 *
 * <p>Invariant: when {@link #run} returns or throws, neither the program nor anything that it
 * started is left.
 */
final class Programs {
  private Programs() {}

  /** The first executable of that name on the PATH. */
  static @Nullable Path onPath(String name) {
    String path = System.getenv("PATH");
    if (path == null) {
      return null;
    }
    for (String folder : path.split(File.pathSeparator)) {
      Path candidate = Path.of(folder.isEmpty() ? "." : folder).resolve(name);
      if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
        return candidate.toAbsolutePath();
      }
    }
    return null;
  }

  /** A program of the JDK that runs this. */
  static Path ofThisJdk(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name);
  }

  /**
   * Runs it in this folder and waits for its end; what it says goes to a file there, of which the
   * last line is the message if it fails.
   */
  static void run(List<String> command, Path folder, Duration limit) throws IOException {
    Path log = folder.resolve("run.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("it took more than " + limit.toSeconds() + " s");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      List<String> said = Files.readAllLines(log);
      throw new IOException(said.isEmpty() ? "no output" : said.getLast());
    }
  }

  static void deleteRecursively(Path folder) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(folder)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }

  /** Removes the folders in {@code parent} that begin so and were last touched before then. */
  static void sweep(Path parent, String prefix, Instant before) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, prefix + "*")) {
      for (Path folder : left) {
        if (Files.getLastModifiedTime(folder, NOFOLLOW_LINKS).toInstant().isBefore(before)) {
          deleteRecursively(folder);
        }
      }
    }
  }
}
