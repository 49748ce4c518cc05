package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.limen.check.DoorConfig;
import dev.limen.config.WebConfig;
import dev.limen.http.RawClient.Response;
import dev.limen.login.EndpointRequest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The endpoints for browsers, on the port of the checks. */
@Timeout(60)
class HttpBrowserTest {
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

  private static String get(String target, String... fields) {
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nhost: app.example\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  @Test
  @DisplayName("a callback is 302 with its cookies, and the connection goes on")
  void aCallbackIs302WithItsCookies() throws IOException {
    Response response = client.ask(get("/oauth2/callback?code=c&state=s"));
    Response next = client.ask(get("/oauth2/callback?code=c&state=s"));

    assertThat(response.status()).isEqualTo(302);
    assertThat(response.all("location")).containsExactly("http://localhost:8080/orders?x=1");
    assertThat(response.all("set-cookie"))
        .containsExactly("__Host-limen=new; Path=/", "__Host-limen-flow-a=; Max-Age=0");
    assertThat(response.all("cache-control")).containsExactly("no-store");
    assertThat(next.status()).isEqualTo(302);
    assertThat(door.figures.pageLabels()).containsExactly("signed_in", "signed_in");
    assertThat(door.checks.seen()).isEmpty();
  }

  @Test
  @DisplayName("a page is 200 with its type and in UTF-8")
  void aPageIs200WithItsType() throws IOException {
    Response response = client.ask(get("/oauth2/sign_out"));

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.all("content-type")).containsExactly("text/html; charset=utf-8");
    assertThat(response.all("content-length")).containsExactly("10");
    assertThat(response.body()).isEqualTo("<p>Gr\u00fc\u00dfe");
    assertThat(response.all("content-security-policy")).hasSize(1);
  }

