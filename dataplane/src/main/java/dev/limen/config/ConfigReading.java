package dev.limen.config;

import dev.limen.config.ConfigSchema.ConfigKey;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * One reading of a tree of keys: puts the defaults in, and holds every value to its type and
 * bounds, and every record to what it requires.
 *
 * <p>Invariant: goes on after a problem as far as what follows does not depend on it. A value that
 * cannot be used is replaced by its default, so that records above can still be asked; the record
 * that it stands in is not asked, since what it would say might be about the default.
 */
final class ConfigReading {
  private final YAMLMapper yaml;
  private final SecretSources secrets;
  private final KeyLines lines;
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final Set<Path> files = new LinkedHashSet<>();

  ConfigReading(YAMLMapper yaml, SecretSources secrets, KeyLines lines) {
    this.yaml = yaml;
    this.secrets = secrets;
    this.lines = lines;
  }

  /** Of a record and all that stands in it. */
  private enum State {
    GOOD,
    /** Problems were said; defaults stand in for what was wrong. */
    REPAIRED,
    /** It cannot be made at all. */
    BROKEN;

    State and(State other) {
      return compareTo(other) >= 0 ? this : other;
    }
  }

  /** What is wrong, in the order of the records. */
  List<ConfigProblem> problems() {
    return problems;
  }

  /** The files that values name. */
  Set<Path> files() {
    return files;
  }

  /** The configuration that {@code tree} says, or null after a problem. */
  @Nullable LimenConfig read(ObjectNode tree) {
    State state = record(tree, LimenConfig.class, ConfigSchema.keys(), "");
    return state == State.GOOD ? (LimenConfig) read(tree, LimenConfig.class, null) : null;
  }

  private State record(ObjectNode node, Type type, Map<String, ConfigKey> keys, String prefix) {
    State values = State.GOOD;
    State below = State.GOOD;
    for (ConfigKey key : keys.values()) {
      String path = prefix + key.name();
      try {
        switch (key.kind()) {
          case GROUP -> below = below.and(group(node, key, path));
          case GROUPS -> below = below.and(groups(node, key, path));
          case SECRET -> node.put(key.name(), secrets.read(node, key, path));
          case VALUE -> values = values.and(value(node, key, path));
        }
      } catch (ConfigException wrong) {
        add(wrong, path);
        below = State.BROKEN;
      }
    }
    State parts = values.and(below);
    return parts == State.BROKEN
        ? parts
        : parts.and(asked(node, type, prefix, values == State.GOOD));
  }

  /** What the record itself says about its values; nobody hears it after one was replaced. */
  private State asked(ObjectNode node, Type type, String prefix, boolean aloud) {
    try {
      var _ = read(node, type, null);
      return State.GOOD;
    } catch (JacksonException e) {
      if (aloud) {
        add(explained(e, prefix), prefix);
      }
      return State.BROKEN;
    }
  }

  /** The problem's own path may lead further down than {@code path}. */
  private void add(ConfigException wrong, String path) {
    problems.add(new ConfigProblem(indexed(wrong.key(), path), wrong));
  }

  private State group(ObjectNode node, ConfigKey key, String path) {
    JsonNode value = node.get(key.name());
    ObjectNode group =
        value == null || value.isNull() ? node.putObject(key.name()) : object(value, path);
    return record(group, key.type(), ConfigSchema.children(key), path + ".");
  }

  private State groups(ObjectNode node, ConfigKey key, String path) {
    JsonNode value = node.get(key.name());
    JsonNode list = value == null || value.isNull() ? byDefault(key, path) : value;
    if (!(list instanceof ArrayNode elements)) {
      throw new ConfigException(path, kind(list), "a list");
    }
    State state = State.GOOD;
    for (int i = 0; i < elements.size(); i++) {
      String element = path + "[" + i + "]";
      ObjectNode keys = object(elements.get(i), element);
      state = state.and(record(keys, key.type(), ConfigSchema.children(key), element + "."));
    }
    node.set(key.name(), elements);
    return state;
  }

