package dev.limen.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Tells whether files hold something else than before.
 *
 * <p>Invariant: two stamps of a file are equal exactly if its content is, wherever a symbolic link
 * leads by now (Kubernetes swaps one to change a mounted secret). A file is read again if its time
 * or size changed, or if it is so young that a second change may have the same time. Confined to
 * one thread.
 */
final class FileStamps {
  /** Bytes of a file; a longer one counts as one that cannot be read. */
  static final int MAX_BYTES = 16 << 20;

  private static final long YOUNG_MILLIS = Duration.ofSeconds(3).toMillis();
  private static final String UNREADABLE = "unreadable";

  private final InstantSource clock;
  private final Map<Path, Seen> seen = new HashMap<>();

  FileStamps(InstantSource clock) {
    this.clock = clock;
  }

  private record Seen(long modifiedMillis, long size, Object file, String stamp) {
    boolean isStill(BasicFileAttributes now, long nowMillis) {
      return now.lastModifiedTime().toMillis() == modifiedMillis
          && now.size() == size
          && String.valueOf(now.fileKey()).equals(file)
          && nowMillis - modifiedMillis > YOUNG_MILLIS;
    }
  }

  /** The stamp of each file, as it is now. */
  Map<Path, String> of(Set<Path> files) {
    seen.keySet().retainAll(files);
    Map<Path, String> stamps = new TreeMap<>();
    for (Path file : files) {
      stamps.put(file, stamp(file));
    }
    return stamps;
  }

  private String stamp(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      Seen before = seen.get(file);
      if (before != null && before.isStill(now, clock.millis())) {
        return before.stamp;
      }
      if (now.size() > MAX_BYTES) {
        return UNREADABLE;
      }
      String stamp = digest(Files.readAllBytes(file));
      long modifiedMillis = now.lastModifiedTime().toMillis();
      seen.put(file, new Seen(modifiedMillis, now.size(), String.valueOf(now.fileKey()), stamp));
      return stamp;
    } catch (IOException e) {
      seen.remove(file);
      return UNREADABLE;
    }
  }

  private static String digest(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
