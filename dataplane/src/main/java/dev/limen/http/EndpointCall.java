package dev.limen.http;

import dev.limen.login.EndpointRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes an {@link EndpointRequest} out of a decoded request.
 *
 * <p>Invariant: a header that must be one and comes twice counts as not sent. Scheme and the
 * browser's address are the gateway's words: this port is for gateways alone. Stateless.
 */
final class EndpointCall {
  private static final AsciiString FORM = HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED;
  private static final String FORWARDED_PROTO = "x-forwarded-proto";
  private static final String FORWARDED_FOR = "x-forwarded-for";
  private static final String EXTERNAL_ADDRESS = "x-envoy-external-address";

  private EndpointCall() {}

  /**
   * The request of a browser, or of a provider.
   *
   * @param body what was kept of it, empty as a rule
   */
  static EndpointRequest of(HttpRequest request, byte[] body, @Nullable String peer) {
    HttpHeaders headers = request.headers();
    String target = request.uri();
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    String query = question < 0 ? "" : target.substring(question + 1);
    String host = only(headers, HttpHeaderNames.HOST);
    return new EndpointRequest(
        request.method().name(),
        scheme(headers),
        host == null ? "" : host,
        path,
        query,
        headers.getAll(HttpHeaderNames.COOKIE),
        only(headers, "sec-fetch-site"),
        only(headers, HttpHeaderNames.ORIGIN),
        remoteAddress(headers, peer),
        only(headers, HttpHeaderNames.USER_AGENT),
        isForm(only(headers, HttpHeaderNames.CONTENT_TYPE))
            ? new String(body, StandardCharsets.ISO_8859_1)
            : null);
  }

  /** Whatever the charset: a form is ASCII, whose escapes are UTF-8 (WHATWG URL, section 5). */
  private static boolean isForm(@Nullable String contentType) {
    return contentType != null && FORM.contentEqualsIgnoreCase(HttpUtil.getMimeType(contentType));
  }

  private static String scheme(HttpHeaders headers) {
    if (!headers.contains(FORWARDED_PROTO)) {
      return "http";
    }
    String given = only(headers, FORWARDED_PROTO);
    if ("https".equalsIgnoreCase(given)) {
      return "https";
    }
    return "http".equalsIgnoreCase(given) ? "http" : "";
  }

  /** As Envoy names it; else the last that Envoy appended; else whoever connected. */
  private static String remoteAddress(HttpHeaders headers, @Nullable String peer) {
    String external = only(headers, EXTERNAL_ADDRESS);
    if (external != null) {
      return external;
    }
    List<String> lines = headers.getAll(FORWARDED_FOR);
    if (lines.isEmpty()) {
      return peer == null ? "" : peer;
    }
    String line = lines.getLast();
    return line.substring(line.lastIndexOf(',') + 1).strip();
  }

  private static @Nullable String only(HttpHeaders headers, CharSequence name) {
    List<String> values = headers.getAll(name);
    return values.size() == 1 ? values.getFirst() : null;
  }
}
