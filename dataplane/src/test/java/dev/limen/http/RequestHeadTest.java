package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands where in a head; what Netty's decoder finds in the same bytes is the measure. */
class RequestHeadTest {
  private static final byte[] CONNECTION = AsciiWord.of("connection");

  private static RequestHead read(String head) {
    ByteBuf in = Unpooled.copiedBuffer(head, StandardCharsets.ISO_8859_1);
    HeadGuard guard = new HeadGuard();
    assertThat(guard.read(in)).isEqualTo(HeadGuard.State.DONE);
    RequestHead read = guard.takeHead(in);
    assertThat(in.isReadable()).isFalse();
    return read;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "\r\n\r\nGET /a?b=c HTTP/1.0\r\nHost: a\r\n\r\n",
        "M-SEARCH * HTTP/1.1\r\nhost:\r\nX-Y: \t \r\nx-y:a\r\n\r\n",
        "POST http://h/p HTTP/1.1\r\nA:b:c\r\nCookie:\t a=1;  b=\u00e9 \t\r\nCOOKIE: c\r\n\r\n"
      })
  @DisplayName("a head is read as Netty reads it")
  void aHeadIsReadAsNettyReadsIt(String head) {
    assertThat(NettyHeads.text(read(head)))
        .isEqualTo(NettyHeads.read(head.getBytes(StandardCharsets.ISO_8859_1)).getFirst());
  }

  @Test
  @DisplayName("of a name that comes twice there is no only value")
  void ofANameThatComesTwiceThereIsNoOnlyValue() {
    RequestHead head = read("GET / HTTP/1.1\r\na: 1\r\nB: 2\r\nA: 3\r\n\r\n");

    assertThat(head.only(AsciiWord.of("a"))).isEqualTo(Span.AMBIGUOUS);
    assertThat(head.only(AsciiWord.of("c"))).isEqualTo(Span.ABSENT);
    assertThat(head.text(head.only(AsciiWord.of("b")))).isEqualTo("2");
    assertThat(head.all(AsciiWord.of("a"))).containsExactly("1", "3");
  }

  @ParameterizedTest
  @CsvSource({
    "close, true",
    "'upgrade, CLOSE', true",
    "'close\t ,x', true",
    "', ,close', true",
    "closed, false",
    "'keep-alive', false",
    "'', false"
  })
  @DisplayName("a list holds a token in any case, and no part of one (RFC 9110, section 5.6.1)")
  void aListHoldsATokenInAnyCase(String list, boolean holds) {
    RequestHead head = read("GET / HTTP/1.1\r\nConnection: " + list + "\r\n\r\n");

    assertThat(head.lists(CONNECTION, AsciiWord.of("close"))).isEqualTo(holds);
  }
}
