package dev.limen.http;

import dev.limen.check.HeaderField;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/**
 * Puts an answer into the bytes of HTTP/1.1.
 *
 * <pre>
 *   status-line CRLF *( field-line CRLF ) content-length: n CRLF [ connection: .. CRLF ] CRLF body
 * </pre>
 *
 * <p>Invariant: the length is said and exact, so the next answer begins where the client thinks; a
 * {@link HeaderField} holds no control byte, so no value can end its line. Source: RFC 9112,
 * sections 4 and 6.3. Stateless.
 */
final class ResponseBytes {
  private static final int LINES = 256;
  private static final String CRLF = "\r\n";

  private ResponseBytes() {}

  /** The whole response; the caller releases it. */
  static ByteBuf encode(
      ByteBufAllocator allocator, HttpAnswer answer, Exchange.Shape shape, boolean closes) {
    ByteBuf out = allocator.buffer(LINES + answer.body().length);
    ascii(out, "HTTP/1.1 ");
    out.writeBytes(answer.status().codeAsText().array());
    ascii(out, " ");
    ascii(out, answer.status().reasonPhrase());
    ascii(out, CRLF);
    if (!shape.interim()) {
      fields(out, answer, shape, closes);
    }
    ascii(out, CRLF);
    if (!shape.bodiless()) {
      out.writeBytes(answer.body());
    }
    return out;
  }

  private static void fields(ByteBuf out, HttpAnswer answer, Exchange.Shape shape, boolean closes) {
    for (HeaderField field : answer.headers()) {
      ascii(out, field.name());
      ascii(out, ": ");
      out.writeCharSequence(field.value(), StandardCharsets.ISO_8859_1);
      ascii(out, CRLF);
    }
    ascii(out, "content-length: ");
    ascii(out, Integer.toString(answer.body().length));
    ascii(out, CRLF);
    if (closes) {
      ascii(out, "connection: close\r\n");
    } else if (shape.speaks10()) {
      ascii(out, "connection: keep-alive\r\n");
    }
  }

  private static void ascii(ByteBuf out, String text) {
    ByteBufUtil.writeAscii(out, text);
  }
}
