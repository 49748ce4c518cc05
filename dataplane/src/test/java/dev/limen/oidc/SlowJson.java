package dev.limen.oidc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * JSON read as RFC 8259 writes its grammar, one small method per rule; the oracle of {@link
 * TokenFuzz}.
 *
 * <p>Invariant: shares no code with {@link JsonObject}, nor with the library that it asks.
 */
@NullMarked
final class SlowJson {
  private static final int MAX_DEPTH = 32;
  private static final Pattern BLANKS = Pattern.compile("[ \\t\\n\\r]*");
  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?");
  private static final Pattern CHARACTER =
      Pattern.compile("[^\"\\\\\\x00-\\x1f]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9A-Fa-f]{4}");

  private static final class NotJson extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private final String text;
  private int at;

  private SlowJson(String text) {
    this.text = text;
  }

  /** The members of the object that these bytes are, or null if they are none. */
  static @Nullable Map<String, @Nullable Object> object(byte[] utf8) {
    String text = new String(utf8, StandardCharsets.UTF_8);
    if (!Arrays.equals(utf8, text.getBytes(StandardCharsets.UTF_8))) {
      return null;
    }
    SlowJson json = new SlowJson(text);
    try {
      json.skip(BLANKS);
      Map<String, @Nullable Object> members = json.members(1);
      json.skip(BLANKS);
      return json.at == text.length() ? members : null;
    } catch (NotJson _) {
      return null;
    }
  }

  private Map<String, @Nullable Object> members(int depth) throws NotJson {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    enter('{', depth);
    while (!isNext('}')) {
      separate(names.isEmpty());
      names.add(string());
      skip(BLANKS);
      expect(':');
      members.put(names.getLast(), value(depth));
    }
    // Of two members with one name the object itself has none, and those further in have the last.
    if (depth == 1 && members.size() < names.size()) {
      throw new NotJson();
    }
    return members;
  }

  private List<@Nullable Object> elements(int depth) throws NotJson {
    List<@Nullable Object> elements = new ArrayList<>();
    enter('[', depth);
    while (!isNext(']')) {
      separate(elements.isEmpty());
      elements.add(value(depth));
    }
    return elements;
  }

  private void enter(char bracket, int depth) throws NotJson {
    expect(bracket);
    if (depth > MAX_DEPTH) {
      throw new NotJson();
    }
  }

  private void separate(boolean first) throws NotJson {
    if (!first) {
      expect(',');
      skip(BLANKS);
    }
  }

  private @Nullable Object value(int depth) throws NotJson {
    skip(BLANKS);
    return switch (at < text.length() ? text.charAt(at) : ' ') {
      case '{' -> members(depth + 1);
      case '[' -> elements(depth + 1);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  /** One that is too large for a double is refused, as RFC 8259, section 6, allows. */
  private Double number() throws NotJson {
    Double number = Double.valueOf(some(NUMBER));
    if (number.isInfinite()) {
      throw new NotJson();
    }
    return number;
  }

  private @Nullable Object word(String word, @Nullable Object meaning) throws NotJson {
    some(Pattern.compile(word));
    return meaning;
  }

  private String string() throws NotJson {
    StringBuilder string = new StringBuilder();
    expect('"');
    while (at < text.length() && text.charAt(at) != '"') {
      string.append(meant(some(CHARACTER)));
    }
    expect('"');
    return string.toString();
  }

  private static String meant(String written) {
    if (!written.startsWith("\\")) {
      return written;
    }
    return switch (written.charAt(1)) {
      case 'b' -> "\b";
      case 'f' -> "\f";
      case 'n' -> "\n";
      case 'r' -> "\r";
      case 't' -> "\t";
      case 'u' -> String.valueOf((char) Integer.parseInt(written.substring(2), 16));
      default -> written.substring(1);
    };
  }

  /** Whether this bracket comes next, and if so, past it. */
  private boolean isNext(char bracket) throws NotJson {
    skip(BLANKS);
    boolean isNext = at < text.length() && text.charAt(at) == bracket;
    at += isNext ? 1 : 0;
    return isNext;
  }

  private void expect(char c) throws NotJson {
    if (at >= text.length() || text.charAt(at) != c) {
      throw new NotJson();
    }
    at++;
  }

  private void skip(Pattern pattern) throws NotJson {
    some(pattern);
  }

  private String some(Pattern pattern) throws NotJson {
    Matcher matcher = pattern.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      throw new NotJson();
    }
    at = matcher.end();
    return matcher.group();
  }
}
