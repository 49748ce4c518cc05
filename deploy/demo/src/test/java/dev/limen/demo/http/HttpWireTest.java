package dev.limen.demo.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** RFC 9112 as far as the judge needs it. */
final class HttpWireTest {

  @Test
  void aBodyHasTheLengthThatIsSaid() throws IOException {
    Reply reply = read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).isEqualTo("abc");
  }

  @Test
  void chunksAreJoined() throws IOException {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assertThat(read(head + "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n").text())
        .isEqualTo("abc0123456789");
  }

  @Test
  void withoutALengthTheBodyEndsWithTheConnection() throws IOException {
    assertThat(read("HTTP/1.1 200 OK\r\n\r\nall of it").text()).isEqualTo("all of it");
  }

  @Test
  void repeatedHeadersStayApartAndInOrder() throws IOException {
    Reply reply =
        read("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nContent-Length: 0\r\n\r\n");
    assertThat(reply.all("set-cookie")).containsExactly("a=1", "b=2");
  }

  @Test
  void anInterimAnswerIsSkipped() throws IOException {
    String interim = "HTTP/1.1 100 Continue\r\n\r\n";
    assertThat(read(interim + "HTTP/1.1 204 No Content\r\n\r\n").status()).isEqualTo(204);
  }

  @Test
  void anAnswerThatStopsAnywhereInsideIsAnError() {
    String whole = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    for (int length = 0; length < whole.length(); length++) {
      String part = whole.substring(0, length);
      assertThatThrownBy(() -> read(part)).isInstanceOf(EOFException.class);
    }
  }

  @Test
  void somethingElseThanHttpIsRefused() {
    assertThatThrownBy(() -> read("SSH-2.0-OpenSSH\r\n")).isInstanceOf(IOException.class);
  }

  @Test
  void neitherRequestNorAnswerPrintsValues() {
    Request request = Request.get("localhost", "/callback?code=secret").with("cookie", "secret");
    assertThat(request.toString()).doesNotContain("secret");
    Reply.Header cookie = new Reply.Header("set-cookie", "secret");
    Reply reply = new Reply(200, List.of(cookie), new byte[0]);
    assertThat(reply.toString()).doesNotContain("secret");
  }

  private static Reply read(String wire) throws IOException {
    return HttpWire.read(new ByteArrayInputStream(wire.getBytes(ISO_8859_1)), "GET");
  }
}
