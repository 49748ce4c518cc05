package dev.limen.http;

import dev.limen.check.Answer;
import dev.limen.check.HeaderField;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A whole HTTP response, before it is known how the connection goes on.
 *
 * <p>Invariant: {@code content-length}, {@code connection} and {@code date} are not among the
 * headers: the connection writes the first two, and the gateway the third. Immutable by agreement:
 * nobody writes to the body.
 */
final class HttpAnswer {
  private static final byte[] EMPTY = {};

  /** What tells a client to send the body that it announced (RFC 9110, section 15.2.1). */
  static final HttpAnswer CONTINUE =
      new HttpAnswer(HttpResponseStatus.CONTINUE, List.of(), EMPTY, false);

  private final HttpResponseStatus status;
  private final List<HeaderField> headers;
  private final byte[] body;
  private final boolean closes;

  private HttpAnswer(
      HttpResponseStatus status, List<HeaderField> headers, byte[] body, boolean closes) {
    this.status = status;
    this.headers = List.copyOf(headers);
    this.body = body;
    this.closes = closes;
  }

  /** An answer that keeps the connection. */
  static HttpAnswer of(int status, List<HeaderField> headers, byte[] body) {
    return new HttpAnswer(HttpResponseStatus.valueOf(status), headers, body, false);
  }

  /** An answer whose body is text. */
  static HttpAnswer of(int status, List<HeaderField> headers, String body) {
    return of(status, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  /** What both wires share. */
  static HttpAnswer of(Answer answer) {
    return of(answer.status(), answer.headers(), answer.body());
  }

  /** This answer, and the end of the connection. */
  HttpAnswer closing() {
    return new HttpAnswer(status, headers, body, true);
  }

  HttpResponseStatus status() {
    return status;
  }

  /** Lines in order. */
  List<HeaderField> headers() {
    return headers;
  }

  /** May be empty. */
  byte[] body() {
    return body;
  }

  /** Whether the connection must not be used again. */
  boolean closes() {
    return closes;
  }

  /** The status only. */
  @Override
  public String toString() {
    return "HttpAnswer[" + status.code() + "]";
  }
}
