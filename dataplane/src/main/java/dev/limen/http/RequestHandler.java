package dev.limen.http;

import dev.limen.check.Reason;

/**
 * Answers requests: what a port does.
 *
 * <p>Invariant: each exchange gets its answer on the event loop that asked, at once or later.
 */
interface RequestHandler {
  /** Answers the request of {@code head}, whose body was read and dropped. */
  void handle(RequestHead head, Exchange exchange);

  /** Something broke the rules of HTTP, or could not be handled, and was answered so. */
  void refused(Reason reason);

  /** A connection came beyond a limit, and was closed. */
  void turnedAway();
}
