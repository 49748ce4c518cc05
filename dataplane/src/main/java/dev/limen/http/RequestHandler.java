package dev.limen.http;

import dev.limen.check.Reason;

/**
 * Answers requests: what a port does.
 *
 * <p>Invariant: each exchange gets its answer on the event loop that asked, at once or later.
 */
interface RequestHandler {
  /** Nothing of the body. */
  int NONE = 0;

  /**
   * Answers the request of {@code head}, whose body was read, and dropped but for what {@link
   * #keptBodyBytes} asked for.
   */
  void handle(RequestHead head, Exchange exchange);

  /**
   * How many bytes of this request's body it needs: a longer one is refused. {@link #NONE} if none,
   * and then the body is dropped.
   */
  default int keptBodyBytes(RequestHead head) {
    return NONE;
  }

  /** Something broke the rules of HTTP, or could not be handled, and was answered so. */
  void refused(Reason reason);

  /** A connection came beyond a limit, and was closed. */
  void turnedAway();
}
