package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import dev.limen.login.EndpointRequest;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link EndpointRequest} out of the head of a request.
 *
 * <p>Invariant: a header that must be one and comes twice counts as not sent. Scheme and the
 * browser's address are the gateway's words: this port is for gateways alone. Stateless.
 */
final class EndpointCall {
  private static final AsciiString FORM = HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED;
  private static final byte[] FORWARDED_PROTO = AsciiWord.of("x-forwarded-proto");
  private static final byte[] FORWARDED_FOR = AsciiWord.of("x-forwarded-for");
  private static final byte[] EXTERNAL_ADDRESS = AsciiWord.of("x-envoy-external-address");
  private static final byte[] HOST = AsciiWord.of("host");
  private static final byte[] COOKIE = AsciiWord.of("cookie");
  private static final byte[] FETCH_SITE = AsciiWord.of("sec-fetch-site");
  private static final byte[] ORIGIN = AsciiWord.of("origin");
  private static final byte[] USER_AGENT = AsciiWord.of("user-agent");
  private static final byte[] CONTENT_TYPE = AsciiWord.of("content-type");

  private EndpointCall() {}

  /**
   * The request of a browser, or of a provider.
   *
   * @param body what was kept of it, empty as a rule
   */
  static EndpointRequest of(RequestHead head, byte[] body, @Nullable String peer) {
    String target = head.text(head.target());
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    String query = question < 0 ? "" : target.substring(question + 1);
    String host = only(head, HOST);
    return new EndpointRequest(
        head.text(head.method()),
        scheme(head),
        host == null ? "" : host,
        path,
        query,
        head.all(COOKIE),
        only(head, FETCH_SITE),
        only(head, ORIGIN),
        remoteAddress(head, peer),
        only(head, USER_AGENT),
        isForm(only(head, CONTENT_TYPE)) ? new String(body, StandardCharsets.ISO_8859_1) : null);
  }

  /** Whatever the charset: a form is ASCII, whose escapes are UTF-8 (WHATWG URL, section 5). */
  private static boolean isForm(@Nullable String contentType) {
    return contentType != null && FORM.contentEqualsIgnoreCase(HttpUtil.getMimeType(contentType));
  }

  private static String scheme(RequestHead head) {
    if (head.only(FORWARDED_PROTO) == Span.ABSENT) {
      return "http";
    }
    String given = only(head, FORWARDED_PROTO);
    if ("https".equalsIgnoreCase(given)) {
      return "https";
    }
    return "http".equalsIgnoreCase(given) ? "http" : "";
  }

  /** As Envoy names it; else the last that Envoy appended; else whoever connected. */
  private static String remoteAddress(RequestHead head, @Nullable String peer) {
    String external = only(head, EXTERNAL_ADDRESS);
    if (external != null) {
      return external;
    }
    List<String> lines = head.all(FORWARDED_FOR);
    if (lines.isEmpty()) {
      return peer == null ? "" : peer;
    }
    String line = lines.getLast();
    return line.substring(line.lastIndexOf(',') + 1).strip();
  }

  private static @Nullable String only(RequestHead head, byte[] name) {
    long value = head.only(name);
    return Span.isPresent(value) ? head.text(value) : null;
  }
}
