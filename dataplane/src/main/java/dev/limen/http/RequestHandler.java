package dev.limen.http;

import dev.limen.check.Reason;
import io.netty.handler.codec.http.HttpRequest;

/**
 * Answers requests: what a port does.
 *
 * <p>Invariant: each exchange gets its answer on the event loop that asked, at once or later.
 */
interface RequestHandler {
  /** Answers {@code request}, whose body was read and dropped. */
  void handle(HttpRequest request, Exchange exchange);

  /** Something broke the rules of HTTP, or could not be handled, and was answered so. */
  void refused(Reason reason);

  /** A connection came beyond a limit, and was closed. */
  void turnedAway();
}
