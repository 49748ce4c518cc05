package dev.limen.server;

import dev.limen.config.ConfigLoader;
import dev.limen.config.ConfigReport;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The configuration file and the files that it names: reads them, and tells whether they changed.
 *
 * <p>Invariant: a file that the last reading named is looked at, also if that reading failed.
 * Confined to one thread after another.
 */
final class ConfigFiles {
  private final Path file;
  private final Map<String, String> environment;
  private final FileStamps stamps = new FileStamps(InstantSource.system());
  private final Set<Path> files = new HashSet<>();

  ConfigFiles(Path file, Map<String, String> environment) {
    this.file = file;
    this.environment = environment;
    files.add(file);
  }

  /**
   * What they say now.
   *
   * @throws dev.limen.config.ConfigException if the configuration file cannot be read
   */
  ConfigReport read() {
    ConfigReport report = new ConfigLoader(environment).check(file);
    files.addAll(report.files());
    return report;
  }

  /** Looks at no file any more that only an earlier configuration named. */
  void keepOnly(Set<Path> named) {
    files.retainAll(named);
    files.add(file);
  }

  /** A stamp of each file's content. */
  Map<Path, String> stamps() {
    return stamps.of(Set.copyOf(files));
  }

  /** As the operator named it. */
  String name() {
    return file.toString();
  }
}
