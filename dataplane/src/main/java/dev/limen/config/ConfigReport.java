package dev.limen.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one reading of a configuration found, good or bad.
 *
 * <p>Invariant: there is a configuration exactly if there is no error.
 */
public final class ConfigReport {
  private final List<ConfigProblem> problems;
  private final List<String> warnings;
  private final @Nullable LimenConfig config;
  private final ConfigPlaces places;
  private final Set<Path> files;

  ConfigReport(
      List<ConfigProblem> problems,
      List<String> warnings,
      @Nullable LimenConfig config,
      ConfigPlaces places,
      Set<Path> files) {
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
    this.config = problems.isEmpty() ? config : null;
    this.places = places;
    this.files = Set.copyOf(files);
  }

  /** The configuration, or null if something is wrong with it. */
  public @Nullable LimenConfig config() {
    return config;
  }

  /**
   * The configuration.
   *
   * @throws ConfigException the first thing that is wrong
   */
  public LimenConfig configOrThrow() {
    if (config == null) {
      ConfigProblem first = problems.getFirst();
      String key = first.path() + places.beside(first.path());
      throw new ConfigException(key, first.said().found(), first.said().expected());
    }
    return config;
  }

  /** All that is wrong, in the order of the file. */
  public List<ConfigFinding> errors() {
    return problems.stream()
        .map(problem -> finding(problem.path(), problem.said()))
        .sorted(ConfigFinding.BY_PLACE)
        .toList();
  }

  /** What an operator should know although it does not stop the start. */
  public List<ConfigFinding> warningFindings() {
    return warnings.stream().map(text -> new ConfigFinding(places.ofWarning(text), text)).toList();
  }

  /** The same as plain text. */
  public List<String> warnings() {
    return warnings;
  }

  /** What {@code wrong}, found by a room above this one, is about. */
  public ConfigFinding finding(ConfigException wrong) {
    return finding(wrong.key(), wrong);
  }

  /** The files that were read, or whose names stand in it: a change of one may change the rest. */
  public Set<Path> files() {
    return files;
  }

  private ConfigFinding finding(String path, ConfigException said) {
    return new ConfigFinding(
        places.of(path), path + ": found " + said.found() + ", expected " + said.expected());
  }
}
