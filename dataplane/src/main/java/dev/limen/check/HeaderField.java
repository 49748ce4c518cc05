package dev.limen.check;

/**
 * One header that Limen sends.
 *
 * <p>Invariant: the name is a lower-case token and the value a field value without control bytes
 * (RFC 9110, sections 5.1 and 5.5), since Envoy does not check what an authorizer sends. Each
 * character of the value is one byte on the wire.
 *
 * @param name lower-case
 * @param value visible ASCII, spaces, tabs and bytes from 0x80, one ISO-8859-1 character for each
 *     byte; never CR, LF, NUL or DEL
 */
public record HeaderField(String name, String value) {
  private static final int LAST_BYTE = 0xff;

  public HeaderField {
    if (!isToken(name)) {
      throw new IllegalArgumentException("header name must be a lower-case token: " + name);
    }
    if (!isFieldValue(value)) {
      throw new IllegalArgumentException("header value must hold no control byte: " + name);
    }
    if (value.chars().anyMatch(c -> c > LAST_BYTE)) {
      throw new IllegalArgumentException("header value must be bytes: " + name);
    }
  }

  /** Whether {@code value} may stand in a header: no control byte but the tab. */
  public static boolean isFieldValue(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < 0x20 && c != '\t') || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static boolean isToken(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!letterOrDigit && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  /** The name only: the value may be a token. */
  @Override
  public String toString() {
    return name;
  }
}
