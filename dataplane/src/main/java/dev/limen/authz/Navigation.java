package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Tells whether a person is looking at a new page, so that a redirect to a sign-in form helps.
 *
 * <p>Invariant: only a GET or HEAD is a navigation, never an upgrade or a gRPC call; everything
 * doubtful is none, and gets an answer that a program can read. Stateless.
 *
 * <p>In this order: what the user agent itself says, which no page can forge ({@code Sec-Fetch-*},
 * W3C Fetch Metadata, section 2); {@code X-Requested-With}, which scripts add; {@code Accept}.
 */
final class Navigation {
  private static final byte[] GET = bytes("GET");
  private static final byte[] HEAD = bytes("HEAD");
  private static final byte[] UPGRADE = bytes("upgrade");
  private static final byte[] CONTENT_TYPE = bytes("content-type");
  private static final byte[] FETCH_MODE = bytes("sec-fetch-mode");
  private static final byte[] FETCH_DEST = bytes("sec-fetch-dest");
  private static final byte[] REQUESTED_WITH = bytes("x-requested-with");
  private static final byte[] ACCEPT = bytes("accept");
  private static final byte[] NAVIGATE = bytes("navigate");
  private static final byte[] DOCUMENT = bytes("document");

  private Navigation() {}

  /** Whether {@code request} is a browser's top-level navigation. */
  static boolean isNavigation(CheckRequest request) {
    long method = request.target().method();
    boolean safe = request.isSame(method, GET) || request.isSame(method, HEAD);
    if (!safe || Span.isPresent(request.header(UPGRADE)) || isGrpc(request)) {
      return false;
    }
    long mode = request.header(FETCH_MODE);
    long destination = request.header(FETCH_DEST);
    if (Span.isPresent(mode) || Span.isPresent(destination)) {
      boolean navigates = !Span.isPresent(mode) || request.isSame(mode, NAVIGATE);
      boolean topLevel = !Span.isPresent(destination) || request.isSame(destination, DOCUMENT);
      return navigates && topLevel;
    }
    return !Span.isPresent(request.header(REQUESTED_WITH))
        && lowerCase(request, ACCEPT).contains("text/html");
  }

  private static boolean isGrpc(CheckRequest request) {
    return lowerCase(request, CONTENT_TYPE).startsWith("application/grpc");
  }

  private static String lowerCase(CheckRequest request, byte[] header) {
    return request.text(request.header(header)).toLowerCase(Locale.ROOT);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
