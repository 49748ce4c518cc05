package dev.limen.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.CountedServerChannel;
import dev.limen.config.BindAddress;
import dev.limen.config.ManagementConfig;
import dev.limen.http.RawClient.Response;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ping, readiness, metrics. */
@Timeout(60)
class ManagementServerTest {
  private static final int MAX_CONNECTIONS = 2;

  private final List<String> needsRestart = new CopyOnWriteArrayList<>();
  private final List<String> notReady = new CopyOnWriteArrayList<>();
  private final Semaphore scrapesAllowed = new Semaphore(1_000);
  private final BlockingQueue<String> scraping = new LinkedBlockingQueue<>();
  private volatile boolean broken;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private ManagementServer server;
  private RawClient client;

  @BeforeEach
  void open() throws IOException {
    ManagementServer.Exposition exposition =
        new ManagementServer.Exposition() {
          @Override
          public byte[] scrape() {
            scraping.add(Thread.currentThread().getName());
            scrapesAllowed.acquireUninterruptibly();
            if (broken) {
              throw new IllegalStateException("planted");
            }
            return "limen_sessions 3\n".getBytes(StandardCharsets.UTF_8);
          }

          @Override
          public String contentType() {
            return "text/plain; version=0.0.4; charset=utf-8";
          }
        };
    ManagementConfig config =
        new ManagementConfig(
            new BindAddress("127.0.0.1", 0), "/ping", "/ready", "/metrics", MAX_CONNECTIONS);
    server =
        new ManagementServer.Setup(config, () -> needsRestart, () -> notReady, List::of, exposition)
            .listen(loops, CountedServerChannel.class);
    client = new RawClient(server.address());
  }

  @AfterEach
  void close() throws IOException {
    scrapesAllowed.release(1_000);
    client.close();
    server.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private Response get(String target) throws IOException {
    return client.ask("GET " + target + " HTTP/1.1\r\nhost: a\r\n\r\n");
  }

  @Test
  @DisplayName("ping is 200 whatever is not ready")
  void pingIs200WhateverIsNotReady() throws IOException {
    notReady.add("provider metadata is not known");

    assertThat(get("/ping").status()).isEqualTo(200);
    assertThat(get("/ping?x=1").body()).isEqualTo("OK\n");
  }

  @Test
  @DisplayName("ping is 503 with the reason once only a restart helps")
  void pingIs503OnceOnlyARestartHelps() throws IOException {
    needsRestart.add("clock: it was set");
    Response before = get("/ping");
    needsRestart.clear();

    assertThat(before.status()).isEqualTo(503);
    assertThat(before.body()).isEqualTo("broken: clock: it was set\n");
    assertThat(get("/ping").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("ready is 503 with the reasons, and 200 when there is none")
  void readyIs503WithTheReasons() throws IOException {
    notReady.addAll(List.of("the store does not answer", "provider metadata is not known"));
    Response before = get("/ready");
    notReady.clear();
    Response after = get("/ready");

    assertThat(before.status()).isEqualTo(503);
    assertThat(before.body())
        .isEqualTo("not ready: the store does not answer; provider metadata is not known\n");
    assertThat(after.status()).isEqualTo(200);
    assertThat(after.body()).isEqualTo("ready\n");
  }

  @Test
  @DisplayName("metrics are what was scraped, with the exposition's type")
  void metricsAreWhatWasScraped() throws IOException {
    Response response = get("/metrics");

    assertThat(response.body()).isEqualTo("limen_sessions 3\n");
    assertThat(response.all("content-type"))
        .containsExactly("text/plain; version=0.0.4; charset=utf-8");
  }

  @Test
  @DisplayName("while a slow scrape is under way the only event loop answers what else is asked")
  void aSlowScrapeKeepsNoEventLoop() throws Exception {
    scrapesAllowed.drainPermits();
    client.send("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n");
    assertThat(scraping.poll(10, TimeUnit.SECONDS)).isEqualTo(Scrapes.THREAD_NAME);

    try (RawClient other = new RawClient(server.address())) {
      assertThat(other.ask("GET /ping HTTP/1.1\r\nhost: a\r\n\r\n").status()).isEqualTo(200);
    }
    scrapesAllowed.release();

    assertThat(client.read().body()).isEqualTo("limen_sessions 3\n");
  }

  @Test
  @DisplayName("behind a scrape one more waits, and one past that is 503")
  void behindAScrapeOneMoreWaits() throws Exception {
    scrapesAllowed.drainPermits();
    String ask = "GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n";
    client.send(ask);
    assertThat(scraping.poll(10, TimeUnit.SECONDS)).isNotNull();
    client.send(ask.repeat(Scrapes.MAX_WAITING + 1));
    // In the order of its connection, so behind those that wait: asked on the loop after them.
    try (RawClient other = new RawClient(server.address())) {
      assertThat(other.ask(ask).status()).isEqualTo(503);
    }
    scrapesAllowed.release(1 + Scrapes.MAX_WAITING);

    for (int i = 0; i < 1 + Scrapes.MAX_WAITING; i++) {
      assertThat(client.read().status()).isEqualTo(200);
    }
    assertThat(client.read().status()).isEqualTo(503);
    scrapesAllowed.release();
    assertThat(get("/metrics").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("figures that cannot be read are 503, and the next scrape is tried")
  void figuresThatCannotBeReadAre503() throws IOException {
    broken = true;
    assertThat(get("/metrics").status()).isEqualTo(503);
    broken = false;

    assertThat(get("/metrics").status()).isEqualTo(200);
  }

  @Test
  @DisplayName("HEAD is answered like GET, without the body")
  void headIsAnsweredWithoutTheBody() throws IOException {
    client.send("HEAD /metrics HTTP/1.1\r\nhost: a\r\n\r\n");

    assertThat(client.readWithoutBody().all("content-length")).containsExactly("17");
    assertThat(get("/ping").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/metricsx", "/limen/check/x", "/oauth2/start", "/ping/"})
  @DisplayName("anything else is 404, a check or a login among it")
  void anythingElseIs404(String target) throws IOException {
    assertThat(get(target).status()).isEqualTo(404);
  }

  @Test
  @DisplayName("any other method is 405 and says which there are")
  void anyOtherMethodIs405() throws IOException {
    Response response = client.ask("POST /ping HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");

    assertThat(response.status()).isEqualTo(405);
    assertThat(response.all("allow")).containsExactly("GET, HEAD");
  }

  @Test
  @DisplayName("as many connections as configured are answered, one more is closed at once")
  void asManyConnectionsAsConfiguredAreAnswered() throws IOException {
    assertThat(client.ask("GET /ping HTTP/1.1\r\nhost: a\r\n\r\n").status()).isEqualTo(200);
    try (RawClient second = new RawClient(server.address());
        RawClient third = new RawClient(server.address())) {
      assertThat(second.ask("GET /ping HTTP/1.1\r\nhost: a\r\n\r\n").status()).isEqualTo(200);
      assertThat(third.isEnded()).isTrue();
    }
  }
}
