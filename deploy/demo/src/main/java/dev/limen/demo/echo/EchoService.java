package dev.limen.demo.echo;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.limen.demo.run.CannotRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A service behind the gateway that says what reached it: a page for people, where tokens are shown
 * as their claims; for {@code Accept: application/json} every header as it came.
 *
 * <p>It trusts the gateway and checks nothing: it is what Limen protects.
 */
public final class EchoService implements AutoCloseable {
  private static final int LARGEST_BODY = 8 << 20;

  private final String name;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private EchoService(String name, HttpServer server) {
    this.name = name;
    this.server = server;
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Listens on loopback. */
  public static EchoService start(String name, int port) {
    try {
      return new EchoService(
          name,
          HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 256));
    } catch (IOException busy) {
      throw new CannotRun("the service " + name + " cannot listen on port " + port, busy);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
      if (body.length > LARGEST_BODY) {
        exchange.sendResponseHeaders(413, -1);
        return;
      }
      Received received = Received.of(name, exchange, body);
      String accept = received.header("accept");
      boolean json = accept != null && accept.contains("application/json");
      byte[] answer =
          (json ? JSONObjectUtils.toJSONString(received.toJson()) : EchoPage.render(received))
              .getBytes(StandardCharsets.UTF_8);
      exchange
          .getResponseHeaders()
          .set("content-type", json ? "application/json" : "text/html; charset=utf-8");
      exchange.getResponseHeaders().set("cache-control", "no-store");
      if (!json) {
        exchange.getResponseHeaders().set("content-security-policy", EchoPage.POLICY);
      }
      boolean bodiless = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(200, bodiless ? -1 : answer.length);
      if (!bodiless) {
        exchange.getResponseBody().write(answer);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
