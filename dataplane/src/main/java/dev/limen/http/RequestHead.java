package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The head of one request: its bytes, copied once from the network, and where in them everything
 * stands. What is made of it later, a check above all, is spans into the same array.
 *
 * <pre>
 *   method SP request-target SP HTTP-version CRLF     RFC 9112, section 3
 *   *( field-name ":" OWS field-value OWS CRLF )      section 5
 *   CRLF | room for a scheme
 * </pre>
 *
 * <p>Invariant: made only of what {@link HeadGuard} has read to its end, so nothing here can fail;
 * field names are in lower case, a value has no blank around it, each line stands for itself, in
 * order. Confined to one request.
 */
final class RequestHead {
  /** Behind the head, for the longest scheme that a check can have. */
  static final int SPARE_BYTES = "https".length();

  private static final int VERSION_BYTES = "HTTP/1.1".length();
  private static final int LINE_END_BYTES = "\r\n".length();

  private final byte[] bytes;
  private final long method;
  private final long target;
  private final boolean speaks10;
  private final long[] names;
  private final long[] values;

  private RequestHead(byte[] bytes, int fieldCount) {
    this.bytes = bytes;
    method = word(0);
    target = word(Span.end(method) + 1);
    int version = Span.end(target) + 1;
    speaks10 = bytes[version + VERSION_BYTES - 1] == '0';
    names = new long[fieldCount];
    values = new long[fieldCount];
    readFields(version + VERSION_BYTES + LINE_END_BYTES);
  }

  /** The head in the next {@code length} bytes of {@code in}, which moves no index. */
  static RequestHead of(ByteBuf in, int index, int length, int fieldCount) {
    byte[] bytes = new byte[length + SPARE_BYTES];
    in.getBytes(index, bytes, 0, length);
    return new RequestHead(bytes, fieldCount);
  }

  private long word(int start) {
    int end = start;
    while (bytes[end] != ' ') {
      end++;
    }
    return Span.of(start, end);
  }

  private void readFields(int from) {
    int line = from;
    for (int i = 0; i < names.length; i++) {
      int colon = line;
      while (bytes[colon] != ':') {
        bytes[colon] = AsciiWord.lowerCase(bytes[colon]);
        colon++;
      }
      names[i] = Span.of(line, colon);
      int end = colon + 1;
      while (bytes[end] != '\r') {
        end++;
      }
      values[i] = trimmed(colon + 1, end);
      line = end + LINE_END_BYTES;
    }
  }

  /** Without the blanks around it. */
  private long trimmed(int start, int end) {
    int first = start;
    while (first < end && isBlank(bytes[first])) {
      first++;
    }
    int last = end;
    while (last > first && isBlank(bytes[last - 1])) {
      last--;
    }
    return Span.of(first, last);
  }

  private static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }

  /** The array that all spans point into; its last {@link #SPARE_BYTES} are nobody's. */
  byte[] bytes() {
    return bytes;
  }

  /** As sent. */
  long method() {
    return method;
  }

  /** The request-target, as sent. */
  long target() {
    return target;
  }

  /** Whether the version is HTTP/1.0. */
  boolean speaks10() {
    return speaks10;
  }

  /** The spans of all field names; not to be written to. */
  long[] names() {
    return names;
  }

  /** The spans of all field values, in the same order. */
  long[] values() {
    return values;
  }

  /** Whether the method is {@code word}. */
  boolean isMethod(byte[] word) {
    return AsciiWord.equal(word, bytes, method);
  }

  /** The value of the one field of {@code name}; absent if none, ambiguous if there are more. */
  long only(byte[] name) {
    long found = Span.ABSENT;
    for (int i = 0; i < names.length; i++) {
      if (AsciiWord.equal(name, bytes, names[i])) {
        found = found == Span.ABSENT ? values[i] : Span.AMBIGUOUS;
      }
    }
    return found;
  }

  /** Whether the one field of {@code name} has this value, in any case. */
  boolean isOnly(byte[] name, byte[] word) {
    return AsciiWord.equalIgnoringCase(word, bytes, only(name));
  }

  /** Whether a list field of {@code name} holds {@code token} (RFC 9110, section 5.6.1). */
  boolean lists(byte[] name, byte[] token) {
    for (int i = 0; i < names.length; i++) {
      if (AsciiWord.equal(name, bytes, names[i]) && holds(values[i], token)) {
        return true;
      }
    }
    return false;
  }

  private boolean holds(long list, byte[] token) {
    int start = Span.start(list);
    for (int i = start; i <= Span.end(list); i++) {
      if (i == Span.end(list) || bytes[i] == ',') {
        if (AsciiWord.equalIgnoringCase(token, bytes, trimmed(start, i))) {
          return true;
        }
        start = i + 1;
      }
    }
    return false;
  }

  /** All values of {@code name} as text, one character a byte; for slow paths only. */
  List<String> all(byte[] name) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      if (AsciiWord.equal(name, bytes, names[i])) {
        found.add(text(values[i]));
      }
    }
    return found;
  }

  /** The bytes of {@code span} as text, one character a byte; for slow paths only. */
  String text(long span) {
    return new String(bytes, Span.start(span), Span.length(span), StandardCharsets.ISO_8859_1);
  }

  /** What no log may show stays out of it. */
  @Override
  public String toString() {
    return "RequestHead[" + names.length + " fields]";
  }
}
