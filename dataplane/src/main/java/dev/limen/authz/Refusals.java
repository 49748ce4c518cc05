package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.pages.Pages;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers to requests that cannot pass whoever sends them: a page for a person, a problem for a
 * program.
 *
 * <p>Invariant: nothing of the request is shown but its id, and the path where a route is missing;
 * both escaped by the page. Immutable.
 */
final class Refusals {
  /** Characters of a path that a page shows. */
  static final int MAX_SHOWN_PATH = 200;

  /** Characters of a request id that a page shows; a longer one is none. */
  static final int MAX_REQUEST_ID = 64;

  private static final byte[] REQUEST_ID = "x-request-id".getBytes(StandardCharsets.US_ASCII);

  private final Pages pages;

  Refusals(Pages pages) {
    this.pages = pages;
  }

  /** 400: the request cannot be understood. */
  Decision malformed(CheckRequest request, Reason reason) {
    return refused(request, 400, reason);
  }

  /** 403: understood, and not to be passed on. */
  Decision forbidden(CheckRequest request, Reason reason) {
    return refused(request, 403, reason);
  }

  /** 404: an endpoint of Limen's own was asked for by way of a check. */
  Decision notRouted(CheckRequest request, NormalPath path) {
    Reason reason = Reason.OWN_ENDPOINT_NOT_ROUTED;
    if (!Navigation.isNavigation(request)) {
      return new Decision.Deny(404, reason);
    }
    String whole = path.toString();
    String shown = whole.substring(0, Math.min(whole.length(), MAX_SHOWN_PATH));
    return new Decision.Page(404, Pages.CONTENT_TYPE, pages.notRouted(shown), List.of(), reason);
  }

  private Decision refused(CheckRequest request, int status, Reason reason) {
    if (!Navigation.isNavigation(request)) {
      return new Decision.Deny(status, reason);
    }
    String page = pages.error(status, reason, requestId(request), null);
    return new Decision.Page(status, Pages.CONTENT_TYPE, page, List.of(), reason);
  }

  private static @Nullable String requestId(CheckRequest request) {
    long id = request.header(REQUEST_ID);
    boolean shown = Span.isPresent(id) && Span.length(id) <= MAX_REQUEST_ID;
    return shown ? request.text(id) : null;
  }
}
