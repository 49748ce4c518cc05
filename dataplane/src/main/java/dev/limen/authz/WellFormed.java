package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.check.Reason;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request is one that can be decided at all.
 *
 * <p>Invariant: looks at the request line and at {@code Connection} only, and at no header that a
 * client could use to talk about another request ({@code X-Original-URL} and its like are read
 * nowhere in this package). Stateless.
 */
final class WellFormed {
  private static final byte[] CONNECT = "CONNECT".getBytes(StandardCharsets.US_ASCII);

  private WellFormed() {}

  /** Why the request is refused with 400, or null if it is well-formed. */
  static @Nullable Reason refusal(CheckRequest request, NormalPath path, ManagedNames managed) {
    long method = request.target().method();
    if (!Span.isPresent(method) || Span.length(method) == 0) {
      return Reason.REQUEST_MALFORMED;
    }
    if (request.isSame(method, CONNECT)) {
      return Reason.TARGET_FORM_REFUSED;
    }
    if (path.refusal() != null) {
      return path.refusal();
    }
    return managed.areNamedByConnection(request) ? Reason.CONNECTION_NAMES_IDENTITY : null;
  }
}
