package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of a head before anybody acts on it.
 *
 * <p>Invariant: a request that passes has one host, and a body whose end every reader would find in
 * the same place (RFC 9112, sections 3.2 and 6.3). Stateless.
 */
final class RequestRules {
  /** The longest body that is read, to be dropped: no answer depends on one. */
  static final int MAX_BODY_BYTES = 64 * 1024;

  /** Of {@link #bodyLength}: the body comes in chunks. */
  static final long CHUNKED = -1;

  /** Of {@link #bodyLength}: where the body ends is not said in one way only. */
  private static final long UNCLEAR = -2;

  /** Of {@code content-length}: whatever they say, a {@code long} holds it. */
  private static final int MAX_LENGTH_DIGITS = 18;

  /** Of a draft of WebSocket, in which it means eight bytes of body without any length. */
  private static final byte[] WEBSOCKET_DRAFT_KEY = AsciiWord.of("sec-websocket-key1");

  private static final byte[] HOST = AsciiWord.of("host");
  private static final byte[] TRANSFER_ENCODING = AsciiWord.of("transfer-encoding");
  private static final byte[] CONTENT_LENGTH = AsciiWord.of("content-length");
  private static final byte[] EXPECT = AsciiWord.of("expect");
  private static final byte[] CONNECTION = AsciiWord.of("connection");
  private static final byte[] CHUNKED_CODING = AsciiWord.of("chunked");
  private static final byte[] CONTINUE = AsciiWord.of("100-continue");
  private static final byte[] CLOSE = AsciiWord.of("close");
  private static final byte[] KEEP_ALIVE = AsciiWord.of("keep-alive");

  private RequestRules() {}

  /** The status to refuse {@code head} with; null when nothing is wrong. */
  static @Nullable HttpResponseStatus refusal(RequestHead head) {
    long body = bodyLength(head);
    if (!Span.isPresent(head.only(HOST))
        || head.only(WEBSOCKET_DRAFT_KEY) != Span.ABSENT
        || body == UNCLEAR) {
      return HttpResponseStatus.BAD_REQUEST;
    }
    if (body > MAX_BODY_BYTES) {
      return HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE;
    }
    boolean expects = !head.speaks10() && head.only(EXPECT) != Span.ABSENT;
    return expects && !head.isOnly(EXPECT, CONTINUE) ? HttpResponseStatus.EXPECTATION_FAILED : null;
  }

  /** How long the body of a head that was not refused is, or {@link #CHUNKED}. */
  static long bodyLength(RequestHead head) {
    long length = head.only(CONTENT_LENGTH);
    if (head.only(TRANSFER_ENCODING) == Span.ABSENT) {
      return length == Span.ABSENT ? 0 : number(head.bytes(), length);
    }
    boolean chunked =
        length == Span.ABSENT && !head.speaks10() && head.isOnly(TRANSFER_ENCODING, CHUNKED_CODING);
    return chunked ? CHUNKED : UNCLEAR;
  }

  private static long number(byte[] bytes, long digits) {
    if (!Span.isPresent(digits)
        || Span.length(digits) == 0
        || Span.length(digits) > MAX_LENGTH_DIGITS) {
      return UNCLEAR;
    }
    long value = 0;
    for (int i = Span.start(digits); i < Span.end(digits); i++) {
      if (bytes[i] < '0' || bytes[i] > '9') {
        return UNCLEAR;
      }
      value = value * 10 + (bytes[i] - '0');
    }
    return value;
  }

  /** Whether the client waits for {@code 100 Continue} before it sends the body. */
  static boolean awaitsContinue(RequestHead head) {
    return !head.speaks10() && head.isOnly(EXPECT, CONTINUE) && bodyLength(head) != 0;
  }

  /** Whether the client would go on with its connection (RFC 9112, section 9.3). */
  static boolean keepsAlive(RequestHead head) {
    return !head.lists(CONNECTION, CLOSE)
        && (!head.speaks10() || head.lists(CONNECTION, KEEP_ALIVE));
  }
}
