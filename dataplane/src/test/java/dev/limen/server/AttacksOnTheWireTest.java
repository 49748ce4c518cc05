package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigLoader;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a gateway in front refuses itself, asked of both doors of a whole Limen: a gateway that does
 * not refuse it learns the same.
 */
@Timeout(120)
class AttacksOnTheWireTest {
  private static final int PATIENCE_MILLIS = (int) Duration.ofSeconds(20).toMillis();

  @TempDir private static Path folder;
  private static DevIdp provider;
  private static LimenServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws Exception {
    provider =
        DevIdp.start(DevIdpConfig.demo().withRedirectUri("http://localhost:8080/oauth2/callback"));
    Path file =
        Files.writeString(
            folder.resolve("limen.yaml"),
            """
            version: 1
            server:
              extAuthz:
                grpc: {bindAddress: "127.0.0.1:0"}
                http: {bindAddress: "127.0.0.1:0"}
              shutdown: {lameDuck: 0s, drain: 2s}
            management: {bindAddress: "127.0.0.1:0"}
            providers:
              - id: main
                provider: keycloak-oidc
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            routes: [{match: {path: /public/*, methods: [GET, OPTIONS]}, mode: public}]
            """
                .formatted(provider.issuer()));
    server = LimenServer.start(new ConfigLoader(Map.of()).load(file));
    new Visit(server).awaitReady();
    channel = NettyChannelBuilder.forAddress(server.grpcAddress()).usePlaintext().build();
  }

  @AfterAll
  static void stop() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    server.close();
    provider.close();
  }

  /** The status of the answer, of which an allow is a 200. */
  private static int grpc(String method, String path, String... headers) {
    AttributeContext.HttpRequest.Builder http =
        AttributeContext.HttpRequest.newBuilder()
            .setMethod(method)
            .setScheme("http")
            .setHost(Gateway.HOST)
            .setPath(path);
    for (String header : headers) {
      String[] field = header.split(": ", 2);
      http.putHeaders(field[0].toLowerCase(Locale.ROOT), field[1]);
    }
    CheckRequest.Builder request = CheckRequest.newBuilder();
    request.getAttributesBuilder().getRequestBuilder().setHttp(http);
    CheckResponse response =
        AuthorizationGrpc.newBlockingStub(channel)
            .withDeadlineAfter(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
            .check(request.build());
    return response.hasOkResponse() ? 200 : response.getDeniedResponse().getStatus().getCodeValue();
  }

  /** Likewise, byte for byte. */
  private static int http(String method, String target, String... headers) throws IOException {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    head.append("host: ").append(Gateway.HOST).append("\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    int port = server.httpAddress().getPort();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      byte[] request = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
      socket.getOutputStream().write(request);
      byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      return Integer.parseInt(new String(line, StandardCharsets.US_ASCII).substring(9));
    }
  }

  @ParameterizedTest
  @DisplayName("A02 A06 A10 A13 a path that nobody honest sends is 400 at both doors")
  @ValueSource(
      strings = {
        "/public/a#/admin",
        "/admin#/../public",
        "/public%2f..%2fadmin",
        "/public/..%5cadmin",
        "/public\\..\\admin",
        "/public/%00/../admin",
        "/public/\u0000",
        "/public/\u0001",
        "/public/\u001f",
        "/public/\u007f",
        "/public/ x",
        "/public/\u00c0\u00ae\u00c0\u00ae/admin",
      })
  void aPathThatNobodyHonestSendsIs400(String path) throws IOException {
    assertThat(grpc("GET", path)).isEqualTo(400);
    assertThat(http("GET", "/limen/check" + path)).isEqualTo(400);
  }

  @ParameterizedTest
  @DisplayName("A12 a target in another form than a path is 400 at both doors")
  @CsvSource({
    "GET, http://evil.example/public/x",
    "GET, http://localhost:8080/public/x",
    "OPTIONS, *",
    "CONNECT, host:443",
    "CONNECT, /public/x",
  })
  void aTargetInAnotherFormIs400(String method, String target) throws IOException {
    assertThat(grpc(method, target)).isEqualTo(400);
    String asked = target.replaceFirst("^(http://[^/]+)?/", "$1/limen/check/");
    assertThat(http(method, asked)).isEqualTo(400);
  }

  @ParameterizedTest
  @DisplayName("A25 a Connection header that names a managed header is 400 at both doors")
  @ValueSource(strings = {"close, X-Auth-Request-Email", "keep-alive,authorization"})
  void aConnectionHeaderThatNamesIdentityIs400(String options) throws IOException {
    assertThat(grpc("GET", "/public/x", "connection: " + options)).isEqualTo(400);
    assertThat(http("GET", "/limen/check/public/x", "connection: " + options)).isEqualTo(400);
  }

  @ParameterizedTest
  @DisplayName("A02 A12 A25 their honest neighbours pass")
  @ValueSource(strings = {"/public/a", "/public/a?x=http://evil.example/", "/public/a%20b"})
  void theirNeighboursPass(String path) throws IOException {
    int expected = path.contains("%20") ? 401 : 200;
    assertThat(grpc("GET", path, "connection: keep-alive, x-other")).isEqualTo(expected);
    assertThat(http("GET", "/limen/check" + path, "connection: keep-alive, x-other"))
        .isEqualTo(expected);
  }
}
