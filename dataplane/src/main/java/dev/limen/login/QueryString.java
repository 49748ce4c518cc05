package dev.limen.login;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters in a query, strictly.
 *
 * <p>Invariant: every name and value was well-formed: each escape is one, and the bytes are UTF-8.
 * Source: {@code application/x-www-form-urlencoded} (WHATWG URL, section 5.1), narrowed. Immutable.
 */
final class QueryString {
  /** Bytes in a query; the longest code in the field is below 3 KiB. */
  static final int MAX_LENGTH = 8_192;

  /** Parameters in a query. */
  static final int MAX_PARAMETERS = 64;

  private final Map<String, List<String>> parameters;

  private QueryString(Map<String, List<String>> parameters) {
    this.parameters = parameters;
  }

  /** The parameters in {@code raw}; null if it is malformed, or beyond a limit. */
  static @Nullable QueryString parse(@Nullable String raw) {
    Map<String, List<String>> parameters = new HashMap<>();
    if (raw == null || raw.isEmpty()) {
      return new QueryString(parameters);
    }
    if (raw.length() > MAX_LENGTH) {
      return null;
    }
    String[] pairs = raw.split("&", -1);
    if (pairs.length > MAX_PARAMETERS) {
      return null;
    }
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = decode(equals < 0 ? "" : pair.substring(equals + 1));
      if (name == null || value == null) {
        return null;
      }
      parameters.computeIfAbsent(name, _ -> new ArrayList<>(1)).add(value);
    }
    return new QueryString(parameters);
  }

  /** Every value of {@code name}, in order. */
  List<String> all(String name) {
    return parameters.getOrDefault(name, List.of());
  }

  /** The value of {@code name} if it stands there exactly once, else null. */
  @Nullable String single(String name) {
    List<String> values = all(name);
    return values.size() == 1 ? values.getFirst() : null;
  }

  private static @Nullable String decode(String encoded) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        int escaped = escapedAt(encoded, i);
        if (escaped < 0) {
          return null;
        }
        bytes.write(escaped);
        i += 2;
      } else if (c <= 0xff) {
        bytes.write(c == '+' ? ' ' : c);
      } else {
        return null;
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException _) {
      return null;
    }
  }

  /** The byte that the escape at {@code at} stands for, or -1 if it is none. */
  private static int escapedAt(String encoded, int at) {
    if (at + 3 > encoded.length()) {
      return -1;
    }
    int high = Character.digit(encoded.charAt(at + 1), 16);
    int low = Character.digit(encoded.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
