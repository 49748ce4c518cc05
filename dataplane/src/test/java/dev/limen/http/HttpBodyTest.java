package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.http.RawClient.Response;
import dev.limen.login.EndpointRequest;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a body ends, over raw sockets. */
@Timeout(120)
class HttpBodyTest {
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
  }

  private void assertAllowed(String request) throws IOException {
    assertThat(client.ask(request).status()).isEqualTo(200);
  }

  @Test
  @DisplayName("C42 who waits for 100 gets it, and then the answer")
  void whoWaitsFor100GetsIt() throws IOException {
    client.send(POST + "expect: 100-continue\r\ncontent-length: 5\r\n\r\n");
    Response interim = client.readWithoutBody();
    client.send("hello");

    assertThat(interim.status()).isEqualTo(100);
    assertThat(interim.headers()).isEmpty();
    assertThat(client.read().status()).isEqualTo(200);
  }

  private static final String LOGOUT =
      """
      POST /oauth2/backchannel_logout HTTP/1.1\r
      host: a\r
      content-type: application/x-www-form-urlencoded; charset=UTF-8\r
      """;

  private static String logout(String form) {
    return LOGOUT + "content-length: " + form.length() + "\r\n\r\n" + form;
  }

  @Test
  @DisplayName("a provider's form reaches its endpoint, in one piece or in chunks")
  void aProvidersFormReachesItsEndpoint() throws IOException {
    assertThat(client.ask(logout("logout_token=a.b.c")).status()).isEqualTo(200);
    String chunked = "transfer-encoding: chunked\r\n\r\n";
    String chunks = "9\r\nlogout_to\r\n4\r\nken=\r\n5\r\nd.e.f\r\n0\r\n\r\n";
    assertThat(client.ask(LOGOUT + chunked + chunks).status()).isEqualTo(200);

    assertThat(door.endpointRequests)
        .extracting(EndpointRequest::form)
        .containsExactly("logout_token=a.b.c", "logout_token=d.e.f");
    assertThat(door.endpointRequests.getFirst().toString()).doesNotContain("a.b.c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "content-type: application/json\r\n",
        "content-type: application/x-www-form-urlencoded2\r\n",
        "content-type: text/plain; x=application/x-www-form-urlencoded\r\n",
      })
  @DisplayName("a body that is not said to be a form is none")
  void aBodyThatIsNotSaidToBeAFormIsNone(String type) throws IOException {
    client.ask(
        "POST /oauth2/backchannel_logout HTTP/1.1\r\nhost: a\r\n"
            + type
            + "content-length: 3\r\n\r\na=b");

    assertThat(door.endpointRequests).extracting(EndpointRequest::form).containsOnlyNulls();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/oauth2/sign_out", "/oauth2/backchannel_logout2", "/oauth2"})
  @DisplayName("any other body is read and dropped")
  void anyOtherBodyIsReadAndDropped(String target) throws IOException {
    String request = logout("logout_token=a.b.c").replace("/oauth2/backchannel_logout", target);
    assertThat(client.ask(request).status()).isEqualTo(200);

    assertThat(door.endpointRequests).extracting(EndpointRequest::form).containsExactly("");
  }

  @Test
  @DisplayName("a provider's form is read to its limit, and one byte more is 413")
  void aProvidersFormIsReadToItsLimit() throws IOException {
    String longest = "x".repeat(EndpointRequest.MAX_FORM_LENGTH);
    assertThat(client.ask(logout(longest)).status()).isEqualTo(200);
    assertThat(door.endpointRequests.getFirst().form()).isEqualTo(longest);

    client.send(logout(longest + "x"));
    assertThat(client.read().status()).isEqualTo(413);
    assertThat(client.isEnded()).isTrue();
    assertThat(door.endpointRequests).hasSize(1);
    assertThat(door.figures.refusedLabels()).containsExactly("request_too_large");
  }

  @Test
  @DisplayName("C43 an expectation that is not known is 417")
  void anUnknownExpectationIs417() throws IOException {
    assertRefused(POST + "expect: x\r\n\r\n", 417);
    assertThat(door.figures.refusedLabels()).containsExactly("expectation_refused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "5;a=b;c=\"d\"\r\nhello\r\n00\r\nx-trailer: v\r\n\r\n",
        "1\r\na\r\nA\r\n0123456789\r\n0\r\n\r\n"
      })
  @DisplayName("C44 C81 a chunked body is read and dropped, and the next request parses")
  void aChunkedBodyIsReadAndDropped(String body) throws IOException {
    assertAllowed(POST + "transfer-encoding: chunked\r\n\r\n" + body);
    assertAllowed(GET + ALICE + "\r\n");
    assertAllowed(POST + "content-length: 5\r\n\r\nhello");
    assertAllowed(POST + "transfer-encoding: Chunked\r\n\r\n" + body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "z\r\n",
        "-1\r\n",
        "+1\r\na\r\n0\r\n\r\n",
        "0x1\r\na\r\n0\r\n\r\n",
        "1_0\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "FFFFFFFF\r\n",
        "1\r\nab\r\n0\r\n\r\n",
        "1\na\n0\n\n",
        "1;a=\n\r\na\r\n0\r\n\r\n",
        "1;\"a\r\nb\"\r\na\r\n0\r\n\r\n",
        "\r\n"
      })
  @DisplayName("A77 C45 a broken chunk is 400 and the end")
  void aBrokenChunkIs400(String body) throws IOException {
    assertRefused(POST + "transfer-encoding: chunked\r\n\r\n" + body, 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "content-length: 0\r\nTransfer-Encoding: Chunked\r\n",
        "transfer-encoding : chunked\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: identity, chunked\r\n",
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: chunked, xchunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding:\r\n chunked\r\n",
        "transfer-encoding: \u000bchunked\r\n",
        "transfer-encoding: \"chunked\"\r\n",
        "transfer-encoding:\r\n",
        "transfer-encoding: identity\r\n"
      })
  @DisplayName("A76 A77 C46 C47 a transfer coding beside a length, or disguised, is 400")
  void aDisguisedTransferCodingIs400(String fields) throws IOException {
    assertRefused(POST + fields + "\r\n0\r\n\r\n", 400);
  }

  @Test
  @DisplayName("C47 a transfer coding in HTTP/1.0 is 400")
  void aTransferCodingInHttp10Is400() throws IOException {
    assertRefused(
        "POST /limen/check/x HTTP/1.0\r\n" + ALICE + "transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 5\r\ncontent-length: 5\r\n",
        "content-length: 5, 5\r\n",
        "content-length: +5\r\n",
        "content-length: -5\r\n",
        "content-length: 0x5\r\n",
        "content-length: 5.0\r\n",
        "content-length:\r\n",
        "content-length: 99999999999999999999\r\n",
        "content-length: \u0661\r\n"
      })
  @DisplayName("A76 C48 a length that is not one number is 400")
  void aLengthThatIsNotOneNumberIs400(String fields) throws IOException {
    assertRefused(POST + fields + "\r\nhello", 400);
  }

  @Test
  @DisplayName("C54 a body of 64 KiB is dropped, one that says more is 413 and the end")
  void aBodyOf64KibIsDropped() throws IOException {
    int most = RequestRules.MAX_BODY_BYTES;
    assertAllowed(POST + "content-length: " + most + "\r\n\r\n" + "x".repeat(most));

    assertRefusedAfter(POST + "content-length: " + (most + 1) + "\r\n\r\n", 413);
  }

  @Test
  @DisplayName("C54 a chunked body that goes on past 64 KiB is 413 and the end")
  void aChunkedBodyThatGoesOnIs413() throws IOException {
    String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";

    client.send(POST + "transfer-encoding: chunked\r\n\r\n" + chunk.repeat(5));
    assertThat(client.read().status()).isEqualTo(413);
    assertThat(client.isEnded()).isTrue();
    assertThat(door.checks.seen()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("a chunk's line has MAX_CHUNK_LINE_BYTES, one more is 400")
  void aChunksLineHasItsLimit(boolean tooLong) throws IOException {
    int most = RequestDecoder.MAX_CHUNK_LINE_BYTES - "1;".length() + (tooLong ? 1 : 0);
    String body = "1;" + "x".repeat(most) + "\r\na\r\n0\r\n\r\n";

    assertThat(client.ask(POST + "transfer-encoding: chunked\r\n\r\n" + body).status())
        .isEqualTo(tooLong ? 400 : 200);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @DisplayName("trailers have MAX_TRAILER_BYTES, one more is 400")
  void trailersHaveTheirLimit(boolean tooLong) throws IOException {
    int most = RequestDecoder.MAX_TRAILER_BYTES - "x:".length() + (tooLong ? 1 : 0);
    String body = "0\r\nx:" + "v".repeat(most) + "\r\n\r\n";

    assertThat(client.ask(POST + "transfer-encoding: chunked\r\n\r\n" + body).status())
        .isEqualTo(tooLong ? 400 : 200);
  }

  @Test
  @DisplayName("C58 who ends its side in the middle of a body gets the end")
  void whoEndsItsSideInABodyGetsTheEnd() throws IOException {
    client.send(POST + "content-length: 5\r\n\r\nhel");
    client.endOutput();

    assertThat(client.isEnded()).isTrue();
    assertThat(door.checks.seen()).isEmpty();
  }

  @Test
  @DisplayName("the keys of WebSocket's old draft, which mean a body without a length, are 400")
  void theKeysOfWebSocketsOldDraftAre400() throws IOException {
    assertRefused(
        GET
            + ALICE
            + "upgrade: WebSocket\r\nconnection: upgrade\r\nsec-websocket-key1: 1\r\n"
            + "sec-websocket-key2: 2\r\n\r\n",
        400);
  }

  private void assertRefusedAfter(String request, int status) throws IOException {
    assertThat(client.ask(request).status()).isEqualTo(status);
    assertThat(client.isEnded()).isTrue();
  }
}
