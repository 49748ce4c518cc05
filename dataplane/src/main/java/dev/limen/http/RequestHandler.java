package dev.limen.http;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * Answers requests: what a port does.
 *
 * <p>Invariant: each exchange gets its answer on the event loop that asked, at once or later.
 */
interface RequestHandler {
  /** Answers {@code request}, whose body was read and dropped. */
  void handle(HttpRequest request, Exchange exchange);

  /** Something broke the rules of HTTP, and was answered with {@code status}. */
  void refused(HttpResponseStatus status);

  /** A connection came beyond a limit, and was closed. */
  void turnedAway();
}
