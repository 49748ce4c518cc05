package dev.limen.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.dataformat.yaml.YAMLFactory;

/**
 * On which line of the file, and in which column, each key and each element of a list stands.
 *
 * <p>Invariant: paths are written as in messages: {@code providers[0].oidcConfig.issuerURL}.
 */
final class KeyLines {
  private final Map<String, Place> places = new HashMap<>();

  /** Both count from 1. */
  private record Place(int line, int column) {
    static Place of(TokenStreamLocation location) {
      return new Place(location.getLineNr(), location.getColumnNr());
    }
  }

  private KeyLines() {}

  /** Of a text that is no YAML. */
  static KeyLines none() {
    return new KeyLines();
  }

  /** The lines of {@code yaml}, which is well-formed. */
  static KeyLines of(String yaml) {
    KeyLines found = new KeyLines();
    try (JsonParser parser = new YAMLFactory().createParser(ObjectReadContext.empty(), yaml)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        TokenStreamContext context = parser.streamReadContext();
        TokenStreamContext parent = context.getParent();
        if (token == JsonToken.PROPERTY_NAME) {
          found.add(context, parser.currentTokenLocation());
        } else if (token == JsonToken.START_OBJECT && parent != null && parent.inArray()) {
          found.add(parent, parser.currentTokenLocation());
        }
      }
    }
    return found;
  }

  /** Of a text that is no YAML: where that was seen. */
  static KeyLines one(String path, @Nullable TokenStreamLocation location) {
    KeyLines found = new KeyLines();
    if (location != null) {
      found.places.put(path, Place.of(location));
    }
    return found;
  }

  private void add(TokenStreamContext context, TokenStreamLocation location) {
    places.putIfAbsent(path(context), Place.of(location));
  }

  /** {@code " (line 12)"}, or nothing if the key does not stand in the file. */
  String suffix(String path) {
    Place place = places.get(path);
    return place == null ? "" : " (line " + place.line + ")";
  }

  /** {@code ":12:5"}, or nothing if the key does not stand in the file. */
  String place(String path) {
    Place place = places.get(path);
    return place == null ? "" : ":" + place.line + ":" + place.column;
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

  private static void append(StringBuilder path, @Nullable String name, int index) {
    if (name == null) {
      path.append('[').append(index).append(']');
    } else {
      path.append(path.isEmpty() ? "" : ".").append(name);
    }
  }
}
