package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.http.RawClient.Response;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP ext_authz, asked as Envoy asks. */
@Timeout(60)
class HttpCheckTest {
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

  private static String check(String target, String... fields) {
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\n");
    head.append("host: app.example.com\r\ncontent-length: 0\r\n");
    for (String field : fields) {
      head.append(field).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  @Test
  @DisplayName("C1 C2 C9 an allow is 200, empty, and sets or removes every managed header")
  void anAllowIs200AndSetsOrRemovesEveryManagedHeader() throws IOException {
    Response response = client.ask(check("/limen/check/x", "cookie: __Host-limen=alice"));

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(response.all("content-length")).containsExactly("0");
    assertThat(response.all("x-auth-request-user")).containsExactly("alice");
    assertThat(response.all("authorization")).containsExactly("Bearer alice");
    assertThat(response.all("x-envoy-auth-headers-to-remove"))
        .containsExactly("x-auth-request-email, x-auth-request-groups");
    assertThat(response.headers()).contains("cookie: ");
  }

  @Test
  @DisplayName("C3 C5 a redirect carries Location, each cookie in its line, and no-store")
  void aRedirectCarriesLocationCookiesAndNoStore() throws IOException {
    Response response = client.ask(check("/limen/check/x", "accept: text/html"));

    assertThat(response.status()).isEqualTo(302);
    assertThat(response.all("location"))
        .containsExactly("https://provider.example/auth?state=s&nonce=n");
    assertThat(response.all("set-cookie"))
        .containsExactly("__Host-limen-flow-a=1; Path=/", "__Host-limen-flow-b=2; Path=/");
    assertThat(response.all("cache-control")).containsExactly("no-store");
    assertThat(response.all("x-content-type-options")).containsExactly("nosniff");
    assertThat(response.all("referrer-policy")).containsExactly("no-referrer");
    assertThat(response.all("content-security-policy")).singleElement().asString().contains("none");
  }

  @Test
  @DisplayName("C4 a refusal is a problem in JSON with its reason")
  void aRefusalIsAProblemInJson() throws IOException {
    Response response = client.ask(check("/limen/check/x", "accept: application/json"));

    assertThat(response.status()).isEqualTo(401);
    assertThat(response.all("content-type")).containsExactly("application/problem+json");
    assertThat(response.body())
        .isEqualTo(
            "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,"
                + "\"detail\":\"Sign in to go on.\",\"reason\":\"no_session\"}");
    assertThat(door.figures.answeredLabels()).containsExactly("no_session");
  }

  @ParameterizedTest
  @CsvSource({
    "/limen/check/a%2Fb/../c?x=%20&y, /a%2Fb/../c?x=%20&y",
    "/limen/check, /",
    "/limen/check/, /",
    "/limen/check//a, //a",
    "/limen/check?x, /?x",
    "/limen/check/?x=/limen/check, /?x=/limen/check",
    "/limen/check/oauth2/callback?code=c, /oauth2/callback?code=c",
    "/limen/check/limen/check/a, /limen/check/a",
    "/limen/check/http://other/, /http://other/"
  })
  @DisplayName("C11 C12 what follows the prefix is the original target, byte for byte")
  void whatFollowsThePrefixIsTheOriginalTarget(String target, String original) throws IOException {
    client.ask(check(target, "cookie: __Host-limen=alice"));

    assertThat(door.checks.last().path()).isEqualTo(original);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/limen/checkX", "/limen/chec", "/", "/limen//check/a", "/Limen/check/a", "/x"})
  @DisplayName("C12 a path that is not under a prefix is no check, and 404")
  void aPathThatIsNotUnderAPrefixIsNoCheck(String target) throws IOException {
    Response response = client.ask(check(target, "cookie: __Host-limen=alice"));

    assertThat(response.status()).isEqualTo(404);
    assertThat(door.checks.seen()).isEmpty();
    assertThat(door.endpointRequests).isEmpty();
    assertThat(door.figures.refusedLabels()).containsExactly("not_found");
  }

  @Test
  @DisplayName("C13 the host is the client's own, with its port")
  void theHostIsTheClientsOwn() throws IOException {
    client.ask("GET /limen/check/x HTTP/1.1\r\nHoSt: app.example.com:8443\r\n\r\n");

    assertThat(door.checks.last().host()).isEqualTo("app.example.com:8443");
  }

  @Test
  @DisplayName("C14 what x-forwarded-uri, -method and -host claim changes nothing")
  void whatForwardedHeadersClaimChangesNothing() throws IOException {
    Response response =
        client.ask(
            check(
                "/limen/check/protected",
                "x-forwarded-uri: /public",
                "x-forwarded-method: OPTIONS",
                "x-forwarded-host: other.example",
                "x-original-url: /public"));

    assertThat(response.status()).isEqualTo(401);
    assertThat(door.checks.last().path()).isEqualTo("/protected");
    assertThat(door.checks.last().method()).isEqualTo("GET");
    assertThat(door.checks.last().host()).isEqualTo("app.example.com");
  }

  @ParameterizedTest
  @CsvSource({"https, https", "http, http", "HTTPS, https", "ftp, (none)", "'https,http', (none)"})
  @DisplayName("the scheme is what the gateway says in x-forwarded-proto, if that is a scheme")
  void theSchemeIsWhatTheGatewaySays(String given, String scheme) throws IOException {
    client.ask(check("/limen/check/x", "x-forwarded-proto: " + given));

    assertThat(door.checks.last().scheme()).isEqualTo(scheme);
  }

  @Test
  @DisplayName("without x-forwarded-proto the scheme is http")
  void withoutForwardedProtoTheSchemeIsHttp() throws IOException {
    client.ask(check("/limen/check/x"));

    assertThat(door.checks.last().scheme()).isEqualTo("http");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "M-SEARCH", "TRACE"})
  @DisplayName("C15 every method is checked alike")
  void everyMethodIsCheckedAlike(String method) throws IOException {
    String head = method + " /limen/check/x HTTP/1.1\r\nhost: a\r\n";

    assertThat(client.ask(head + "cookie: __Host-limen=bob\r\n\r\n").status()).isEqualTo(200);
    assertThat(client.ask(head + "\r\n").status()).isEqualTo(401);
    assertThat(door.checks.last().method()).isEqualTo(method);
  }

  @Test
  @DisplayName("C16 a HEAD is answered without a body, and the connection goes on")
  void aHeadIsAnsweredWithoutABody() throws IOException {
    client.send("HEAD /limen/check/x HTTP/1.1\r\nhost: a\r\n\r\n");
    Response head = client.readWithoutBody();
    Response next = client.ask(check("/limen/check/y", "cookie: __Host-limen=alice"));

    assertThat(head.status()).isEqualTo(401);
    assertThat(head.all("content-length")).singleElement().isNotEqualTo("0");
    assertThat(next.status()).isEqualTo(200);
  }

  @Test
  @DisplayName("C18 a check that throws is 503 without a body, never an allow")
  void aCheckThatThrowsIs503() throws IOException {
    Response response = client.ask(check("/limen/check/throw"));

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.body()).isEmpty();
    assertThat(response.all("retry-after")).containsExactly("2");
    assertThat(door.figures.answeredLabels()).containsExactly("internal_error");
  }

  @Test
  @DisplayName("C18 a check that is not answered by the deadline is 503, and its answer dropped")
  void aCheckThatIsNotAnsweredByTheDeadlineIs503() throws Exception {
    client.close();
    door.close();
    door = new DoorFixture(Duration.ofMillis(300));
    client = door.connect();
    Response response = client.ask(check("/limen/check/slow", "cookie: __Host-limen=alice"));
    door.checks.release();
    Response next = client.ask(check("/limen/check/y"));

    assertThat(response.status()).isEqualTo(503);
    assertThat(next.status()).isEqualTo(401);
    assertThat(door.figures.answeredLabels())
        .containsExactlyInAnyOrder("deadline_exceeded", "no_session");
  }

  /** Where C32 has the first of two session cookies win, decisions.md has none: A33. */
  @Test
  @DisplayName("C30 C31 C32 C33 cookies are found in any case, trimmed, line by line")
  void headersAreLowerCaseTrimmedAndLineByLine() throws IOException {
    client.ask(
        String.join(
            "\r\n",
            "GET /limen/check/x HTTP/1.1",
            "HOST: a",
            "COOKIE:\t a=1  ",
            "Cookie: b=2,c=3",
            "X-Odd_Name: v",
            "",
            ""));

    assertThat(door.checks.last().all("cookie")).containsExactly("a=1", "b=2,c=3");
    assertThat(door.checks.last().all("x-odd_name")).containsExactly("v");
  }

  @Test
  @DisplayName("C35 bytes above 0x7f in a header reach the check as they are")
  void bytesAboveAsciiReachTheCheckAsTheyAre() throws IOException {
    client.ask(check("/limen/check/x", "cookie: a=\u00e9\u00ff; b=2"));

    assertThat(door.checks.last().all("cookie")).isEqualTo(List.of("a=\u00e9\u00ff; b=2"));
  }

  @Test
  @DisplayName(
      "A30 what a client says in Envoy's own header names is not echoed, and removes nothing")
  void whatAClientSaysInEnvoysOwnNamesIsNotEchoed() throws IOException {
    Response response =
        client.ask(
            check(
                "/limen/check/x",
                "cookie: __Host-limen=alice",
                "x-envoy-auth-headers-to-remove: x-auth-request-user, authorization",
                "x-envoy-auth-partial-body: true"));

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.all("x-envoy-auth-headers-to-remove"))
        .containsExactly("x-auth-request-email, x-auth-request-groups");
    assertThat(response.all("x-envoy-auth-partial-body")).isEmpty();
    assertThat(response.all("x-auth-request-user")).containsExactly("alice");
  }
}
