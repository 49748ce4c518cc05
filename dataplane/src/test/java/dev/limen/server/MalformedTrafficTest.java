package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.ConfigLoader;
import dev.limen.config.LimenConfig;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.session.redis.RealRedis;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One request in ten is malformed, at both doors of a whole Limen over a real Redis: each is
 * refused for what it is, none is trouble, none is worth a question to the store, and the others
 * are answered as if nothing were.
 */
@Timeout(120)
class MalformedTrafficTest {
  private static final int ROUNDS = 600;
  private static final String HOST = "host: localhost:8080\r\n";
  private static final String GET = "GET /limen/check/orders HTTP/1.1\r\n";

  private static final List<String> MALFORMED_HTTP =
      List.of(
          GET + "\r\n",
          GET + HOST + HOST + "\r\n",
          GET + HOST + "x : a\r\n\r\n",
          GET + HOST + "x: a\r\n b\r\n\r\n",
          GET + HOST + "x: a\u0000\r\n\r\n",
          GET + HOST + "content-length: 5, 5\r\n\r\n",
          GET + HOST + "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
          GET + HOST + "cookie: " + "x".repeat(70_000) + "\r\n\r\n",
          "GET /limen/check/%zz HTTP/1.1\r\n" + HOST + "\r\n",
          "GET /limen/check/a%00b HTTP/1.1\r\n" + HOST + "\r\n",
          "GET http://localhost:8080/limen/check/x HTTP/1.1\r\n" + HOST + "\r\n",
          "GET /limen/check/a b HTTP/1.1\r\n" + HOST + "\r\n");

  @TempDir private Path folder;
  private RealRedis redis;
  private DevIdp provider;
  private LimenServer server;
  private ManagedChannel channel;
  private String cookie;

  @BeforeEach
  void start() throws Exception {
    redis = RealRedis.start(folder);
    provider =
        DevIdp.start(DevIdpConfig.demo().withRedirectUri("http://localhost:8080/oauth2/callback"));
    server = LimenServer.start(config());
    Visit visit = new Visit(server);
    visit.awaitReady();
    visit.logIn("alice");
    cookie = visit.cookie();
    channel = NettyChannelBuilder.forAddress(server.grpcAddress()).usePlaintext().build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    server.close();
    provider.close();
    redis.close();
  }

  private LimenConfig config() throws IOException {
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
            cookie: {secrets: [{id: k1, value: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}]}
            session:
              store:
                type: redis
                redis:
                  connectionURL: "redis://127.0.0.1:%d/0"
                  timeouts: {command: 5s, connect: 5s}
            providers:
              - id: main
                provider: keycloak-oidc
                clientID: limen
                clientSecret: {value: limen-demo-secret}
                oidcConfig: {issuerURL: "%s"}
            redirects: {redirectURL: "http://localhost:8080/oauth2/callback"}
            """
                .formatted(redis.port(), provider.issuer()));
    return new ConfigLoader(Map.of()).load(file);
  }

  /** How often each command came, but for those of connections and of the pings every second. */
  private Map<String, String> commandCounts() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
      socket.getOutputStream().write("INFO commandstats\r\n".getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      StringBuilder length = new StringBuilder();
      for (int octet = in.read(); octet != '\n'; octet = in.read()) {
        length.append((char) octet);
      }
      byte[] text = in.readNBytes(Integer.parseInt(length.substring(1).strip()));
      Map<String, String> counts = new TreeMap<>();
      new String(text, StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> line.startsWith("cmdstat_"))
          .filter(line -> !line.matches("cmdstat_(ping|info|hello|client|auth|select)\\b.*"))
          .forEach(line -> counts.put(line.split(":")[0], line.split("[=,]")[1]));
      return counts;
    }
  }

  private int http(String request) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), server.httpAddress().getPort())) {
      socket.setSoTimeout((int) Duration.ofSeconds(20).toMillis());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      byte[] statusLine = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      String text = new String(statusLine, StandardCharsets.US_ASCII);
      assertThat(text).matches("HTTP/1\\.1 [1-5][0-9]{2}");
      return Integer.parseInt(text.substring(9));
    }
  }

  private static byte[] check(String path, String cookie) {
    AttributeContext.HttpRequest.Builder http =
        AttributeContext.HttpRequest.newBuilder()
            .setMethod("GET")
            .setScheme("http")
            .setHost("localhost:8080")
            .setPath(path)
            .putHeaders("cookie", cookie);
    return CheckRequest.newBuilder()
        .setAttributes(
            AttributeContext.newBuilder()
                .setRequest(AttributeContext.Request.newBuilder().setHttp(http)))
        .build()
        .toByteArray();
  }

  /** Messages that are no check, and checks that are no request. */
  private List<byte[]> malformedMessages() {
    byte[] good = check("/orders", cookie);
    return List.of(
        new byte[0],
        Arrays.copyOf(good, good.length - 1),
        new byte[] {0x0b, 0x0b, 0x0b},
        new byte[] {0x0a, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f},
        check("", cookie),
        check("/a%00b", cookie),
        check("/%zz", cookie),
        check("orders", cookie));
  }

  /** What the gateway's client would see: the status of an answer; of an error, 0 less its code. */
  private int grpc(byte[] message) {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("envoy.service.auth.v3.Authorization/Check")
            .setRequestMarshaller(Bytes.AS_THEY_ARE)
            .setResponseMarshaller(Bytes.AS_THEY_ARE)
            .build();
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS);
    try {
      CheckResponse response =
          CheckResponse.parseFrom(ClientCalls.blockingUnaryCall(channel, method, options, message));
      return response.hasOkResponse()
          ? 200
          : response.getDeniedResponse().getStatus().getCodeValue();
    } catch (StatusRuntimeException e) {
      return -e.getStatus().getCode().value();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Messages of the test's own making. */
  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    AS_THEY_ARE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void assertRefused(int round) throws IOException {
    List<byte[]> messages = malformedMessages();
    String request = MALFORMED_HTTP.get(round % MALFORMED_HTTP.size());
    assertThat(http(request)).as(request).isBetween(400, 499);
    int answer = grpc(messages.get(round % messages.size()));
    // An error of the call is no answer: the gateway lets nothing pass, and asked for nothing.
    int malformed = -Status.Code.INTERNAL.value();
    assertThat(answer).as("message %d", round % messages.size()).isIn(400, malformed);
  }

  private void assertAnswered() throws IOException {
    String asAlice = GET + HOST + "cookie: " + cookie + "\r\n\r\n";
    assertThat(http(asAlice)).isEqualTo(200);
    assertThat(http(GET + HOST + "\r\n")).isEqualTo(401);
    assertThat(grpc(check("/orders", cookie))).isEqualTo(200);
    assertThat(grpc(check("/orders", "a=b"))).isEqualTo(401);
  }

  @Test
  @DisplayName("with one request in ten malformed all are answered for what they are, none by 5xx")
  void withOneInTenMalformedAllAreAnswered() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      if (i % 10 == 0) {
        assertRefused(i / 10);
      } else if (i % 3 == 0) {
        assertAnswered();
      }
    }
  }

  @Test
  @DisplayName("a malformed request never asks the store anything")
  void aMalformedRequestNeverAsksTheStore() throws Exception {
    Map<String, String> before = commandCounts();
    for (int i = 0; i < 60; i++) {
      assertRefused(i);
    }
    assertThat(commandCounts()).isEqualTo(before);

    assertAnswered();
    assertThat(commandCounts()).as("a good one does").isNotEqualTo(before);
  }
}
