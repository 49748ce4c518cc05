package dev.limen.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of a decoded head before anybody acts on it.
 *
 * <p>Invariant: a request that passes has one host, and a body whose end every reader would find in
 * the same place (RFC 9112, sections 3.2 and 6.3). Stateless.
 */
final class RequestRules {
  /** The longest body that is read, to be dropped: no answer depends on one. */
  static final int MAX_BODY_BYTES = 64 * 1024;

  /** Of a draft of WebSocket, in which it means eight bytes of body without any length. */
  private static final String WEBSOCKET_DRAFT_KEY = "sec-websocket-key1";

  private RequestRules() {}

  /** The status to refuse {@code request} with; null when nothing is wrong. */
  static @Nullable HttpResponseStatus refusal(HttpRequest request) {
    HttpHeaders headers = request.headers();
    if (request.decoderResult().isFailure()
        || headers.getAll(HttpHeaderNames.HOST).size() != 1
        || headers.contains(WEBSOCKET_DRAFT_KEY)
        || !isPlainTransferCoding(headers.getAll(HttpHeaderNames.TRANSFER_ENCODING))) {
      return HttpResponseStatus.BAD_REQUEST;
    }
    if (HttpUtil.getContentLength(request, 0L) > MAX_BODY_BYTES) {
      return HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE;
    }
    String expected = headers.get(HttpHeaderNames.EXPECT);
    if (expected != null && !speaks10(request) && !isContinue(expected)) {
      return HttpResponseStatus.EXPECTATION_FAILED;
    }
    return null;
  }

  /** Whether the client waits for {@code 100 Continue} before it sends the body. */
  static boolean awaitsContinue(HttpRequest request) {
    String expected = request.headers().get(HttpHeaderNames.EXPECT);
    boolean body =
        HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
    return expected != null && !speaks10(request) && isContinue(expected) && body;
  }

  static boolean speaks10(HttpRequest request) {
    return request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
  }

  private static boolean isContinue(String expected) {
    return HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expected);
  }

  private static boolean isPlainTransferCoding(List<String> codings) {
    return codings.isEmpty()
        || (codings.size() == 1
            && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.getFirst()));
  }
}
