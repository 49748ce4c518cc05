package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.DoorConfig;
import dev.limen.check.Reason;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.time.Duration;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no gateway sends: refused for little, and never allowed. */
@Timeout(60)
class MalformedHttpTest {
  private static final String GET = "GET /limen/check/x HTTP/1.1\r\nhost: a\r\n";

  /**
   * A connection, its request and its answer, whatever their length: measured 7 to 11 KB; and of
   * each of the 1,000 lines that a head may have, be they ever so short, two words.
   */
  private static final long FIXED_BYTES = 16 * 1024 + 2L * Long.BYTES * CheckRequest.MAX_HEADERS;

  private static final String EMPTY_HOSTED = "GET /limen/check/x HTTP/1.1\r\nhost:\r\n";

  private static final int SMALL = 1_000;

  /** Just above a power of two, where the decoder's own buffer is twice the line. */
  private static final int LARGE = 33_000;

  private final ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();
  private DoorFixture door;

  @BeforeEach
  void open() throws IOException {
    // Paranoid leak detection keeps a stack of each access, which is not what is measured here.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    door =
        new DoorFixture(
            DoorConfig.of(Duration.ofSeconds(10)),
            _ ->
                (request, listener) ->
                    listener.onDecision(new Decision.Deny(401, Reason.NO_SESSION)));
  }

  @AfterEach
  void close() {
    door.close();
    ResourceLeakDetector.setLevel(leakDetection);
  }

  /**
   * Large requests of each kind, to be made of a length.
   *
   * <p>Most are refused while the guard reads them, and are never copied. What only a whole head
   * shows was copied once by then, and so was a request that only the check itself refuses: head
   * and check are one array, and a line costs two words beside it.
   */
  @SuppressWarnings("ImmutableEnumChecker") // The functions hold nothing.
  enum Kind {
    CONTROL_BYTE_IN_A_FIELD(
        length -> GET + "x: \u0000\r\ncookie: " + "x".repeat(length) + "\r\n\r\n"),
    CONTROL_BYTE_AT_THE_END(length -> GET + "cookie: " + "x".repeat(length) + "\u0001"),
    TARGET(length -> "GET /limen/check/" + "x".repeat(length) + "\u007f"),
    MANY_FIELDS(length -> GET + "a: b\r\n".repeat(Math.min(900, length / 6)) + "c : d"),
    CHUNK(length ->
        "POST /limen/check/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
            + Integer.toHexString(length)
            + "\r\n"
            + "x".repeat(length)
            + "yy"),
    TARGET_WITHOUT_HOST(length -> "GET /limen/check/" + "x".repeat(length) + " HTTP/1.1\r\n\r\n"),
    TWO_HOSTS(length -> GET + "host: b\r\ncookie: " + "x".repeat(length) + "\r\n\r\n"),
    EMPTY_HOST(length -> EMPTY_HOSTED + "cookie: " + "x".repeat(length) + "\r\n\r\n"),
    EMPTY_HOST_AND_MANY_FIELDS(
        length -> EMPTY_HOSTED + "a:\r\n".repeat(Math.min(999, length / 4)) + "\r\n"),
    NO_PATH(length -> "GET x" + "x".repeat(length) + " HTTP/1.1\r\nhost: a\r\n\r\n"),
    TRANSFER_CODING(length -> GET + "transfer-encoding: " + "x".repeat(length) + "\r\n\r\n"),
    LENGTH(length -> GET + "content-length: " + "5".repeat(length) + "\r\n\r\n"),
    CHUNK_LINE(length ->
        "POST /limen/check/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1;"
            + "x".repeat(length)
            + "\u0000\r\n"),
    TRAILER(length ->
        "POST /limen/check/x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx:"
            + "x".repeat(length)
            + "\u0000\r\n\r\n");

    private final IntFunction<String> request;

    Kind(IntFunction<String> request) {
      this.request = request;
    }
  }

  /** What the loop allocates until the answer of {@code status} is read; the least of several. */
  private long allocatedFor(String request, int status) throws IOException {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 20; i++) {
      long before = door.allocatedBytes();
      try (RawClient client = door.connect()) {
        assertThat(client.ask(request).status()).isEqualTo(status);
      }
      least = Math.min(least, door.allocatedBytes() - before);
    }
    return least;
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  @DisplayName("a malformed request costs no more memory than twice its length, and a little")
  void aMalformedRequestCostsNoMoreThanTwiceItsLength(Kind kind) throws IOException {
    for (int length : new int[] {SMALL, LARGE}) {
      String request = kind.request.apply(length);
      long allocated = allocatedFor(request, 400);
      System.out.printf("%s: %d B cost %d B%n", kind, request.length(), allocated);

      assertThat(allocated).isLessThan(FIXED_BYTES + 2L * request.length());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=1; ", ";", "a=b", "; , "})
  @DisplayName(
      "A38 large cookies are answered, and cost twice their length in memory, and a little")
  void largeCookiesAreAnswered(String unit) throws IOException {
    for (int length : new int[] {SMALL, LARGE, 60 * 1024}) {
      String request = GET + "cookie: " + unit.repeat(length / unit.length()) + "\r\n\r\n";
      long allocated = allocatedFor(request, 401);
      System.out.printf("A38 HTTP %s: %d B cost %d B%n", unit, request.length(), allocated);

      assertThat(allocated).isLessThan(FIXED_BYTES + 2L * request.length());
    }
  }

  @Test
  @DisplayName("A38 a Cookie header of 64 KiB is 431, a thousand cookies and 10,000 ; are answered")
  void aCookieHeaderOf64KibIs431() throws IOException {
    try (RawClient client = door.connect()) {
      String thousand = "cookie: " + "a=b; ".repeat(1_000) + "\r\n\r\n";
      assertThat(client.ask(GET + thousand).status()).isEqualTo(401);
      assertThat(client.ask(GET + "cookie: " + ";".repeat(10_000) + "\r\n\r\n").status())
          .isEqualTo(401);
      String cookie = "x".repeat(HeadGuard.MAX_HEAD_BYTES);
      assertThat(client.ask(GET + "cookie: " + cookie + "\r\n\r\n").status()).isEqualTo(431);
      assertThat(client.isEnded()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/healthz",
    "/ready",
    "/ping",
    "/metrics",
    "/robots.txt",
    "/oauth2/sign_in",
    "/favicon.ico"
  })
  @DisplayName("A17 a well-known path without a session is never let pass, nor answered for others")
  void aWellKnownPathIsNeverLetPass(String path) throws IOException {
    try (RawClient client = door.connect()) {
      assertThat(client.ask("GET /limen/check" + path + " HTTP/1.1\r\nhost: a\r\n\r\n").status())
          .isEqualTo(401);
      if (!path.startsWith("/oauth2/")) {
        assertThat(client.ask("GET " + path + " HTTP/1.1\r\nhost: a\r\n\r\n").status())
            .isEqualTo(404);
      }
    }
  }
}
