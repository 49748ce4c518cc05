package dev.limen.config;

import dev.limen.config.ConfigSchema.ConfigKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fetches secrets from where the configuration says they are: the value itself, the environment, a
 * file.
 *
 * <p>Invariant: exactly one source; no message holds anything of a secret.
 */
final class SecretSources {
  private static final String EXPECTED = "one of {value: …}, {fromEnv: …}, {fromFile: …}";

  private final Map<String, String> environment;
  private final Set<Path> files = new LinkedHashSet<>();

  SecretSources(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The files that were read, or should have been. */
  Set<Path> files() {
    return files;
  }

  /** The text of the secret {@code key} of {@code node}. */
  String read(ObjectNode node, ConfigKey key, String path) {
    if (key.setting().inline()) {
      ObjectNode given = node.objectNode();
      for (String name : ConfigSchema.SECRET_KEYS) {
        if (node.has(name)) {
          given.set(name, node.remove(name));
        }
      }
      return text(given, path);
    }
    JsonNode value = node.get(key.name());
    if (value == null || value.isNull()) {
      return byDefault(key, path);
    }
    if (value.isValueNode()) {
      throw new ConfigException(path, "a plain value", EXPECTED);
    }
    return text(value, path);
  }

  /** A secret has no default but the empty one. */
  private static String byDefault(ConfigKey key, String path) {
    if (key.setting().value().equals(Setting.REQUIRED)) {
      throw new ConfigException(path, "nothing", key.setting().doc());
    }
    return "";
  }

  private String text(JsonNode given, String path) {
    refuseUnknown(given, path);
    List<String> names = ConfigSchema.SECRET_KEYS.stream().filter(given::has).toList();
    if (names.size() != 1 || given.size() != 1 || !given.get(names.get(0)).isValueNode()) {
      throw new ConfigException(
          path, names.isEmpty() ? "nothing" : String.join(" and ", names), EXPECTED);
    }
    if (WrittenForm.isOther(given.get(names.get(0)))) {
      throw new ConfigException(
          path + "." + names.get(0), "a number, or true or false", WrittenForm.QUOTED);
    }
    String source = given.get(names.get(0)).asString();
    return switch (names.get(0)) {
      case "fromEnv" -> fromEnvironment(path, source);
      case "fromFile" -> fromFile(path, source);
      default -> source;
    };
  }

  /** A misspelt source is named; what is near none of them may be the secret itself. */
  private static void refuseUnknown(JsonNode given, String path) {
    for (String name : given.propertyNames()) {
      String expected = UnknownKeys.suggestion(name, ConfigSchema.SECRET_KEYS);
      if (!ConfigSchema.SECRET_KEYS.contains(name) && expected.endsWith("?")) {
        throw new ConfigException(path + "." + name, "an unknown key", expected);
      }
    }
  }

  private String fromEnvironment(String path, String variable) {
    @Nullable String value = environment.get(variable);
    if (value == null) {
      throw new ConfigException(path + ".fromEnv", variable, "an environment variable that is set");
    }
    return value;
  }

  private String fromFile(String path, String name) {
    try {
      Path file = Path.of(name);
      files.add(file);
      String text = Files.readString(file);
      return text.endsWith("\n") ? text.stripTrailing() : text;
    } catch (IOException | RuntimeException e) {
      throw new ConfigException(path + ".fromFile", name, "a readable file");
    }
  }
}
