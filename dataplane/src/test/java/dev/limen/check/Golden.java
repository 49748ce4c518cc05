package dev.limen.check;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a real Envoy sent, from the recordings that come with {@code proto}'s tests. */
public final class Golden {
  private static final String ROOT = "/golden/envoy-1.40";

  private Golden() {}

  /** The bytes of all files in {@code folder} whose names end so, by name. */
  public static Map<String, byte[]> files(String folder, String suffix) throws IOException {
    URL url = Golden.class.getResource(ROOT + "/" + folder);
    if (url == null) {
      throw new AssertionError("no recordings in " + folder);
    }
    try {
      URI uri = url.toURI();
      if (!uri.getScheme().equals("jar")) {
        return read(Path.of(uri), suffix);
      }
      try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
        return read(jar.getPath(ROOT, folder), suffix);
      }
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static Map<String, byte[]> read(Path folder, String suffix) throws IOException {
    List<Path> paths;
    try (Stream<Path> all = Files.list(folder)) {
      paths = all.filter(path -> path.getFileName().toString().endsWith(suffix)).toList();
    }
    Map<String, byte[]> files = new TreeMap<>();
    for (Path path : paths) {
      files.put(folder.getFileName() + "/" + path.getFileName(), Files.readAllBytes(path));
    }
    if (files.isEmpty()) {
      throw new AssertionError("no recordings in " + folder + " that end in " + suffix);
    }
    return files;
  }
}
