package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import java.nio.charset.StandardCharsets;

/**
 * Finds the access token in a request's {@code Authorization} field.
 *
 * <p>Invariant: of two fields neither is taken, since the upstream might take the other. Read only
 * where a route takes bearer tokens. Source: RFC 6750, section 2.1; RFC 9110, section 11.6.2.
 * Stateless.
 *
 * <pre>
 *   credentials = "Bearer" 1*SP b64token       the scheme in any case
 *   b64token    = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
 * </pre>
 */
final class AuthorizationField {
  private static final byte[] AUTHORIZATION = "authorization".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] BEARER = "bearer".getBytes(StandardCharsets.US_ASCII);

  private AuthorizationField() {}

  /**
   * The span of what follows the scheme {@code Bearer}; {@link Span#ABSENT} if there is no such
   * field or it has another scheme, {@link Span#AMBIGUOUS} if there are two fields.
   */
  static long bearer(CheckRequest request) {
    long found = Span.ABSENT;
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), AUTHORIZATION)) {
        if (found != Span.ABSENT) {
          return Span.AMBIGUOUS;
        }
        found = request.headerValue(i);
      }
    }
    return Span.isPresent(found) ? afterScheme(request.bytes(), found) : found;
  }

  private static long afterScheme(byte[] bytes, long field) {
    int start = Span.start(field);
    int end = Span.end(field);
    int at = start + BEARER.length;
    if (at > end || !isBearer(bytes, start) || (at < end && bytes[at] != ' ')) {
      return Span.ABSENT;
    }
    while (at < end && bytes[at] == ' ') {
      at++;
    }
    return Span.of(at, end);
  }

  private static boolean isBearer(byte[] bytes, int start) {
    for (int i = 0; i < BEARER.length; i++) {
      if ((bytes[start + i] | 0x20) != BEARER[i]) {
        return false;
      }
    }
    return true;
  }
}
