package dev.limen.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads the configuration: a YAML file, then the environment over it, then defaults under it.
 *
 * <p>Invariant: what is returned was checked as a whole; anything else is a {@link ConfigReport} of
 * all that is wrong, or its first problem as a {@link ConfigException}: the key, what was found and
 * what was expected, and for an unknown key the line and the nearest known key. No secret's value
 * is ever in a message.
 */
public final class ConfigLoader {
  /** A configuration file of more bytes than this is a mistake. */
  public static final int MAX_FILE_BYTES = 1 << 20;

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(SettingTypes.module())
          .build();

  private final Map<String, String> environment;
  private final List<String> warnings = new ArrayList<>();

  /** A loader that sees {@code environment}, usually {@link System#getenv()}. */
  public ConfigLoader(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * The configuration in {@code file}.
   *
   * @throws ConfigException the first thing that is wrong with it
   */
  public LimenConfig load(Path file) {
    ConfigReport report = check(file);
    warnings.clear();
    warnings.addAll(report.warnings());
    return report.configOrThrow();
  }

  /**
   * All that there is to say about {@code file}.
   *
   * @throws ConfigException if it cannot be read
   */
  public ConfigReport check(Path file) {
    return check(text(file), Set.of(file));
  }

  /** What an operator should know although it does not stop the start. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The configuration that {@code yaml} says. */
  LimenConfig parse(String yaml) {
    ConfigReport report = check(yaml);
    warnings.clear();
    warnings.addAll(report.warnings());
    return report.configOrThrow();
  }

  /** All that there is to say about {@code yaml}. */
  ConfigReport check(String yaml) {
    return check(yaml, Set.of());
  }

  private ConfigReport check(String yaml, Set<Path> file) {
    ObjectNode tree;
    try {
      tree = tree(yaml);
    } catch (NotYaml e) {
      ConfigPlaces places = new ConfigPlaces(e.lines, Map.of());
      List<ConfigProblem> problems = List.of(new ConfigProblem(e.said.key(), e.said));
      return new ConfigReport(problems, List.of(), null, places, file);
    }
    KeyLines lines = KeyLines.of(yaml);
    EnvironmentOverrides overrides = new EnvironmentOverrides(environment, YAML);
    List<String> said = new ArrayList<>(overrides.apply(tree));
    // Only now: a variable may hold a whole list, with keys of its own.
    List<ConfigProblem> problems = new ArrayList<>(UnknownKeys.takeOut(tree));
    SecretSources secrets = new SecretSources(environment);
    ConfigReading reading = new ConfigReading(YAML, secrets, lines);
    LimenConfig config = reading.read(tree);
    problems.addAll(reading.problems());
    if (config != null) {
      said.addAll(ConfigWarnings.of(config));
    }
    Set<Path> files = new LinkedHashSet<>(file);
    files.addAll(secrets.files());
    files.addAll(reading.files());
    return new ConfigReport(
        problems, said, config, new ConfigPlaces(lines, overrides.variables()), files);
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new ConfigException("--config", file.toString(), "a file of at most 1 MiB");
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException("--config", file.toString(), "a readable file in UTF-8");
    }
  }

  private static ObjectNode tree(String yaml) throws NotYaml {
    try {
      JsonNode tree = YAML.readTree(yaml);
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      TokenStreamLocation at = e.getLocation();
      int line = at == null ? 0 : at.getLineNr();
      String first = e.getOriginalMessage().lines().findFirst().orElse("");
      String key = "line " + line;
      throw new NotYaml(
          new ConfigException(key, first, "well-formed YAML, each key once"),
          KeyLines.one(key, at));
    }
    throw new NotYaml(
        new ConfigException("line 1", "no keys", "a file that begins with version: 1"),
        KeyLines.none());
  }

  /** What stands there is no tree of keys. */
  private static final class NotYaml extends Exception {
    private static final long serialVersionUID = 1L;
    private final ConfigException said;
    private final transient KeyLines lines;

    NotYaml(ConfigException said, KeyLines lines) {
      super(said);
      this.said = said;
      this.lines = lines;
    }
  }
}
