package dev.limen.demo.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/**
 * A folder in the cache for something that is being fetched; it is gone when this is closed.
 *
 * <p>Invariant: what stands in the cache under its final name is whole, since it is moved there out
 * of such a folder. What a killed run left behind goes when the next thing is fetched.
 */
final class FetchFolder implements AutoCloseable {
  private static final String PREFIX = "fetching-";

  /** Longer than any fetch is given, so that nobody's running one is taken away. */
  static final Duration STALE = Duration.ofHours(1);

  private final Path path;

  private FetchFolder(Path path) {
    this.path = path;
  }

  static FetchFolder in(Path cache) throws IOException {
    Files.createDirectories(cache);
    Programs.sweep(cache, PREFIX, Instant.now().minus(STALE));
    return new FetchFolder(Files.createTempDirectory(cache, PREFIX));
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    Programs.deleteRecursively(path);
  }
}
