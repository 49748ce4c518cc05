package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.http.RawClient.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1's framing over raw sockets. */
@Timeout(120)
class HttpFramingTest {
  private static final String ALICE = "host: a\r\ncookie: __Host-limen=alice\r\n";
  private static final String GET = "GET /limen/check/x HTTP/1.1\r\n";
  private static final String POST = "POST /limen/check/x HTTP/1.1\r\n" + ALICE;

  private DoorFixture door;
  private RawClient client;

  @BeforeEach
  void open() throws IOException {
    door = new DoorFixture();
    client = door.connect();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    door.close();
  }

  /** Refused with {@code status}, the connection ended, and what was smuggled behind never seen. */
  private void assertRefused(String request, int status) throws IOException {
    client.send(request + GET + ALICE + "\r\n");
    Response response = client.read();

    assertThat(response.status()).isEqualTo(status);
    assertThat(response.all("connection")).containsExactly("close");
    assertThat(client.isEnded()).isTrue();
    assertThat(door.checks.seen()).isEmpty();
    assertThat(door.figures.refusedLabels()).hasSize(1);
    assertThat(response.all("content-type")).containsExactly("application/problem+json");
    assertThat(response.body()).contains("\"" + door.figures.refusedLabels().getFirst() + "\"");
  }

  private void assertAllowed(String request) throws IOException {
    assertThat(client.ask(request).status()).isEqualTo(200);
  }

  @Test
  @DisplayName("C27 a request that comes byte by byte is the same request")
  void aRequestThatComesByteByByteIsTheSameRequest() throws IOException {
    String request =
        POST + "transfer-encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nt: v\r\n\r\n";
    for (int i = 0; i < request.length(); i++) {
      client.send(request.substring(i, i + 1));
    }

    assertThat(client.read().status()).isEqualTo(200);
    assertAllowed(GET + ALICE + "\r\n");
  }

