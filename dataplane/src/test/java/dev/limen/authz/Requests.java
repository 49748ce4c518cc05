package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;

/**
 * Checks written as text, as a gateway would send them.
 *
 * <p>Invariant: each text becomes the bytes that it shows, one for each character.
 */
@NullMarked
record Requests(String method, String host, String path, List<String> headers, long budgetNanos) {
  /** {@code GET} for a path of the host that tests log in at, with plenty of time. */
  static Requests get(String path) {
    return new Requests("GET", "localhost:8080", path, List.of(), TimeUnit.SECONDS.toNanos(20));
  }

  Requests method(String other) {
    return new Requests(other, host, path, headers, budgetNanos);
  }

  Requests host(String other) {
    return new Requests(method, other, path, headers, budgetNanos);
  }

  /** One more header, written {@code name: value}; its name reaches a check in lower case. */
  Requests header(String line) {
    List<String> more = new ArrayList<>(headers);
    more.add(line);
    return new Requests(method, host, path, more, budgetNanos);
  }

  /** As a browser asks when somebody follows a link. */
  Requests navigation() {
    return header("sec-fetch-mode: navigate").header("sec-fetch-dest: document");
  }

  Requests within(long millis) {
    return new Requests(method, host, path, headers, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  CheckRequest build() {
    StringBuilder text = new StringBuilder();
    long methodSpan = append(text, method);
    long scheme = append(text, "http");
    long hostSpan = append(text, host);
    long pathSpan = append(text, path);
    long[] spans = new long[headers.size() * 2];
    for (int i = 0; i < headers.size(); i++) {
      String line = headers.get(i);
      int colon = line.indexOf(':');
      spans[2 * i] = append(text, line.substring(0, colon).toLowerCase(Locale.ROOT));
      spans[2 * i + 1] = append(text, line.substring(colon + 1).strip());
    }
    CheckRequest request =
        new CheckRequest(
            text.toString().getBytes(StandardCharsets.ISO_8859_1),
            new CheckRequest.Target(methodSpan, scheme, hostSpan, pathSpan),
            System.nanoTime() + budgetNanos);
    for (int i = 0; i < headers.size(); i++) {
      request.addHeader(spans[2 * i], spans[2 * i + 1]);
    }
    return request;
  }

  private static long append(StringBuilder text, String part) {
    int start = text.length();
    text.append(part);
    return Span.of(start, text.length());
  }
}
