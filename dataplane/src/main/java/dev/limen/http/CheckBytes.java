package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;

/**
 * Makes a check out of a request's head: the same array, with spans.
 *
 * <p>Invariant: the path is what follows the prefix, byte for byte, and begins with a slash; only
 * Host says the host and only {@code x-forwarded-proto}, which the gateway sets, the scheme: no
 * other header says what is asked for, whatever it is called. Stateless. Source: Envoy's {@code
 * RawHttpClientImpl::check}.
 */
final class CheckBytes {
  private static final byte[] FORWARDED_PROTO = AsciiWord.of("x-forwarded-proto");
  private static final byte[] HTTP = AsciiWord.of("http");
  private static final byte[] HTTPS = AsciiWord.of("https");
  private static final byte[] HOST = AsciiWord.of("host");

  private CheckBytes() {}

  /**
   * The check that {@code head} makes, whose array is the check's own from now on.
   *
   * @param prefixLength how much of the target is the door's own prefix
   */
  static CheckRequest of(RequestHead head, int prefixLength, long deadlineNanos) {
    byte[] bytes = head.bytes();
    CheckRequest.Target target =
        new CheckRequest.Target(
            head.method(), scheme(head), head.only(HOST), path(bytes, head.target(), prefixLength));
    return new CheckRequest(bytes, target, deadlineNanos, head.names(), head.values());
  }

  /**
   * The original target: the gateway writes it behind the prefix without a slash of its own, which
   * then stands in the place of the prefix's last byte.
   */
  private static long path(byte[] bytes, long target, int prefixLength) {
    int start = Span.start(target) + prefixLength;
    int end = Span.end(target);
    if (start < end && bytes[start] == '/') {
      return Span.of(start, end);
    }
    bytes[start - 1] = '/';
    return Span.of(start - 1, end);
  }

  /** Without the header it is http; what is neither http nor https is nothing that can be used. */
  private static long scheme(RequestHead head) {
    byte[] bytes = head.bytes();
    long given = head.only(FORWARDED_PROTO);
    int spare = bytes.length - RequestHead.SPARE_BYTES;
    System.arraycopy(HTTPS, 0, bytes, spare, HTTPS.length);
    if (AsciiWord.equalIgnoringCase(HTTPS, bytes, given)) {
      return Span.of(spare, spare + HTTPS.length);
    }
    return given == Span.ABSENT || AsciiWord.equalIgnoringCase(HTTP, bytes, given)
        ? Span.of(spare, spare + HTTP.length)
        : Span.ABSENT;
  }
}
