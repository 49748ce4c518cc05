package dev.limen.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * What holds of a value's form in the file before it is read.
 *
 * <p>Invariant: text is taken as it stands in the file, or not at all. YAML reads {@code 1.10} as a
 * number and {@code 1e5} as another (YAML 1.2, section 10.3.2), and what was written cannot be told
 * from it any more.
 */
final class WrittenForm {
  static final String QUOTED = "text; put it in quotes, since it looks like something else";

  private WrittenForm() {}

  /** Refuses {@code value} where {@code type} is a list and it is none, or text and it is none. */
  static void require(JsonNode value, Type type, String path) {
    if (type instanceof ParameterizedType list) {
      Type element = list.getActualTypeArguments()[0];
      if (!(value instanceof ArrayNode elements)) {
        throw new ConfigException(path, shown(value, element), "a list, such as [a, b]");
      }
      for (int i = 0; i < elements.size(); i++) {
        requireText(elements.get(i), element, path + "[" + i + "]");
      }
    } else {
      requireText(value, type, path);
    }
  }

  private static void requireText(JsonNode value, Type type, String path) {
    if (String.class.equals(type) && isOther(value)) {
      throw new ConfigException(path, value.asString(), QUOTED);
    }
  }

  /** Whether YAML took a plain word for a number, or for true or false. */
  static boolean isOther(JsonNode value) {
    return value.isNumber() || value.isBoolean();
  }

  private static String shown(JsonNode value, Type type) {
    if (!value.isValueNode()) {
      return "keys";
    }
    return URI.class.equals(type) ? Shown.url(value.asString()) : value.asString();
  }
}
