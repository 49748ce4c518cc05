package dev.limen.demo.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer as it was on the wire: every header line, in order, repeated ones too.
 *
 * @param headers names in lower case
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and the bytes are the point
public record Reply(int status, List<Header> headers, byte[] body) {
  /** One header line. */
  public record Header(String name, String value) {}

  /** The only value, or the first of several. */
  public @Nullable String header(String name) {
    return headers.stream()
        .filter(header -> header.name().equals(name))
        .map(Header::value)
        .findFirst()
        .orElse(null);
  }

  public List<String> all(String name) {
    return headers.stream().filter(one -> one.name().equals(name)).map(Header::value).toList();
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** Without values: they may be secrets. */
  @Override
  public String toString() {
    return status + " with " + headers.stream().map(Header::name).toList();
  }
}
