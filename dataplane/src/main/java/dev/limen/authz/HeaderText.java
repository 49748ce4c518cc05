package dev.limen.authz;

import dev.limen.check.HeaderField;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * People's data as header values: what a provider says about a person becomes bytes on a wire.
 *
 * <p>Invariant: what is returned may stand in a header, as one ISO-8859-1 character for each byte
 * of UTF-8, and two different inputs never give the same output. Stateless.
 *
 * <p>A single value is passed as it is or not at all. A list is written with a separator between,
 * so in its elements these are percent-encoded (RFC 3986, section 2.1): what the separator is made
 * of, the percent sign, control bytes, and a blank at either end, which receivers trim. An upstream
 * that decodes after splitting sees exactly the provider's names; one that does not sees a name
 * nobody has.
 */
final class HeaderText {
  private static final String HEX = "0123456789ABCDEF";

  private HeaderText() {}

  /** {@code text} as a field value, or null if it cannot be one as it is, or is empty. */
  static @Nullable String single(String text) {
    boolean trimmed = text.isEmpty() || isBlank(text.charAt(0)) || isBlank(last(text));
    return trimmed || !HeaderField.isFieldValue(text) ? null : bytesAsCharacters(text);
  }

  /** A token as a field value, or null if it holds more than visible ASCII. */
  static @Nullable String token(String token) {
    boolean visible = token.chars().allMatch(c -> c > 0x20 && c < 0x7f);
    return visible && !token.isEmpty() ? token : null;
  }

  /**
   * The non-empty {@code names}, encoded, with {@code join} between; empty if there are none, null
   * if one of them is no text.
   */
  static @Nullable String list(List<String> names, String join) {
    return joined(names, join, name -> element(name, join));
  }

  /** The same with all but unreserved characters escaped (RFC 3986, section 2.3). */
  static @Nullable String percentList(List<String> names, String join) {
    return joined(names, join, HeaderText::percent);
  }

  /** {@code text} with all but unreserved characters escaped, or null if it is no text. */
  static @Nullable String percent(String text) {
    String characters = bytesAsCharacters(text);
    if (characters == null) {
      return null;
    }
    StringBuilder escaped = new StringBuilder(characters.length() + 16);
    for (int i = 0; i < characters.length(); i++) {
      char c = characters.charAt(i);
      if (isUnreserved(c)) {
        escaped.append(c);
      } else {
        escape(escaped, c);
      }
    }
    return escaped.toString();
  }

  private static @Nullable String joined(
      List<String> names, String join, Function<String, @Nullable String> encoding) {
    StringBuilder list = new StringBuilder();
    for (String name : names) {
      String encoded = encoding.apply(name);
      if (encoded == null) {
        return null;
      }
      list.append(list.isEmpty() || encoded.isEmpty() ? "" : join).append(encoded);
    }
    return list.toString();
  }

  private static @Nullable String element(String name, String join) {
    String characters = bytesAsCharacters(name);
    if (characters == null) {
      return null;
    }
    StringBuilder element = new StringBuilder(characters.length());
    for (int i = 0; i < characters.length(); i++) {
      char c = characters.charAt(i);
      boolean atEdge = i == 0 || i == characters.length() - 1;
      boolean separates = c == '%' || join.indexOf(c) >= 0 || (c == ' ' && atEdge);
      if (c < 0x20 || c == 0x7f || separates) {
        escape(element, c);
      } else {
        element.append(c);
      }
    }
    return element.toString();
  }

  private static void escape(StringBuilder out, char c) {
    out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xf));
  }

  private static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "-._~".indexOf(c) >= 0;
  }

  /** Null for half a surrogate pair, which would become the same as a question mark. */
  private static @Nullable String bytesAsCharacters(String text) {
    return !StandardCharsets.UTF_8.newEncoder().canEncode(text)
        ? null
        : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private static char last(String text) {
    return text.charAt(text.length() - 1);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }
}
