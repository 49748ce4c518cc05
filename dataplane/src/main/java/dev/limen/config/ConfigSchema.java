package dev.limen.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which keys there are, read once from the records: their names, defaults and lines of reference.
 *
 * <p>Invariant: the records are the only source, so a key cannot exist without a record component,
 * a default or a line of reference. Immutable after construction.
 */
final class ConfigSchema {
  /** The keys that give a secret. */
  static final List<String> SECRET_KEYS = List.of("value", "fromEnv", "fromFile");

  /**
   * One key.
   *
   * @param name as in the file
   * @param setting its default and its line of reference
   * @param kind what stands under it
   * @param children the keys below it (of an element, where it is a list), or null
   * @param type of the record component, or of its elements where those have keys
   */
  record ConfigKey(
      String name,
      Setting setting,
      Kind kind,
      @Nullable Map<String, ConfigKey> children,
      Type type) {
    /** The name in an environment variable. */
    String variable() {
      return ConfigSchema.variable(name);
    }
  }

  /** What stands under a key. */
  enum Kind {
    /** One value, or a list of plain values. */
    VALUE,
    /** Further keys. */
    GROUP,
    /** A list whose elements have further keys. */
    GROUPS,
    /** One of {@link #SECRET_KEYS}. */
    SECRET
  }

  private ConfigSchema() {}

  /** {@code userIDClaim} is {@code USER_ID_CLAIM}, {@code redirectURLs} is REDIRECT_URLS. */
  static String variable(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .replaceAll("([A-Z])([A-Z][a-z]{2})", "$1_$2")
        .toUpperCase(Locale.ROOT);
  }

  /** The keys of a whole configuration. */
  static Map<String, ConfigKey> keys() {
    return keysOf(LimenConfig.class);
  }

  /** All keys as paths, {@code providers[].id} for a key of a list's elements. */
  static Map<String, ConfigKey> paths() {
    Map<String, ConfigKey> paths = new LinkedHashMap<>();
    addPaths("", keys(), paths);
    return paths;
  }

  private static void addPaths(
      String prefix, Map<String, ConfigKey> keys, Map<String, ConfigKey> paths) {
    for (ConfigKey key : keys.values()) {
      String path = prefix + (key.setting().inline() ? "fromFile" : key.name());
      switch (key.kind()) {
        case VALUE, SECRET -> paths.put(path, key);
        case GROUP -> addPaths(path + ".", children(key), paths);
        case GROUPS -> {
          paths.put(path, key);
          addPaths(path + "[].", children(key), paths);
        }
      }
    }
  }

  static Map<String, ConfigKey> children(ConfigKey key) {
    Map<String, ConfigKey> children = key.children();
    return children == null ? Map.of() : children;
  }

  private static Map<String, ConfigKey> keysOf(Class<?> type) {
    Map<String, ConfigKey> keys = new LinkedHashMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      Setting setting = component.getAnnotation(Setting.class);
      if (setting == null) {
        throw new IllegalStateException(type.getSimpleName() + "." + component.getName());
      }
      keys.put(nameOf(component), keyOf(component, setting));
    }
    return keys;
  }

  private static ConfigKey keyOf(RecordComponent component, Setting setting) {
    String name = nameOf(component);
    Class<?> type = component.getType();
    if (type == Secret.class) {
      return new ConfigKey(name, setting, Kind.SECRET, null, type);
    }
    if (isGroup(type)) {
      return new ConfigKey(name, setting, Kind.GROUP, keysOf(type), type);
    }
    if (component.getGenericType() instanceof ParameterizedType list
        && list.getActualTypeArguments()[0] instanceof Class<?> element
        && isGroup(element)) {
      return new ConfigKey(name, setting, Kind.GROUPS, keysOf(element), element);
    }
    return new ConfigKey(name, setting, Kind.VALUE, null, component.getGenericType());
  }

  /** The component's own name, but where that is a word of Java's. */
  private static String nameOf(RecordComponent component) {
    JsonProperty given = component.getAccessor().getAnnotation(JsonProperty.class);
    return given == null ? component.getName() : given.value();
  }

  private static boolean isGroup(Class<?> type) {
    return type.isRecord() && type != BindAddress.class;
  }

  /** The names that may stand in a group: an inline secret's own keys take its place. */
  static List<String> names(Map<String, ConfigKey> keys) {
    List<String> names = new ArrayList<>();
    for (ConfigKey key : keys.values()) {
      if (key.setting().inline()) {
        names.addAll(SECRET_KEYS);
      } else {
        names.add(key.name());
      }
    }
    return names;
  }
}
