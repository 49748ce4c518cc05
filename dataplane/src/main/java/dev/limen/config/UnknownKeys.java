package dev.limen.config;

import dev.limen.config.ConfigSchema.ConfigKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses keys that nobody reads: a misspelt key must not silently mean its default.
 *
 * <p>Invariant: the message names, where one is near, the key that was probably meant.
 */
final class UnknownKeys {
  private final List<ConfigProblem> found = new ArrayList<>();

  private UnknownKeys() {}

  /** Takes every key out of {@code tree} that is not on the schema, and says so of each. */
  static List<ConfigProblem> takeOut(ObjectNode tree) {
    UnknownKeys unknown = new UnknownKeys();
    unknown.search(tree, ConfigSchema.keys(), "");
    return unknown.found;
  }

  private void search(ObjectNode node, Map<String, ConfigKey> keys, String prefix) {
    List<String> names = ConfigSchema.names(keys);
    for (String name : List.copyOf(node.propertyNames())) {
      String path = prefix + name;
      ConfigKey key = keys.get(name);
      if (!names.contains(name)) {
        String expected = suggestion(name, names);
        found.add(new ConfigProblem(path, new ConfigException(path, "an unknown key", expected)));
        node.remove(name);
      } else if (key != null) {
        descend(node.get(name), key, path);
      }
    }
  }

  private void descend(JsonNode value, ConfigKey key, String path) {
    if (value instanceof ObjectNode object && key.kind() == ConfigSchema.Kind.GROUP) {
      search(object, ConfigSchema.children(key), path + ".");
    }
    if (value instanceof ArrayNode list && key.kind() == ConfigSchema.Kind.GROUPS) {
      for (int i = 0; i < list.size(); i++) {
        if (list.get(i) instanceof ObjectNode element) {
          search(element, ConfigSchema.children(key), path + "[" + i + "].");
        }
      }
    }
  }

  /** The one of {@code names} that {@code name} was probably meant to be, or else all. */
  static String suggestion(String name, List<String> names) {
    String nearest = "";
    int least = Integer.MAX_VALUE;
    for (String each : names) {
      int distance =
          distance(
              name.toLowerCase(java.util.Locale.ROOT), each.toLowerCase(java.util.Locale.ROOT));
      if (distance < least) {
        least = distance;
        nearest = each;
      }
    }
    boolean near = least <= Math.max(2, name.length() / 3);
    return near ? nearest + "?" : "one of " + String.join(", ", names);
  }

  /** Levenshtein's distance, row by row. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
