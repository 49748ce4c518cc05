package dev.limen.oidc;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object from outside, read strictly and asked by type.
 *
 * <p>Invariant: a member of another type than asked for is as good as absent, never an exception.
 * JSON's {@code null} is absent too. Immutable.
 *
 * <p>Source: RFC 8259. Refused are: other encodings than UTF-8, anything before or after the
 * object, a member named twice (of the object itself: nimbus' reader takes the last one further
 * in), and more than {@link #MAX_DEPTH} levels, which are counted before anything recursive sees
 * the text.
 */
final class JsonObject {
  /** Levels of objects and arrays, the outermost included. */
  static final int MAX_DEPTH = 32;

  /** No date of a token is further away: about the year 33658. */
  private static final double MAX_SECONDS = 1e12;

  private final Map<String, Object> members;

  private JsonObject(Map<String, Object> members) {
    this.members = members;
  }

  /** The object that these bytes are, or null if they are none. */
  static @Nullable JsonObject parse(byte[] utf8) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException _) {
      return null;
    }
    if (!text.stripLeading().startsWith("{") || depth(text) > MAX_DEPTH) {
      return null;
    }
    try {
      return new JsonObject(JSONObjectUtils.parse(text));
    } catch (ParseException _) {
      return null;
    }
  }

  /** Brackets open at once, those in strings not counted; right for whatever is JSON. */
  private static int depth(String text) {
    int depth = 0;
    int deepest = 0;
    boolean inString = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (inString) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          inString = false;
        }
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        deepest = Math.max(deepest, ++depth);
      } else if (c == '}' || c == ']') {
        depth--;
      }
    }
    return deepest;
  }

  /** Whether there is such a member, of any type but null. */
  boolean has(String name) {
    return members.get(name) != null;
  }

  /** The names of all members, those with null too. */
  Set<String> names() {
    return members.keySet();
  }

  /** The member if it is a string, else null. */
  @Nullable String text(String name) {
    return members.get(name) instanceof String text ? text : null;
  }

  /** Whether the member is {@code true}. */
  boolean isTrue(String name) {
    return Boolean.TRUE.equals(members.get(name));
  }

  /** The member if it is a number that can be a date or a duration, in whole seconds; else null. */
  @Nullable Long seconds(String name) {
    if (!(members.get(name) instanceof Number number)) {
      return null;
    }
    double value = number.doubleValue();
    return Math.abs(value) <= MAX_SECONDS ? Long.valueOf((long) Math.floor(value)) : null;
  }

  /** The member if it is a string or an array of nothing but strings, as a list; else null. */
  @Nullable List<String> texts(String name) {
    List<String> all = textsAmong(name);
    boolean isPure =
        members.get(name) instanceof String
            || (members.get(name) instanceof List<?> list && list.size() == all.size());
    return isPure ? all : null;
  }

  /** The strings of the member, whether it is one or an array with some; what else is left out. */
  List<String> textsAmong(String name) {
    List<String> texts = new ArrayList<>();
    if (members.get(name) instanceof String text) {
      texts.add(text);
    } else if (members.get(name) instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof String text) {
          texts.add(text);
        }
      }
    }
    return texts;
  }

  /**
   * The plain values of the member as text, whether it is one or an array with some: strings,
   * numbers and booleans; what else is left out.
   */
  List<String> plainTexts(String name) {
    Object member = members.get(name);
    List<String> texts = new ArrayList<>();
    for (Object value : member instanceof List<?> list ? list : Collections.singletonList(member)) {
      if (value instanceof String || value instanceof Number || value instanceof Boolean) {
        texts.add(value.toString());
      }
    }
    return texts;
  }

  /** The member if it is an object, else null. */
  @Nullable JsonObject object(String name) {
    return asObject(members.get(name));
  }

  /** The objects of the member if it is an array; what else is in it is left out. */
  List<JsonObject> objectsAmong(String name) {
    List<JsonObject> objects = new ArrayList<>();
    if (members.get(name) instanceof List<?> list) {
      for (Object element : list) {
        JsonObject object = asObject(element);
        if (object != null) {
          objects.add(object);
        }
      }
    }
    return objects;
  }

  /** For nimbus' own readers. */
  Map<String, Object> asMap() {
    return members;
  }

  private static @Nullable JsonObject asObject(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      return null;
    }
    Map<String, Object> members = new LinkedHashMap<>();
    map.forEach((name, member) -> members.put(String.valueOf(name), member));
    return new JsonObject(members);
  }

  /** Claims stay out of logs. */
  @Override
  public String toString() {
    return "JsonObject[members=" + members.size() + "]";
  }
}
