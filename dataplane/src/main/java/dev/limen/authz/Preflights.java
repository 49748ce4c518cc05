package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import java.nio.charset.StandardCharsets;

/**
 * Tells a CORS preflight from other requests.
 *
 * <p>Invariant: takes all three that make one: the method, {@code Origin} and {@code
 * Access-Control-Request-Method}. Source: WHATWG Fetch, section 3.3.2 (CORS-preflight request).
 * Stateless.
 */
final class Preflights {
  private static final byte[] OPTIONS = "OPTIONS".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ORIGIN = "origin".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] REQUEST_METHOD =
      "access-control-request-method".getBytes(StandardCharsets.US_ASCII);

  private Preflights() {}

  /** Whether {@code request} is a preflight. */
  static boolean isPreflight(CheckRequest request) {
    return request.isSame(request.target().method(), OPTIONS)
        && Span.isPresent(request.header(ORIGIN))
        && Span.isPresent(request.header(REQUEST_METHOD));
  }
}
