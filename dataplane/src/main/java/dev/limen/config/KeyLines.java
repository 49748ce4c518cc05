package dev.limen.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.dataformat.yaml.YAMLFactory;

/**
 * On which line of the file each key stands.
 *
 * <p>Invariant: paths are written as in messages: {@code providers[0].oidcConfig.issuerURL}.
 */
final class KeyLines {
  private final Map<String, Integer> lines = new HashMap<>();

  private KeyLines() {}

  /** The lines of {@code yaml}, which is well-formed. */
  static KeyLines of(String yaml) {
    KeyLines found = new KeyLines();
    try (JsonParser parser = new YAMLFactory().createParser(ObjectReadContext.empty(), yaml)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME) {
          int line = parser.currentTokenLocation().getLineNr();
          found.lines.putIfAbsent(path(parser.streamReadContext()), line);
        }
      }
    }
    return found;
  }

  /** {@code " (line 12)"}, or nothing if the key does not stand in the file. */
  String suffix(String path) {
    Integer line = lines.get(path);
    return line == null ? "" : " (line " + line + ")";
  }

  /** A path as in messages. */
  static String path(List<JacksonException.Reference> references) {
    StringBuilder path = new StringBuilder();
    for (JacksonException.Reference reference : references) {
      String name = reference.getPropertyName();
      append(path, name, reference.getIndex());
    }
    return path.toString();
  }

  /** The path of what {@code context} has just read the name of. */
  static String path(TokenStreamContext context) {
    StringBuilder path = new StringBuilder();
    addParents(context, path);
    return path.toString();
  }

  private static void addParents(TokenStreamContext context, StringBuilder path) {
    TokenStreamContext parent = context.getParent();
    if (parent != null) {
      addParents(parent, path);
    }
    if (context.inObject()) {
      append(path, context.currentName(), 0);
    } else if (context.inArray()) {
      append(path, null, context.getCurrentIndex());
    }
  }

  private static void append(
      StringBuilder path, @org.jspecify.annotations.Nullable String name, int index) {
    if (name == null) {
      path.append('[').append(index).append(']');
    } else {
      path.append(path.isEmpty() ? "" : ".").append(name);
    }
  }
}
