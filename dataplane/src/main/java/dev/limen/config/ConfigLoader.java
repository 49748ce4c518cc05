package dev.limen.config;

import dev.limen.config.ConfigSchema.ConfigKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads the configuration: a YAML file, then the environment over it, then defaults under it.
 *
 * <p>Invariant: what is returned was checked as a whole; anything else is one {@link
 * ConfigException} that names the key, what was found and what was expected, and for an unknown key
 * the line and the nearest known key. No secret's value is ever in a message.
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

  /** The configuration in {@code file}. */
  public LimenConfig load(Path file) {
    return parse(text(file));
  }

  /** What an operator should know although it does not stop the start. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The configuration that {@code yaml} says. */
  LimenConfig parse(String yaml) {
    ObjectNode tree = tree(yaml);
    KeyLines lines = KeyLines.of(yaml);
    UnknownKeys.refuse(tree, lines);
    warnings.clear();
    warnings.addAll(new EnvironmentOverrides(environment, YAML).apply(tree));
    complete(tree, ConfigSchema.keys(), "");
    try {
      LimenConfig config =
          YAML.reader().withAttribute(KeyLines.class, lines).treeToValue(tree, LimenConfig.class);
      warnings.addAll(ConfigWarnings.of(config));
      return config;
    } catch (JacksonException e) {
      throw explained(e, lines);
    }
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

  private static ObjectNode tree(String yaml) {
    try {
      JsonNode tree = YAML.readTree(yaml);
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      String first = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new ConfigException("line " + line, first, "well-formed YAML, each key once");
    }
    throw new ConfigException("line 1", "no keys", "a file that begins with version: 1");
  }

  /** Puts the default under every key that is missing, and the value under every secret. */
  private void complete(ObjectNode node, Map<String, ConfigKey> keys, String prefix) {
    for (ConfigKey key : keys.values()) {
      String path = prefix + key.name();
      JsonNode value = node.get(key.name());
      switch (key.kind()) {
        case GROUP -> completeGroup(node, key, path, value);
        case GROUPS -> completeGroups(node, key, path, value);
        case SECRET -> node.put(key.name(), secret(node, key, path, value));
        case VALUE -> {
          if (value != null && value.isNull() && key.setting().neverEmpty()) {
            throw new ConfigException(path, "nothing", key.setting().doc());
          }
          if (value == null || value.isNull()) {
            node.set(key.name(), byDefault(key, path));
          }
        }
      }
    }
  }

  private void completeGroup(
      ObjectNode node, ConfigKey key, String path, @Nullable JsonNode value) {
    ObjectNode group =
        value == null || value.isNull() ? node.putObject(key.name()) : object(value, path);
    complete(group, ConfigSchema.children(key), path + ".");
  }

  private void completeGroups(
      ObjectNode node, ConfigKey key, String path, @Nullable JsonNode value) {
    JsonNode list = value == null || value.isNull() ? byDefault(key, path) : value;
    if (!(list instanceof ArrayNode elements)) {
      throw new ConfigException(path, kind(list), "a list");
    }
    for (int i = 0; i < elements.size(); i++) {
      String element = path + "[" + i + "]";
      complete(object(elements.get(i), element), ConfigSchema.children(key), element + ".");
    }
    node.set(key.name(), elements);
  }

  private static ObjectNode object(JsonNode value, String path) {
    if (value instanceof ObjectNode object) {
      return object;
    }
    throw new ConfigException(path, kind(value), "keys below it");
  }

  private static JsonNode byDefault(ConfigKey key, String path) {
    String text = key.setting().value();
    if (text.equals(Setting.REQUIRED)) {
      throw new ConfigException(path, "nothing", key.setting().doc());
    }
    return YAML.readTree(text);
  }

  private String secret(ObjectNode node, ConfigKey key, String path, @Nullable JsonNode value) {
    if (key.setting().inline()) {
      ObjectNode given = YAML.createObjectNode();
      for (String name : ConfigSchema.SECRET_KEYS) {
        if (node.has(name)) {
          given.set(name, node.remove(name));
        }
      }
      return secretText(given, path);
    }
    if (value != null && value.isString()) {
      throw new ConfigException(
          path, "a plain value", "one of {value: …}, {fromEnv: …}, {fromFile: …}");
    }
    return secretText(value == null || value.isNull() ? byDefault(key, path) : value, path);
  }

  private String secretText(JsonNode given, String path) {
    List<String> names = ConfigSchema.SECRET_KEYS.stream().filter(given::has).toList();
    if (names.size() != 1 || given.size() != 1 || !given.get(names.get(0)).isValueNode()) {
      throw new ConfigException(
          path,
          names.isEmpty() ? "nothing" : String.join(" and ", names),
          "one of {value: …}, {fromEnv: …}, {fromFile: …}");
    }
    String source = given.get(names.get(0)).asString();
    return switch (names.get(0)) {
      case "fromEnv" -> fromEnvironment(path, source);
      case "fromFile" -> fromFile(path, source);
      default -> source;
    };
  }

  private String fromEnvironment(String path, String variable) {
    String value = environment.get(variable);
    if (value == null) {
      throw new ConfigException(path + ".fromEnv", variable, "an environment variable that is set");
    }
    return value;
  }

  private static String fromFile(String path, String file) {
    try {
      String text = Files.readString(Path.of(file));
      return text.endsWith("\n") ? text.stripTrailing() : text;
    } catch (IOException | RuntimeException e) {
      throw new ConfigException(path + ".fromFile", file, "a readable file");
    }
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "keys";
      default -> "a plain value";
    };
  }

  private static ConfigException explained(JacksonException e, KeyLines lines) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigException config) {
        return config;
      }
    }
    String path = KeyLines.path(e.getPath());
    String found =
        e instanceof InvalidFormatException format
            ? String.valueOf(format.getValue())
            : "a value of another kind";
    String expected =
        e instanceof InvalidFormatException format
            ? SettingTypes.expected(format.getTargetType())
            : "a plain value of the kind that the reference names";
    return new ConfigException(path + lines.suffix(path), found, expected);
  }
}
