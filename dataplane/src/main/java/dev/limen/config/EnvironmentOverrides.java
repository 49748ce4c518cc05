package dev.limen.config;

import dev.limen.config.ConfigSchema.ConfigKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Lays the environment over the file: {@code LIMEN_} and the key's path in upper case, an index for
 * an element of a list: {@code LIMEN_PROVIDERS_0_CLIENT_ID}.
 *
 * <p>Invariant: a variable that names no key changes nothing and is a warning, not an error, since
 * Kubernetes puts {@code LIMEN_SERVICE_HOST} and the like there for a service named limen.
 */
final class EnvironmentOverrides {
  private static final String PREFIX = "LIMEN_";
  private static final Pattern NOT_OURS =
      Pattern.compile("LIMEN_(.*_)?(SERVICE_(HOST|PORT.*)|PORT|PORT_\\d+_.*)");
  private static final List<String> LAUNCHERS =
      List.of("LIMEN_JAVA_HOME", "LIMEN_CACHE", "LIMEN_JAVA_OPTS");

  private final Map<String, String> environment;
  private final YAMLMapper yaml;
  private final Map<String, String> variables = new TreeMap<>();

  EnvironmentOverrides(Map<String, String> environment, YAMLMapper yaml) {
    this.environment = new TreeMap<>(environment);
    this.yaml = yaml;
  }

  /** Applies every variable that names a key; returns the warnings. */
  List<String> apply(ObjectNode tree) {
    List<String> warnings = new ArrayList<>();
    environment.forEach((name, value) -> {
      boolean candidate = name.startsWith(PREFIX) && !LAUNCHERS.contains(name);
      if (candidate && !isSet(tree, name, value) && !NOT_OURS.matcher(name).matches()) {
        warnings.add("environment variable " + name + " names no configuration key");
      }
    });
    return warnings;
  }

  /** The variables that were applied, by the path of the key that each set. */
  Map<String, String> variables() {
    return variables;
  }

  private boolean isSet(ObjectNode tree, String name, String value) {
    Target root = new Target(tree, ConfigSchema.keys(), "");
    String path = set(root, name.substring(PREFIX.length()), value);
    if (path != null) {
      variables.put(path, name);
    }
    return path != null;
  }

  /** Keys that may be set: where they stand, which they are, and their path so far. */
  private record Target(ObjectNode node, Map<String, ConfigKey> keys, String prefix) {
    String path(ConfigKey key) {
      return prefix + key.name();
    }
  }

  /** The path of the key that was set, or null. */
  private @Nullable String set(Target target, String rest, String value) {
    for (ConfigKey key : target.keys.values()) {
      String variable = key.variable();
      boolean whole = rest.equals(variable);
      if (whole || rest.startsWith(variable + "_")) {
        String path =
            setBelow(target, key, whole ? "" : rest.substring(variable.length() + 1), value);
        if (path != null) {
          return path;
        }
      }
    }
    return null;
  }

  private @Nullable String setBelow(Target target, ConfigKey key, String rest, String value) {
    return switch (key.kind()) {
      case VALUE -> rest.isEmpty() ? put(target, key, valueOf(key, value)) : null;
      case SECRET -> setSecret(target, key, rest, value);
      case GROUP -> rest.isEmpty() ? null : set(group(target, key), rest, value);
      case GROUPS -> setElement(target, key, rest, value);
    };
  }

  private @Nullable String setSecret(Target target, ConfigKey key, String rest, String value) {
    String source =
        switch (rest) {
          case "", "VALUE" -> "value";
          case "FROM_ENV" -> "fromEnv";
          case "FROM_FILE" -> "fromFile";
          default -> "";
        };
    if (source.isEmpty()) {
      return null;
    }
    if (key.setting().inline()) {
      target.node.remove(ConfigSchema.SECRET_KEYS);
      target.node.put(source, value);
      return target.path(key);
    }
    return put(target, key, yaml.createObjectNode().put(source, value));
  }

  private @Nullable String setElement(Target target, ConfigKey key, String rest, String value) {
    int end = rest.indexOf('_');
    String index = end < 0 ? rest : rest.substring(0, end);
    if (end < 0 || !index.matches("[0-9]{1,3}")) {
      return rest.isEmpty() ? put(target, key, parsed(value)) : null;
    }
    ArrayNode list =
        target.node.get(key.name()) instanceof ArrayNode present
            ? present
            : target.node.putArray(key.name());
    int i = Integer.parseInt(index);
    if (i == list.size()) {
      list.addObject();
    }
    if (i >= list.size() || !(list.get(i) instanceof ObjectNode element)) {
      return null;
    }
    String prefix = target.path(key) + "[" + i + "].";
    Target inside = new Target(element, ConfigSchema.children(key), prefix);
    return setInElement(inside, rest.substring(end + 1), value);
  }

  private @Nullable String setInElement(Target element, String rest, String value) {
    for (ConfigKey key : element.keys.values()) {
      String path = key.setting().inline() ? setSecret(element, key, rest, value) : null;
      if (path != null) {
        return path;
      }
    }
    return set(element, rest, value);
  }

  private static String put(Target target, ConfigKey key, JsonNode value) {
    target.node.set(key.name(), value);
    return target.path(key);
  }

  private static Target group(Target target, ConfigKey key) {
    ObjectNode node =
        target.node.get(key.name()) instanceof ObjectNode present
            ? present
            : target.node.putObject(key.name());
    return new Target(node, ConfigSchema.children(key), target.path(key) + ".");
  }

  /** Text is the variable's own, whatever YAML would make of it; but null where none is allowed. */
  private JsonNode valueOf(ConfigKey key, String value) {
    boolean isNull = key.setting().value().equals("null") && value.equals("null");
    return String.class.equals(key.type()) && !isNull
        ? yaml.getNodeFactory().stringNode(value)
        : parsed(value);
  }

  /** Lists and the like are written in YAML's flow style; anything else is the text itself. */
  private JsonNode parsed(String value) {
    try {
      JsonNode tree = yaml.readTree(value);
      return tree.isContainer() || tree.isBoolean() || tree.isNumber() || tree.isNull()
          ? tree
          : yaml.getNodeFactory().stringNode(value);
    } catch (JacksonException e) {
      return yaml.getNodeFactory().stringNode(value);
    }
  }
}
