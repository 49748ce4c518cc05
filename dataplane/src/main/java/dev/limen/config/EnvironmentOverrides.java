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

  EnvironmentOverrides(Map<String, String> environment, YAMLMapper yaml) {
    this.environment = new TreeMap<>(environment);
    this.yaml = yaml;
  }

  /** Applies every variable that names a key; returns the warnings. */
  List<String> apply(ObjectNode tree) {
    List<String> warnings = new ArrayList<>();
    environment.forEach((name, value) -> {
      boolean candidate = name.startsWith(PREFIX) && !LAUNCHERS.contains(name);
      if (candidate
          && !set(tree, ConfigSchema.keys(), name.substring(PREFIX.length()), value)
          && !NOT_OURS.matcher(name).matches()) {
        warnings.add("environment variable " + name + " names no configuration key");
      }
    });
    return warnings;
  }

  private boolean set(ObjectNode node, Map<String, ConfigKey> keys, String rest, String value) {
    for (ConfigKey key : keys.values()) {
      String variable = key.variable();
      boolean whole = rest.equals(variable);
      if ((whole || rest.startsWith(variable + "_"))
          && setBelow(node, key, whole ? "" : rest.substring(variable.length() + 1), value)) {
        return true;
      }
    }
    return false;
  }

  private boolean setBelow(ObjectNode node, ConfigKey key, String rest, String value) {
    return switch (key.kind()) {
      case VALUE -> rest.isEmpty() && put(node, key, parsed(value));
      case SECRET -> setSecret(node, key, rest, value);
      case GROUP ->
          !rest.isEmpty() && set(group(node, key), ConfigSchema.children(key), rest, value);
      case GROUPS -> setElement(node, key, rest, value);
    };
  }

  private boolean setSecret(ObjectNode node, ConfigKey key, String rest, String value) {
    String source =
        switch (rest) {
          case "", "VALUE" -> "value";
          case "FROM_ENV" -> "fromEnv";
          case "FROM_FILE" -> "fromFile";
          default -> "";
        };
    if (source.isEmpty()) {
      return false;
    }
    if (key.setting().inline()) {
      node.remove(ConfigSchema.SECRET_KEYS);
      node.put(source, value);
      return true;
    }
    return put(node, key, yaml.createObjectNode().put(source, value));
  }

  private boolean setElement(ObjectNode node, ConfigKey key, String rest, String value) {
    int end = rest.indexOf('_');
    String index = end < 0 ? rest : rest.substring(0, end);
    if (end < 0 || !index.matches("[0-9]{1,3}")) {
      return rest.isEmpty() && put(node, key, parsed(value));
    }
    ArrayNode list =
        node.get(key.name()) instanceof ArrayNode present ? present : node.putArray(key.name());
    int i = Integer.parseInt(index);
    if (i == list.size()) {
      list.addObject();
    }
    return i < list.size()
        && list.get(i) instanceof ObjectNode element
        && setInElement(element, key, rest.substring(end + 1), value);
  }

  private boolean setInElement(ObjectNode element, ConfigKey list, String rest, String value) {
    Map<String, ConfigKey> keys = ConfigSchema.children(list);
    for (ConfigKey key : keys.values()) {
      if (key.setting().inline() && setSecret(element, key, rest, value)) {
        return true;
      }
    }
    return set(element, keys, rest, value);
  }

  private static boolean put(ObjectNode node, ConfigKey key, @Nullable JsonNode value) {
    node.set(key.name(), value);
    return true;
  }

  private static ObjectNode group(ObjectNode node, ConfigKey key) {
    return node.get(key.name()) instanceof ObjectNode present
        ? present
        : node.putObject(key.name());
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
