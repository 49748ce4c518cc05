package dev.limen.http;

import dev.limen.check.Answer;
import dev.limen.check.Reason;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * What a client is told that breaks the rules of HTTP, and what is counted for it.
 *
 * <p>Invariant: every refusal has a reason, says it in its body, and ends the connection.
 * Stateless. Source: RFC 9110, section 15.5; RFC 9457.
 */
final class Refusals {
  private Refusals() {}

  /** Why {@code status} is sent. */
  static Reason reason(HttpResponseStatus status) {
    return switch (status.code()) {
      case 408 -> Reason.REQUEST_INCOMPLETE;
      case 413, 414, 431 -> Reason.REQUEST_TOO_LARGE;
      case 417 -> Reason.EXPECTATION_REFUSED;
      case 503 -> Reason.INTERNAL_ERROR;
      case 505 -> Reason.VERSION_REFUSED;
      default -> Reason.REQUEST_MALFORMED;
    };
  }

  /** The problem in JSON; to HEAD, and where Envoy drops it, only the lines before it. */
  static HttpAnswer answer(HttpResponseStatus status) {
    return HttpAnswer.of(
            status.code(),
            Answer.problemHeaders(status.code()),
            Answer.problem(status.code(), reason(status)))
        .closing();
  }
}
