package dev.limen.extauthz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a real Envoy 1.40 sent: the recordings in the test resources. */
record Golden(Path file) {
  private static final Path ROOT =
      Path.of("src", "test", "resources", "golden", "envoy-1.40").toAbsolutePath();

  /** Every recorded CheckRequest. */
  static List<Golden> checkRequests() {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".bin"))
          .filter(file -> !file.startsWith(ROOT.resolve("connections")))
          .sorted()
          .map(Golden::new)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Golden of(String name) {
    return new Golden(ROOT.resolve(name + ".bin"));
  }

  byte[] bytes() {
    return read(file);
  }

  /** The JSON beside the recording. */
  byte[] json() {
    return read(file.resolveSibling(file.getFileName().toString().replace(".bin", ".json")));
  }

  @Override
  public String toString() {
    return ROOT.relativize(file).toString();
  }

  private static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
