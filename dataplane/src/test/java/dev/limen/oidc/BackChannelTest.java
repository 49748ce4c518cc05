package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.limen.config.ConfigException;
import dev.limen.oidc.BackChannel.Limit;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the wire may bring, and what becomes of it. */
class BackChannelTest {
  private static final Limit LIMIT = new Limit(1_000, Duration.ofSeconds(10));
  private static final String PATH = "/x";

  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final WireProvider provider = new WireProvider();
  private final BackChannel channel =
      new BackChannel(IssuerSource.of(Providers.standard()), executor);

  @AfterEach
  void stop() {
    channel.close();
    provider.close();
    executor.shutdownNow();
  }

  private Answer get(Limit limit) {
    return channel.get(provider.uri(PATH), limit);
  }

  @Test
  void jsonIsRead() {
    provider.json(PATH, "{\"a\":\"b\"}");
    Answer answer = get(LIMIT);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json()).isNotNull();
    assertThat(answer.outcome()).isEqualTo(Outcome.OK);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON",
        "application/json;charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/jwk-set+json"
      })
  void jsonHasSeveralNames(String type) {
    provider.answer(PATH, WireProvider.status(200, type, "{}"));
    assertThat(get(LIMIT).outcome()).isEqualTo(Outcome.OK);
  }

  @ParameterizedTest
  @DisplayName("A67: what does not say that it is JSON in UTF-8 is not read")
  @ValueSource(
      strings = {
        "text/html",
        "text/html; charset=utf-8",
        "text/json",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "json"
      })
  void otherTypesAreNotRead(String type) {
    provider.answer(PATH, WireProvider.status(200, type, "{}"));
    assertThat(get(LIMIT)).isEqualTo(Answer.failed(200, Outcome.MALFORMED));
  }

  @Test
  void anEncodedBodyIsNotRead() {
    provider.answer(
        PATH,
        exchange -> {
          exchange.getResponseHeaders().set("Content-Encoding", "gzip");
          WireProvider.status(200, "application/json", "{}").handle(exchange);
        });
    assertThat(get(LIMIT).outcome()).isEqualTo(Outcome.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<html></html>", "[]", "{\"a\":1,\"a\":2}", "{"})
  @DisplayName("A67: garbage, and a member named twice")
  void garbageIsNotRead(String body) {
    provider.json(PATH, body);
    assertThat(get(LIMIT).outcome()).isEqualTo(Outcome.MALFORMED);
  }

  @ParameterizedTest
  @CsvSource({"301", "302", "303", "307", "308"})
  @DisplayName("A67: a redirect is never followed")
  void redirectsAreNotFollowed(int status) {
    provider.json("/elsewhere", "{}");
    provider.answer(
        PATH,
        exchange -> {
          exchange.getResponseHeaders().set("Location", provider.origin() + "/elsewhere");
          exchange.sendResponseHeaders(status, -1);
        });
    assertThat(get(LIMIT)).isEqualTo(Answer.failed(status, Outcome.REDIRECT));
    assertThat(provider.requests("/elsewhere")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"204", "403", "404", "429", "500", "503"})
  void otherStatusesHaveNoBody(int status) {
    provider.answer(
        PATH, WireProvider.status(status, "application/json", status == 204 ? "" : "{}"));
    assertThat(get(LIMIT)).isEqualTo(Answer.failed(status, Outcome.UNEXPECTED_STATUS));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("A67: a body is read up to its limit, and not one byte further")
  void theLimitIsExact(boolean isLengthSaid) {
    for (int excess = 0; excess <= 1; excess++) {
      String body = "{" + " ".repeat(LIMIT.bytes() - 2 + excess) + "}";
      provider.answer(
          PATH,
          exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, isLengthSaid ? body.length() : 0);
            exchange.getResponseBody().write(body.getBytes(StandardCharsets.US_ASCII));
          });
      assertThat(get(LIMIT).outcome()).isEqualTo(excess == 0 ? Outcome.OK : Outcome.TOO_LARGE);
    }
  }

  @Test
  @DisplayName("A67: a body of 100 MiB is not waited for")
  void aHugeBodyIsBrokenOff() {
    provider.answer(
        PATH,
        exchange -> {
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, 100L << 20);
          byte[] chunk = new byte[64 * 1024];
          for (int i = 0; i < 1_600; i++) {
            exchange.getResponseBody().write(chunk);
          }
        });
    assertThat(get(LIMIT).outcome()).isEqualTo(Outcome.TOO_LARGE);
  }

  @Test
  @DisplayName("A67: one byte now and then does not outlast the deadline")
  void aTrickleHitsTheDeadline() {
    provider.answer(PATH, provider.trickle(20));
    long begin = System.nanoTime();
    Answer answer = get(new Limit(1_000_000, Duration.ofMillis(300)));
    assertThat(answer).isEqualTo(Answer.failed(0, Outcome.TIMEOUT));
    assertThat(System.nanoTime() - begin).isBetween(millis(300), millis(3_000));
  }

  @Test
  void silenceHitsTheDeadline() {
    provider.answer(PATH, provider.silence());
    assertThat(get(new Limit(1_000, Duration.ofMillis(200))).outcome()).isEqualTo(Outcome.TIMEOUT);
  }

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  @Test
  void nobodyThereIsUnreachable() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Answer answer = channel.get(URI.create("http://127.0.0.1:" + port + "/"), LIMIT);
    assertThat(answer).isEqualTo(Answer.failed(0, Outcome.UNREACHABLE));
  }

  @Test
  @DisplayName("dependencies.md: a form whose answer is lost is not sent a second time")
  void aPostIsSentOnce() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      var accepted = executor.submit(() -> dropAll(socket));
      URI uri = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/");
      Answer answer = channel.post(uri, "grant_type=refresh_token", null, LIMIT);
      assertThat(answer.outcome()).isEqualTo(Outcome.UNREACHABLE);
      socket.setSoTimeout(1);
      assertThat(accepted.get(5, TimeUnit.SECONDS)).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("dependencies.md: not even when a kept connection breaks under it")
  void aPostOnAKeptConnectionIsSentOnce() throws Exception {
    AtomicInteger posts = new AtomicInteger();
    try (ServerSocket socket = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      executor.execute(() -> {
        while (!socket.isClosed()) {
          answerOnceThenBreak(socket, posts);
        }
      });
      URI uri = URI.create("http://127.0.0.1:" + socket.getLocalPort() + "/");
      assertThat(channel.post(uri, "a=b", null, LIMIT).outcome()).isEqualTo(Outcome.OK);
      assertThat(channel.post(uri, "a=b", null, LIMIT).outcome()).isEqualTo(Outcome.UNREACHABLE);
      assertThat(posts.get()).isEqualTo(2);
    }
  }

  /** One connection: the first request is answered, the second is read and the line is cut. */
  private static void answerOnceThenBreak(ServerSocket socket, AtomicInteger posts) {
    try (Socket peer = socket.accept()) {
      byte[] request = new byte[4096];
      while (new String(request, StandardCharsets.US_ASCII).indexOf("a=b") < 0) {
        if (peer.getInputStream().read(request) < 0) {
          return;
        }
      }
      posts.incrementAndGet();
      peer.getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                  .getBytes(StandardCharsets.US_ASCII));
      if (peer.getInputStream().read(request) > 0) {
        posts.incrementAndGet();
      }
    } catch (IOException _) {
      // The test is over.
    }
  }

  /** Reads what comes, answers nothing, closes; until nobody has come for half a second. */
  private static int dropAll(ServerSocket socket) throws IOException {
    int count = 0;
    socket.setSoTimeout(500);
    while (true) {
      try (var peer = socket.accept()) {
        count++;
        InputStream in = peer.getInputStream();
        assertThat(in.read(new byte[4096])).isPositive();
      } catch (SocketTimeoutException _) {
        return count;
      }
    }
  }

  @Test
  void requestsSayWhatTheyWantAndCarryNoCookie() {
    provider.answer(
        PATH,
        exchange -> {
          exchange.getResponseHeaders().set("Set-Cookie", "tracking=1");
          WireProvider.status(200, "application/json", "{}").handle(exchange);
        });
    get(LIMIT);
    get(LIMIT);
    WireProvider.Seen seen = provider.requests(PATH).getLast();
    assertThat(seen.header("Accept")).isEqualTo("application/json");
    assertThat(seen.header("User-agent")).isEqualTo("limen");
    assertThat(seen.header("Cookie")).isEmpty();
    assertThat(seen.header("Upgrade")).isEmpty();
  }

  @Nested
  class OverTls {
    /** With a certificate for 127.0.0.1 and no other name, by itself its own authority. */
    @TempDir static Path folder;

    private final WireProvider tls = new WireProvider(tlsServer());

    @BeforeAll
    static void makeTheCertificate() throws Exception {
      keytool("-genkeypair -keyalg EC -groupname secp256r1 -dname CN=test -ext SAN=ip:127.0.0.1");
      keytool("-exportcert -rfc -file " + folder.resolve("ca.pem"));
    }

    @AfterEach
    void stopTls() {
      tls.close();
    }

    private URI uri(String host) {
      tls.json(PATH, "{}");
      return URI.create("https://" + host + ":" + tls.uri(PATH).getPort() + PATH);
    }

    private BackChannel trusting() {
      return trusting(_ -> {});
    }

    private BackChannel trusting(Consumer<Providers> more) {
      return new BackChannel(
          IssuerSource.of(
              Providers.with(draft -> {
                draft.caFiles = List.of(folder.resolve("ca.pem"));
                more.accept(draft);
              })),
          executor);
    }

    @Test
    void aPrivateAuthorityIsTrustedWhereItIsConfigured() {
      assertThat(channel.get(uri("127.0.0.1"), LIMIT)).isEqualTo(Answer.failed(0, Outcome.TLS));
      try (BackChannel trusting = trusting()) {
        assertThat(trusting.get(uri("127.0.0.1"), LIMIT).outcome()).isEqualTo(Outcome.OK);
      }
    }

    @Test
    void throughAProxyThereIsATunnelThatTheProxyCannotLookInto() {
      URI uri = uri("127.0.0.1");
      try (CountingProxy proxy = new CountingProxy();
          BackChannel behind = trusting(draft -> draft.proxy = proxy.address())) {
        assertThat(behind.post(uri, "a=b", "Basic bGltZW4=", LIMIT).outcome())
            .isEqualTo(Outcome.OK);
        assertThat(proxy.heads()).singleElement().asString().doesNotContain("bGltZW4", PATH);
        assertThat(proxy.lines())
            .containsExactly("CONNECT 127.0.0.1:" + uri.getPort() + " HTTP/1.1");
        assertThat(tls.requests(PATH)).hasSize(1);
      }
    }

    @Test
    void aProxyThatRefusesTheTunnelIsNotGoneRound() {
      URI uri = uri("127.0.0.1");
      try (CountingProxy proxy = new CountingProxy();
          BackChannel behind = trusting(draft -> draft.proxy = proxy.address())) {
        proxy.refusal = "403 Forbidden";
        assertThat(behind.get(uri, LIMIT).outcome()).isNotEqualTo(Outcome.OK);
        assertThat(tls.requests(PATH)).isEmpty();
      }
    }

    @Test
    void theSystemsAuthoritiesAreTrustedOnlyIfTheyShall() throws Exception {
      List<Path> own = List.of(folder.resolve("ca.pem"));
      assertThat(TrustedCertificates.store(own, true, "k").size()).isGreaterThan(1);
      assertThat(TrustedCertificates.store(own, false, "k").size()).isEqualTo(1);
      try (BackChannel alone = trusting(draft -> draft.useSystemTrustStore = false)) {
        assertThat(alone.get(uri("127.0.0.1"), LIMIT).outcome()).isEqualTo(Outcome.OK);
      }
    }

    @Test
    void theNameInTheCertificateIsChecked() {
      try (BackChannel trusting = trusting()) {
        assertThat(trusting.get(uri("localhost"), LIMIT)).isEqualTo(Answer.failed(0, Outcome.TLS));
      }
    }

    @Test
    void aFileWithoutACertificateStopsTheStart() throws IOException {
      Path file = Files.writeString(folder.resolve("empty.pem"), "not a certificate");
      assertThatThrownBy(() -> TrustedCertificates.with(List.of(file), true, "providers[].caFiles"))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("providers[].caFiles: found " + file);
      Path missing = folder.resolve("missing.pem");
      assertThatThrownBy(
              () -> TrustedCertificates.with(List.of(missing), true, "providers[].caFiles"))
          .hasMessage(
              "providers[].caFiles: found "
                  + missing
                  + ", expected a readable file with PEM certificates");
    }

    private static void keytool(String options) throws Exception {
      String command =
          Path.of(System.getProperty("java.home"), "bin", "keytool")
              + " -J-XX:TieredStopAtLevel=1 "
              + options
              + " -alias server -storepass changeit -keystore "
              + folder.resolve("server.p12");
      Process process = new ProcessBuilder(command.split(" ")).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
    }

    private static HttpsServer tlsServer() {
      try {
        char[] password = "changeit".toCharArray();
        KeyStore keys = KeyStore.getInstance(folder.resolve("server.p12").toFile(), password);
        KeyManagerFactory factory =
            KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        HttpsServer server =
            HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return server;
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
