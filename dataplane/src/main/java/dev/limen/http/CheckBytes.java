package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Iterator;
import java.util.Map;

/**
 * Makes a check out of a decoded request: all that counts, written once into one array.
 *
 * <pre>
 *   method | scheme | host | path and query | (name | value)*
 * </pre>
 *
 * <p>Invariant: the path is what follows the prefix, byte for byte, and begins with a slash; only
 * Host says the host and only {@code x-forwarded-proto}, which the gateway sets, the scheme: no
 * other header says what is asked for, whatever it is called. Names are in lower case, each line
 * stands for itself. Source: Envoy's {@code RawHttpClientImpl::check}.
 */
final class CheckBytes {
  private static final byte[] FORWARDED_PROTO = AsciiWord.of("x-forwarded-proto");
  private static final byte[] HTTP = AsciiWord.of("http");
  private static final byte[] HTTPS = AsciiWord.of("https");
  private static final byte[] HOST = AsciiWord.of("host");

  private final byte[] bytes;
  private int length;

  private CheckBytes(int capacity) {
    bytes = new byte[capacity];
  }

  /**
   * The check that {@code request} makes.
   *
   * @param prefixLength how much of the target is the door's own prefix
   */
  static CheckRequest of(HttpRequest request, int prefixLength, long deadlineNanos) {
    String method = request.method().name();
    String target = request.uri();
    HttpHeaders headers = request.headers();
    CheckBytes out = new CheckBytes(capacity(method, target, headers));
    return out.write(request, prefixLength, deadlineNanos);
  }

  private CheckRequest write(HttpRequest request, int prefixLength, long deadlineNanos) {
    long methodSpan = write(request.method().name());
    long pathSpan = writePath(request.uri(), prefixLength);
    int count = request.headers().size();
    long[] names = new long[count];
    long[] values = new long[count];
    Iterator<Map.Entry<CharSequence, CharSequence>> lines =
        request.headers().iteratorCharSequence();
    for (int i = 0; i < count && lines.hasNext(); i++) {
      Map.Entry<CharSequence, CharSequence> line = lines.next();
      names[i] = writeLowerCase(line.getKey());
      values[i] = write(line.getValue());
    }
    long host = only(HOST, names, values);
    long scheme = scheme(names, values);
    CheckRequest.Target target = new CheckRequest.Target(methodSpan, scheme, host, pathSpan);
    CheckRequest check = new CheckRequest(bytes, target, deadlineNanos);
    for (int i = 0; i < count; i++) {
      check.addHeader(names[i], values[i]);
    }
    return check;
  }

  /** The original target: the gateway writes it behind the prefix without a slash of its own. */
  private long writePath(String target, int prefixLength) {
    int start = length;
    if (target.length() == prefixLength || target.charAt(prefixLength) != '/') {
      bytes[length++] = '/';
    }
    write(target.substring(prefixLength));
    return Span.of(start, length);
  }

  /** Without the header it is http; what is neither http nor https is nothing that can be used. */
  private long scheme(long[] names, long[] values) {
    long given = only(FORWARDED_PROTO, names, values);
    if (given == Span.ABSENT) {
      return write("http");
    }
    if (AsciiWord.equalIgnoringCase(HTTPS, bytes, given)) {
      return write("https");
    }
    return AsciiWord.equalIgnoringCase(HTTP, bytes, given) ? write("http") : Span.ABSENT;
  }

  private long only(byte[] name, long[] names, long[] values) {
    long found = Span.ABSENT;
    for (int i = 0; i < names.length; i++) {
      if (AsciiWord.equal(name, bytes, names[i])) {
        found = found == Span.ABSENT ? values[i] : Span.AMBIGUOUS;
      }
    }
    return found;
  }

  private long write(CharSequence text) {
    int start = length;
    for (int i = 0; i < text.length(); i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
    return Span.of(start, length);
  }

  private long writeLowerCase(CharSequence name) {
    int start = length;
    for (int i = 0; i < name.length(); i++) {
      bytes[length++] = AsciiWord.lowerCase((byte) name.charAt(i));
    }
    return Span.of(start, length);
  }

  private static int capacity(String method, String target, HttpHeaders headers) {
    int capacity = method.length() + target.length() + 1 + HTTPS.length;
    Iterator<Map.Entry<CharSequence, CharSequence>> lines = headers.iteratorCharSequence();
    while (lines.hasNext()) {
      Map.Entry<CharSequence, CharSequence> line = lines.next();
      capacity += line.getKey().length() + line.getValue().length();
    }
    return capacity;
  }
}