  @Test
  @DisplayName("what the browser sent reaches the endpoint undecoded")
  void whatTheBrowserSentReachesTheEndpoint() throws IOException {
    client.ask(
        get(
            "/oauth2/start?rd=%2Fa?b",
            "x-forwarded-proto: https",
            "cookie: a=1",
            "cookie: b=2",
            "sec-fetch-site: same-origin",
            "origin: https://app.example",
            "user-agent: test/1",
            "x-forwarded-for: 198.51.100.1, 192.0.2.2"));
    EndpointRequest request = door.endpointRequests.getFirst();

    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.scheme()).isEqualTo("https");
    assertThat(request.host()).isEqualTo("app.example");
    assertThat(request.path()).isEqualTo("/oauth2/start");
    assertThat(request.rawQuery()).isEqualTo("rd=%2Fa?b");
    assertThat(request.cookieHeaders()).containsExactly("a=1", "b=2");
    assertThat(request.fetchSite()).isEqualTo("same-origin");
    assertThat(request.origin()).isEqualTo("https://app.example");
    assertThat(request.userAgent()).isEqualTo("test/1");
    assertThat(request.remoteAddress()).isEqualTo("192.0.2.2");
    assertThat(request.toString()).doesNotContain("rd=").doesNotContain("a=1");
  }

  @Test
  @DisplayName("what the browser did not send is null, and the peer is where it comes from")
  void whatTheBrowserDidNotSendIsNull() throws IOException {
    client.ask(get("/oauth2"));
    EndpointRequest request = door.endpointRequests.getFirst();

    assertThat(request.path()).isEqualTo("/oauth2");
    assertThat(request.rawQuery()).isEmpty();
    assertThat(request.scheme()).isEqualTo("http");
    assertThat(request.cookieHeaders()).isEmpty();
    assertThat(request.fetchSite()).isNull();
    assertThat(request.remoteAddress()).isEqualTo("127.0.0.1");
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    // x-forwarded-proto,                       the scheme
    "https,                                     https",
    "HTTPS,                                     https",
    "http,                                      http",
    ",                                          http",
    "'https\r\nx-forwarded-proto: http',        ''",
    "'https, http',                             ''",
    "ftp,                                       ''",
  })
  // spotless:on
  @DisplayName("TLS ended before: the scheme is the gateway's word, and a doubtful one is none")
  void theSchemeIsTheGatewaysWord(@Nullable String forwarded, String scheme) throws IOException {
    client.ask(
        get(
            "/oauth2/start",
            forwarded == null ? "x-other: 1" : "x-forwarded-proto: " + forwarded,
            "forwarded: proto=https",
            "x-forwarded-host: evil.example"));

    assertThat(door.endpointRequests.getFirst().scheme()).isEqualTo(scheme);
    assertThat(door.endpointRequests.getFirst().host()).isEqualTo("app.example");
  }

  @ParameterizedTest
  @CsvSource({
    "/oauth2/away, store_unavailable, Sessions cannot be read at the moment. Try again shortly.",
    "/oauth2/fails, internal_error, Something went wrong here. Try again shortly.",
    "/oauth2/throws, internal_error, Something went wrong here. Try again shortly.",
    "/oauth2/splits, internal_error, Something went wrong here. Try again shortly.",
    "/oauth2/allows, internal_error, Something went wrong here. Try again shortly."
  })
  @DisplayName("trouble is 503 with one sentence and Retry-After; nothing here is an allow")
  void troubleIs503WithOneSentence(String target, String label, String sentence)
      throws IOException {
    Response response = client.ask(get(target));

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.body()).isEqualTo(sentence);
    assertThat(response.all("retry-after")).containsExactly("2");
    assertThat(response.all("set-cookie")).isEmpty();
    assertThat(door.figures.pageLabels()).containsExactly(label);
    assertThat(door.figures.refusedLabels()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"404, not_found", "405, method_not_allowed", "400, host_unknown", "401, no_session"})
  @DisplayName("a refusal at an endpoint is counted once, by what was sent")
  void aRefusalAtAnEndpointIsCountedOnce(int status, String label) throws IOException {
    assertThat(client.ask(get("/oauth2/denies/" + status + "/" + label)).status())
        .isEqualTo(status);
    assertThat(door.figures.pageLabels()).containsExactly(label);
  }

  @Test
  @DisplayName("a page for a check that would be 200 is 503: to Envoy, 200 lets pass")
  void aPageThatWouldBe200Is503ForACheck() {
    HttpAnswer answer =
        DecisionAnswers.toCheck(
                new dev.limen.check.Decision.Page(
                    200, "text/html", "x", java.util.List.of(), dev.limen.check.Reason.SIGNED_OUT),
                dev.limen.check.CheckNotes.NONE)
            .answer();

    assertThat(answer.status().code()).isEqualTo(503);
  }

  @Test
  @DisplayName("C26 who and why stand in headers that a gateway can take into its metadata")
  void whoAndWhyStandInHeadersOfAnAllow() {
    var notes =
        dev.limen.check.CheckNotes.of("orders", "login")
            .withCaller("main", "J\u00f6rg", "0011223344556677");
    var allow =
        new dev.limen.check.Decision.Allow(
            new dev.limen.check.HeaderMutations(java.util.List.of(), java.util.List.of()));

    HttpAnswer answer = DecisionAnswers.toCheck(allow, notes).answer();

    assertThat(answer.headers())
        .extracting(dev.limen.check.HeaderField::name, dev.limen.check.HeaderField::value)
        .contains(tuple("x-limen-route", "orders"), tuple("x-limen-session", "0011223344556677"))
        .doesNotContain(tuple("x-limen-subject", "J\u00f6rg"));
    var denied = new dev.limen.check.Decision.Deny(403, dev.limen.check.Reason.ROUTE_DENIED);
    assertThat(DecisionAnswers.toCheck(denied, notes).answer().headers())
        .noneMatch(field -> field.name().startsWith("x-limen-"));
  }

  @Test
  @DisplayName("C37 a redirect that holds a line end is 503, and no header is split")
  void aRedirectThatHoldsALineEndIs503() {
    var redirect =
        new dev.limen.check.Decision.Redirect(
            "/a\r\nset-cookie: b", java.util.List.of(), dev.limen.check.Reason.SIGNED_IN);

    assertThat(
            DecisionAnswers.toCheck(redirect, dev.limen.check.CheckNotes.NONE)
                .answer()
                .status()
                .code())
        .isEqualTo(503);
    assertThat(DecisionAnswers.toBrowser(redirect).answer().status().code()).isEqualTo(503);
  }

  @Test
  @DisplayName("a browser waits as long as a provider may take, and then reads 503")
  void aBrowserWaitsAsLongAsAProviderMayTake() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    HttpServer.Setup setup =
        new HttpServer.Setup(
            DoorConfig.of(Duration.ofSeconds(1)),
            new WebConfig("/oauth2"),
            door.checks,
            _ -> new CompletableFuture<>(),
            door.figures);
    HttpConnection connection =
        new HttpConnection(channel, new FrontDoor(setup), Duration.ofSeconds(10));
    channel.pipeline().addLast(connection.decoder()).addLast(connection);
    channel.writeInbound(Unpooled.copiedBuffer(get("/oauth2/callback"), StandardCharsets.US_ASCII));
    channel.advanceTimeBy(FrontDoor.ENDPOINT_SECONDS - 1, TimeUnit.SECONDS);
    channel.runPendingTasks();
    assertThat(door.figures.pageLabels()).isEmpty();
    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runPendingTasks();

    assertThat(door.figures.pageLabels()).containsExactly("deadline_exceeded");
    channel.finishAndReleaseAll();
  }
}
