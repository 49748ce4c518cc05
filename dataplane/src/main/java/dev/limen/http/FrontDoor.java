package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import dev.limen.check.CheckFigures;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.PendingCheck;
import dev.limen.check.Reason;
import dev.limen.login.EndpointRequest;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells checks from requests of browsers, by the path alone, and answers both.
 *
 * <pre>
 *   /limen/check   /limen/check/...   /limen/check?...     a check of what follows the prefix
 *   /oauth2/...                                            a browser at Limen's own endpoints, or
 *                                                          a provider with a logout token
 *   anything else that begins with a slash                 404
 *   *   host:port   http://...                             400
 * </pre>
 *
 * <p>Invariant: nothing that a header says changes which of these it is, and status 200 leaves this
 * door for a check only if the decision is an allow. Confined to no thread: it holds no state.
 */
final class FrontDoor implements RequestHandler {
  private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

  /**
   * For a browser's request: longer than the 10 s that a provider has for its whole answer and the
   * second for the commit after it, and shorter than the 15 s that Envoy gives a route by default.
   */
  static final int ENDPOINT_SECONDS = 14;

  private static final Decision DEFECT = new Decision.Unavailable(Reason.INTERNAL_ERROR);
  private static final HttpAnswer NOT_FOUND = refusal(404, Reason.NOT_FOUND);
  private static final HttpAnswer NOT_ORIGIN_FORM =
      refusal(400, Reason.TARGET_FORM_REFUSED).closing();

  private final HttpServer.Setup setup;
  private final byte[] checkPrefix;
  private final byte[] endpointPrefix;
  private final byte[] logoutPath;
  private final long deadlineNanos;

  FrontDoor(HttpServer.Setup setup) {
    this.setup = setup;
    checkPrefix = AsciiWord.of(setup.config().http().pathPrefix());
    endpointPrefix = AsciiWord.of(setup.web().proxyPrefix());
    logoutPath = AsciiWord.of(setup.web().proxyPrefix() + EndpointRequest.BACKCHANNEL_LOGOUT);
    deadlineNanos = setup.config().deadline().toNanos();
  }

  @Override
  public void handle(RequestHead head, Exchange exchange) {
    if (head.bytes()[Span.start(head.target())] != '/') {
      figures().refused(Reason.TARGET_FORM_REFUSED);
      exchange.answer(NOT_ORIGIN_FORM);
    } else if (isUnder(checkPrefix, head)) {
      check(head, exchange);
    } else if (isUnder(endpointPrefix, head)) {
      browser(head, exchange);
    } else {
      figures().refused(Reason.NOT_FOUND);
      exchange.answer(NOT_FOUND);
    }
  }

  /** A logout token alone comes in a body. */
  @Override
  public int keptBodyBytes(RequestHead head) {
    return isUnder(logoutPath, head) ? EndpointRequest.MAX_FORM_LENGTH : NONE;
  }

  @Override
  public void refused(Reason reason) {
    figures().refused(reason);
  }

  @Override
  public void turnedAway() {
    figures().refused(Reason.TOO_MANY_CONNECTIONS);
  }

  private void check(RequestHead head, Exchange exchange) {
    long started = System.nanoTime();
    CheckRequest check = CheckBytes.of(head, checkPrefix.length, started + deadlineNanos);
    if (!check.target().isWhole()) {
      decide(exchange, check, new Decision.Deny(400, Reason.REQUEST_MALFORMED), started);
      return;
    }
    PendingCheck pending =
        new PendingCheck(exchange.loop(), decision -> decide(exchange, check, decision, started));
    exchange.onAbandoned(() -> {
      if (pending.cancel()) {
        figures().cancelled(check);
      }
    });
    pending.ask(setup.checks(), check);
  }

  /** Counted first, so that who has an answer finds it counted; answered whatever counting does. */
  private void decide(Exchange exchange, CheckRequest check, Decision decision, long started) {
    if (exchange.answer() != null) {
      return;
    }
    DecisionAnswers.Encoded encoded = DecisionAnswers.toCheck(decision, check.notes());
    try {
      figures().answered(check, encoded.sent(), started);
    } finally {
      exchange.answer(encoded.answer());
    }
  }

  private void browser(RequestHead head, Exchange exchange) {
    PendingCheck pending = new PendingCheck(exchange.loop(), decision -> show(exchange, decision));
    exchange.onAbandoned(pending::cancel);
    EndpointRequest asked = EndpointCall.of(head, exchange.body(), exchange.remoteAddress());
    try {
      setup
          .endpoints()
          .handle(asked)
          .whenComplete((decision, failure) -> pending.onDecision(orDefect(decision, failure)));
    } catch (RuntimeException e) {
      pending.onDecision(orDefect(null, e));
    }
    pending.waitAtMost(TimeUnit.SECONDS.toNanos(ENDPOINT_SECONDS));
  }

  private void show(Exchange exchange, Decision decision) {
    if (exchange.answer() != null) {
      return;
    }
    DecisionAnswers.Encoded encoded = DecisionAnswers.toBrowser(decision);
    try {
      figures().page(encoded.sent());
    } finally {
      exchange.answer(encoded.answer());
    }
  }

  private static Decision orDefect(@Nullable Decision decision, @Nullable Throwable failure) {
    if (decision != null) {
      return decision;
    }
    LOG.error("a browser's request failed: {}", failure == null ? null : failure.getClass());
    return DEFECT;
  }

  private CheckFigures figures() {
    return setup.figures();
  }

  /** Whether the target's path is {@code prefix} or lies below it; a longer word does not. */
  private static boolean isUnder(byte[] prefix, RequestHead head) {
    byte[] bytes = head.bytes();
    if (!AsciiWord.startsWith(prefix, bytes, head.target())) {
      return false;
    }
    int end = Span.start(head.target()) + prefix.length;
    return end == Span.end(head.target()) || bytes[end] == '/' || bytes[end] == '?';
  }

  private static HttpAnswer refusal(int status, Reason reason) {
    return DecisionAnswers.toBrowser(new Decision.Deny(status, reason)).answer();
  }
}