  /**
   * Reads one tree.
   *
   * @param path of a value that is read alone; null for a record, whose keys are in the tree
   */
  private Object read(JsonNode tree, Type type, @Nullable String path) {
    ObjectReader reader =
        yaml.readerFor(yaml.constructType(type)).withAttribute(KeyLines.class, lines);
    return (path == null ? reader : reader.withAttribute(SettingTypes.VALUE_PATH, path))
        .readValue(tree);
  }

  private State value(ObjectNode node, ConfigKey key, String path) {
    JsonNode value = node.get(key.name());
    if (value != null && value.isNull() && key.setting().neverEmpty()) {
      throw new ConfigException(path, "nothing", key.setting().doc());
    }
    if (value == null || value.isNull()) {
      node.set(key.name(), byDefault(key, path));
      return State.GOOD;
    }
    try {
      check(value, key, path);
      return State.GOOD;
    } catch (ConfigException wrong) {
      add(wrong, path);
    }
    if (key.setting().value().equals(Setting.REQUIRED)) {
      return State.BROKEN;
    }
    node.set(key.name(), byDefault(key, path));
    return State.REPAIRED;
  }

  private void check(JsonNode value, ConfigKey key, String path) {
    WrittenForm.require(value, key.type(), path);
    Object read;
    try {
      read = read(value, key.type(), path);
    } catch (JacksonException e) {
      throw explained(e, path);
    }
    Bounds bounds = Bounds.of(key.setting());
    if (bounds != null && !bounds.admit(read)) {
      throw new ConfigException(path, value.asString(), bounds.toString());
    }
    addFiles(read, key.type());
  }

  private void addFiles(Object read, Type type) {
    if (read instanceof Path file) {
      files.add(file);
    } else if (type instanceof ParameterizedType && read instanceof List<?> list) {
      list.forEach(each -> addFiles(each, Object.class));
    }
  }

  private JsonNode byDefault(ConfigKey key, String path) {
    String text = key.setting().value();
    if (text.equals(Setting.REQUIRED)) {
      throw new ConfigException(path, "nothing", key.setting().doc());
    }
    return yaml.readTree(text);
  }

  private static ObjectNode object(JsonNode value, String path) {
    if (value instanceof ObjectNode object) {
      return object;
    }
    throw new ConfigException(path, kind(value), "keys below it");
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "keys";
      default -> "a plain value";
    };
  }

  private ConfigException explained(JacksonException e, String prefix) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConfigException config) {
        return named(config, prefix);
      }
    }
    String path = prefix + KeyLines.path(e.getPath());
    String found =
        e instanceof InvalidFormatException format ? shown(format) : "a value of another kind";
    String expected =
        e instanceof InvalidFormatException format
            ? SettingTypes.expected(format.getTargetType())
            : "a plain value of the kind that the reference names";
    return new ConfigException(path + lines.suffix(path), found, expected);
  }

  private static String shown(InvalidFormatException format) {
    String text = String.valueOf(format.getValue());
    return URI.class.equals(format.getTargetType()) ? Shown.url(text) : text;
  }

  /** A value's reader does not know which key it reads. */
  private static ConfigException named(ConfigException said, String prefix) {
    return prefix.isEmpty() || prefix.endsWith(".") || said.key().contains(".")
        ? said
        : new ConfigException(prefix, said.found(), said.expected());
  }

  /** {@code providers[].id} of a record under {@code providers[1].} is {@code providers[1].id}. */
  private static String indexed(String key, String prefix) {
    String path = key.replaceFirst(" \\(line [0-9]+\\)$", "");
    Matcher indexes = java.util.regex.Pattern.compile("\\[[0-9]+]").matcher(prefix);
    while (path.contains("[]") && indexes.find()) {
      path = path.replaceFirst("\\[]", indexes.group());
    }
    return path;
  }
}
