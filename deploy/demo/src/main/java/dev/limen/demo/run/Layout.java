package dev.limen.demo.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where things lie: the tree whose shipped files are run, and the cache for what is fetched.
 *
 * @param root the top of the source tree
 * @param cache kept between runs: Envoy, Keycloak
 */
public record Layout(Path root, Path cache) {
  /** Longer than any run, and than anybody looks for its logs. */
  static final Duration STALE = Duration.ofDays(7);

  private static final String PREFIX = "limen-demo-";
  private static final String LANDMARK = "deploy/envoy/grpc.yaml";

  /** The tree named by {@code limen.root}, else the one around the working directory. */
  public static Layout find() {
    String named = System.getProperty("limen.root");
    Path start = Path.of(named == null ? "" : named).toAbsolutePath();
    for (Path at = start; at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(LANDMARK))) {
        return new Layout(at, cacheFolder(System.getenv("LIMEN_CACHE")));
      }
    }
    throw new CannotRun("no " + LANDMARK + " at or above " + start + ": run it as ./limen demo");
  }

  private static Path cacheFolder(@Nullable String named) {
    return named != null && !named.isBlank()
        ? Path.of(named).toAbsolutePath()
        : Path.of(System.getProperty("user.home"), ".cache", "limen");
  }

  public Path envoyConfig(Mode mode) {
    return root.resolve("deploy/envoy").resolve(mode.fileName());
  }

  public Path limenConfig() {
    return root.resolve("deploy/limen/limen.yaml");
  }

  public Path realm() {
    return root.resolve("deploy/keycloak/limen-realm.json");
  }

  public Path limenJar() {
    return root.resolve("dataplane/target/limen-dataplane.jar");
  }

  /** A fresh folder for one run: logs of the children, generated files. */
  public static Path newRunFolder() throws IOException {
    return newRunFolder(Path.of(System.getProperty("java.io.tmpdir")));
  }

  /**
   * The same in {@code parent}, where what killed and failed runs left goes after {@link #STALE}.
   */
  static Path newRunFolder(Path parent) throws IOException {
    try {
      Programs.sweep(parent, PREFIX, Instant.now().minus(STALE));
    } catch (IOException _) {
      // It may be somebody else's.
    }
    return Files.createTempDirectory(parent, PREFIX);
  }
}
