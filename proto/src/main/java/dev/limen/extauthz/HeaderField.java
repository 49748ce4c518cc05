package dev.limen.extauthz;

import java.util.Set;

/**
 * One header that Limen sends: checked when it is made, since Envoy does not check it.
 *
 * <p>Invariant: a name is a lower-case token that Limen may send, a value holds no control
 * character. So no answer can split a response, name a pseudo-header, or speak about the connection
 * (seen on Envoy 1.40: CR and LF in a denied response reach HTTP/1.1 clients raw; {@code :path} and
 * {@code host} are applied; an empty name goes upstream).
 *
 * <p>Source: RFC 9110, sections 5.1, 5.5 and 7.6.1; Envoy's {@code decoder_header_mutation_rules},
 * which forbid {@code host} and {@code x-envoy-*}. A value is often a token, so it stands in no
 * message and not in {@link #toString}.
 *
 * @param name a lower-case token (RFC 9110, section 5.6.2)
 * @param value any text without control characters; sent as UTF-8
 */
public record HeaderField(String name, String value) {
  private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";
  private static final String ENVOY_PREFIX = "x-envoy-";

  /** Those that are Envoy's own business: framing, the connection, where the request goes. */
  private static final Set<String> NOT_OURS =
      Set.of(
          "connection",
          "content-length",
          "host",
          "http2-settings",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  /** Refuses what must not be sent, in words that hold the name and never the value. */
  public HeaderField {
    checkName(name);
    checkValue(name, value);
  }

  /** Throws unless {@code name} is the name of a header that Limen may set, add or remove. */
  static void checkName(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a header name must not be empty");
    }
    for (int i = 0; i < name.length(); i++) {
      if (!isLowerCaseTokenCharacter(name.charAt(i))) {
        throw new IllegalArgumentException(
            "a header name must be a lower-case token: name=" + printable(name));
      }
    }
    if (isEnvoysOwn(name)) {
      throw new IllegalArgumentException("a header that Limen must not touch: name=" + name);
    }
  }

  /**
   * Whether a header called {@code name}, in lower case, speaks of the connection, of a message's
   * length, of the host, or to Envoy itself: no answer of Limen's may touch it, whatever the wire.
   */
  public static boolean isEnvoysOwn(String name) {
    return NOT_OURS.contains(name) || name.startsWith(ENVOY_PREFIX);
  }

  private static void checkValue(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char character = value.charAt(i);
      if (character < ' ' || character == 0x7f) {
        throw new IllegalArgumentException(
            "a header value must not hold a control character: name=" + name + " index=" + i);
      }
      if (Character.isSurrogate(character)) {
        i = afterSurrogate(name, value, i);
      }
    }
  }

  /** The index of the second half of a pair; half a character has no UTF-8. */
  private static int afterSurrogate(String name, String value, int index) {
    int second = index + 1;
    if (second == value.length()
        || !Character.isSurrogatePair(value.charAt(index), value.charAt(second))) {
      throw new IllegalArgumentException(
          "a header value must not hold half a character: name=" + name + " index=" + index);
    }
    return second;
  }

  private static boolean isLowerCaseTokenCharacter(char character) {
    return ('a' <= character && character <= 'z')
        || ('0' <= character && character <= '9')
        || TOKEN_PUNCTUATION.indexOf(character) >= 0;
  }

  private static String printable(String name) {
    StringBuilder text = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char character = name.charAt(i);
      text.append(' ' < character && character < 0x7f ? character : '?');
    }
    return text.toString();
  }

  /** The name alone. */
  @Override
  public String toString() {
    return "HeaderField[name=" + name + "]";
  }
}