  @Test
  @DisplayName("C28 twenty requests in one segment are answered in order")
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      all.append(GET).append("host: a\r\ncookie: __Host-limen=user").append(i).append("\r\n\r\n");
    }
    client.send(all.toString());

    for (int i = 0; i < 20; i++) {
      assertThat(client.read().all("x-auth-request-user")).containsExactly("user" + i);
    }
  }

  @Test
  @DisplayName("C28 a slow check holds back the answers behind it, and loses none")
  void aSlowCheckHoldsBackTheAnswersBehindIt() throws Exception {
    client.send(
        "GET /limen/check/slow HTTP/1.1\r\nhost: a\r\ncookie: __Host-limen=first\r\n\r\n"
            + (GET + "host: a\r\ncookie: __Host-limen=second\r\n\r\n")
            + "GET /limen/check/slow HTTP/1.1\r\nhost: a\r\ncookie: __Host-limen=third\r\n\r\n");
    door.checks.release();
    Response first = client.read();
    Response second = client.read();
    door.checks.release();
    Response third = client.read();

    assertThat(first.all("x-auth-request-user")).containsExactly("first");
    assertThat(second.all("x-auth-request-user")).containsExactly("second");
    assertThat(third.all("x-auth-request-user")).containsExactly("third");
  }

  @Test
  @DisplayName("beyond MAX_UNDER_WAY requests wait unread, and all are answered in the end")
  void beyondTheBoundRequestsWaitUnread() throws Exception {
    int count = HttpConnection.MAX_UNDER_WAY + 40;
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < count; i++) {
      all.append("GET /limen/check/slow HTTP/1.1\r\nhost: a\r\ncookie: __Host-limen=user")
          .append(i)
          .append("\r\n\r\n");
    }
    client.send(all.toString());
    while (door.checks.waitingCount() < HttpConnection.MAX_UNDER_WAY) {
      Thread.sleep(1);
    }
    // All has arrived by the time that the same loop has turned for another connection.
    try (RawClient other = door.connect()) {
      for (int i = 0; i < 3; i++) {
        assertThat(other.ask(GET + "host: a\r\n\r\n").status()).isEqualTo(401);
      }
    }
    assertThat(door.checks.waitingCount()).isEqualTo(HttpConnection.MAX_UNDER_WAY);
    for (int i = 0; i < count; i++) {
      door.checks.release();
    }

    for (int i = 0; i < count; i++) {
      assertThat(client.read().all("x-auth-request-user")).containsExactly("user" + i);
    }
  }

  @Test
  @DisplayName("C29 after Connection: close comes the last answer, and the end")
  void afterConnectionCloseComesTheEnd() throws IOException {
    String one = GET + ALICE + "\r\n";
    client.send(one + one + GET + ALICE + "connection: close\r\n\r\n" + one);

    assertThat(client.read().all("connection")).isEmpty();
    assertThat(client.read().all("connection")).isEmpty();
    assertThat(client.read().all("connection")).containsExactly("close");
    assertThat(client.isEnded()).isTrue();
    assertThat(door.checks.seen()).hasSize(3);
  }

  @Test
  @DisplayName("C34 60 KiB of cookies are answered, 128 KiB are 431 and the end")
  void sixtyKibOfCookiesAreAnswered() throws IOException {
    String pad = "a=" + "x".repeat(1021) + ";";
    assertAllowed(GET + "host: a\r\ncookie: " + pad.repeat(60) + " __Host-limen=alice\r\n\r\n");

    client.send(GET + "host: a\r\ncookie: " + pad.repeat(128) + "\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(431);
    assertThat(client.isEnded()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "=x", ";;", "a=b=c", "\"q\"", "", "a=\u00e9\u00fe\u00ff"})
  @DisplayName("C35 odd cookies are no error")
  void oddCookiesAreNoError(String cookie) throws IOException {
    assertThat(client.ask(GET + "host: a\r\ncookie: " + cookie + "\r\n\r\n").status())
        .isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/limen/check/\u00e9", "/limen/check/a b", "/limen/check/#f", "/\u007f"})
  @DisplayName("C36 a byte that no target has is 400")
  void aByteThatNoTargetHasIs400(String target) throws IOException {
    assertRefused("GET " + target + " HTTP/1.1\r\n" + ALICE + "\r\n", 400);
  }

  @Test
  @DisplayName("C37 an encoded line end stays encoded")
  void anEncodedLineEndStaysEncoded() throws IOException {
    client.ask("GET /limen/check/a%0d%0ax:y?b=%0D%0A HTTP/1.1\r\n" + ALICE + "\r\n");

    assertThat(door.checks.last().path()).isEqualTo("/a%0d%0ax:y?b=%0D%0A");
  }

  /** Where C38 takes the authority of the target, decisions.md has a 400, as A12 does. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET http://app.example.com/limen/check/x HTTP/1.1",
        "GET limen/check/x HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT a:443 HTTP/1.1"
      })
  @DisplayName("A12 C38 C39 a target that is not a path is 400, never an allow")
  void aTargetThatIsNotAPathIs400(String requestLine) throws IOException {
    assertRefused(requestLine + "\r\n" + ALICE + "\r\n", 400);
    assertThat(door.figures.refusedLabels()).containsExactly("target_form_refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "host: a\r\nhost: a\r\n", "host: a\r\nHost: b\r\n"})
  @DisplayName("C40 no host and two hosts are 400")
  void noHostAndTwoHostsAre400(String hosts) throws IOException {
    assertRefused(GET + hosts + "\r\n", 400);
  }

  @Test
  @DisplayName("C40 an empty host is 400 and no check")
  void anEmptyHostIs400() throws IOException {
    assertThat(client.ask(GET + "host:\r\n\r\n").status()).isEqualTo(400);
    assertThat(door.checks.seen()).isEmpty();
  }

  @Test
  @DisplayName("C41 HTTP/1.0 is answered and ended, unless it keeps the connection alive")
  void http10IsAnsweredAndEnded() throws IOException {
    String request = "GET /limen/check/x HTTP/1.0\r\n" + ALICE;
    Response kept = client.ask(request + "connection: keep-alive\r\n\r\n");
    Response last = client.ask(request + "\r\n");

    assertThat(kept.status()).isEqualTo(200);
    assertThat(kept.all("connection")).containsExactly("keep-alive");
    assertThat(last.status()).isEqualTo(200);
    assertThat(last.all("connection")).containsExactly("close");
    assertThat(kept.all("transfer-encoding")).isEmpty();
    assertThat(client.isEnded()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x: a\r\n b\r\n",
        "x: a\r\n\tcookie: __Host-limen=alice\r\n",
        " x: a\r\n",
        "x: a\r\n \r\n",
        "x: a\n",
        "x: a\r",
        "x: a\rb\r\n",
        "x: a\u0000b\r\n",
        "x: a\u0001\r\n",
        "x: a\u007f\r\n",
        "x\u0000: a\r\n",
        "x : a\r\n",
        "x\t: a\r\n",
        "x a\r\n",
        ": a\r\n",
        "x(: a\r\n",
        "\u00e9: a\r\n"
      })
  @DisplayName(
      "C49 C50 C51 folded lines, bare line ends, control bytes, blanks before a colon: 400")
  void whatTwoReadersCouldReadInTwoWaysIs400(String field) throws IOException {
    assertRefused(GET + ALICE + field + "\r\n", 400);
  }

  @ParameterizedTest
  @CsvSource({
    "'GET  /limen/check/x HTTP/1.1', 400",
    "'GET /limen/check/x  HTTP/1.1', 400",
    "'GET /limen/check/x HTTP/1.1 ', 400",
    "' GET /limen/check/x HTTP/1.1', 400",
    "'GET\t/limen/check/x HTTP/1.1', 400",
    "'GET /limen/check/x', 400",
    "'GET /limen/check/x http/1.1', 400",
    "'G(T /limen/check/x HTTP/1.1', 400",
    "'GET /limen/check/x HTTP/1.2', 505",
    "'GET /limen/check/x HTTP/2.0', 505",
    "'GET /limen/check/x HTTP/0.9', 505",
    "'GET /limen/check/x HTTP/1.11', 400",
    "'PRI * HTTP/2.0', 505"
  })
  @DisplayName("C50 C56 a request line is three words and two spaces")
  void aRequestLineIsThreeWords(String line, int status) throws IOException {
    assertRefused(line + "\r\n" + ALICE + "\r\n", status);
    assertThat(door.figures.refusedLabels())
        .containsExactly(status == 505 ? "version_refused" : "request_malformed");
  }

  @Test
  @DisplayName("a head of 64 KiB is accepted, one byte more is 431 and the end")
  void aHeadOf64KibIsAccepted() throws IOException {
    String start = GET + ALICE + "x: ";
    String end = "\r\n\r\n";
    String most =
        start + "v".repeat(HeadGuard.MAX_HEAD_BYTES - start.length() - end.length()) + end;
    assertAllowed(most);

    assertRefusedAfter(most.replace("x: ", "xx: "), 431);
    assertThat(door.figures.refusedLabels()).containsExactly("request_too_large");
  }

  /** Where C52 has 64 KiB for the target alone, decisions.md has them for the head as a whole. */
  @Test
  @DisplayName("C52 a target has what the head leaves it; one that is over 64 KiB itself is 414")
  void aTargetHasWhatTheHeadLeavesIt() throws IOException {
    String start = "GET /limen/check/";
    String end = " HTTP/1.1\r\n" + ALICE + "\r\n";
    int rest = HeadGuard.MAX_HEAD_BYTES - start.length();
    assertAllowed(start + "x".repeat(rest - end.length()) + end);
    assertThat(door.checks.last().path()).hasSize(rest - end.length() + 1);

    assertRefusedAfter(start + "x".repeat(rest + 1), 414);
    assertThat(door.figures.refusedLabels()).containsExactly("request_too_large");
  }

  @Test
  @DisplayName("C52 a target that leaves no room for the rest of its line is 431")
  void aTargetThatLeavesNoRoomIs431() throws IOException {
    String start = "GET /limen/check/";
    String target = "x".repeat(HeadGuard.MAX_HEAD_BYTES - start.length());

    assertRefusedAfter(start + target + " HTTP/1.1\r\n", 431);
  }

  @Test
  @DisplayName("a thousand header lines are accepted, one more is 431")
  void aThousandHeaderLinesAreAccepted() throws IOException {
    String lines = "a: b\r\n".repeat(998);
    assertAllowed(GET + ALICE + lines + "\r\n");

    assertRefusedAfter(GET + ALICE + lines + "a: b\r\n\r\n", 431);
  }

  private void assertRefusedAfter(String request, int status) throws IOException {
    assertThat(client.ask(request).status()).isEqualTo(status);
    assertThat(client.isEnded()).isTrue();
  }

  @Test
  @DisplayName("C55 an upgrade to h2c is ignored")
  void anUpgradeIsIgnored() throws IOException {
    assertAllowed(
        GET
            + ALICE
            + "connection: upgrade, http2-settings\r\nupgrade: h2c\r\n"
            + "http2-settings: AAMAAABkAAQAAP__\r\n\r\n");
    assertAllowed(GET + ALICE + "connection: upgrade\r\nupgrade: websocket\r\n\r\n");
  }

  @Test
  @DisplayName("C58 who ends its side after asking still gets the answer, and then the end")
  void whoEndsItsSideStillGetsTheAnswer() throws Exception {
    client.send("GET /limen/check/slow HTTP/1.1\r\n" + ALICE + "\r\n");
    client.endOutput();
    door.checks.release();
    Response response = client.read();

    assertThat(response.status()).isEqualTo(200);
    assertThat(client.isEnded()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GET /li", "POST /limen/check/x HTTP/1.1\r\nhost: a\r\n"})
  @DisplayName("C58 who ends its side before it has asked gets the end")
  void whoEndsItsSideBeforeItHasAskedGetsTheEnd(String start) throws IOException {
    client.send(start);
    client.endOutput();

    assertThat(client.isEnded()).isTrue();
    assertThat(door.checks.seen()).isEmpty();
  }

  @Test
  @DisplayName("a client that goes while its check waits leaves nothing behind")
  void aClientThatGoesLeavesNothingBehind() throws Exception {
    client.send("GET /limen/check/slow HTTP/1.1\r\n" + ALICE + "\r\n");
    var listener = door.checks.awaitSlow();
    client.close();
    try (RawClient other = door.connect()) {
      assertThat(other.ask(GET + ALICE + "\r\n").status()).isEqualTo(200);
      listener.onDecision(
          new dev.limen.check.Decision.Deny(401, dev.limen.check.Reason.NO_SESSION));
      assertThat(other.ask(GET + ALICE + "\r\n").status()).isEqualTo(200);
    }
  }

  @Test
  @DisplayName("a check whose client resets its connection is counted as cancelled")
  void aCheckWhoseClientResetsIsCountedAsCancelled() throws Exception {
    client.send("GET /limen/check/slow HTTP/1.1\r\n" + ALICE + "\r\n");
    door.checks.awaitSlow();
    client.reset();
    for (int i = 0; i < 20_000 && door.figures.cancelledCount() == 0; i++) {
      Thread.sleep(1);
    }

    assertThat(door.figures.cancelledCount()).isEqualTo(1);
    assertThat(door.figures.answeredLabels()).isEmpty();
  }

  @Test
  @DisplayName("blank lines before a request are skipped, a few of them (RFC 9112, section 2.2)")
  void blankLinesBeforeARequestAreSkipped() throws IOException {
    assertAllowed("\r\n" + GET + ALICE + "\r\n");
    assertRefusedAfter("\r\n".repeat(9) + GET + ALICE + "\r\n", 400);
  }

  @Test
  @DisplayName("a response is text that a reader can check")
  void aResponseIsTextThatAReaderCanCheck() throws IOException {
    client.send("GET /nothing HTTP/1.1\r\nhost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    Response response = client.read();

    assertThat(response.status()).isEqualTo(404);
    assertThat(response.all("content-length"))
        .containsExactly(Integer.toString(response.body().length()));
  }
}
