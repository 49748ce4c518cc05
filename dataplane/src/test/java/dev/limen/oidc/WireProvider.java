package dev.limen.oidc;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A provider by hand, for what a decent one never sends: redirects, HTML, bodies without end.
 *
 * <p>Invariant: a path without an answer is 404; every request is kept, head and body.
 */
final class WireProvider implements AutoCloseable {
  private static final String DISCOVERY = "/realms/limen/.well-known/openid-configuration";
  static final String TOKEN = "/realms/limen/token";
  static final String CERTS = "/realms/limen/certs";

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, HttpHandler> answers = new ConcurrentHashMap<>();
  private final List<Seen> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** One request. */
  record Seen(String path, String body, Map<String, List<String>> headers) {
    String header(String name) {
      List<String> values = headers.getOrDefault(name, List.of());
      return values.isEmpty() ? "" : values.getFirst();
    }
  }

  WireProvider() {
    this(create());
  }

  WireProvider(HttpServer server) {
    this.server = server;
    server.setExecutor(executor);
    server.createContext("/", this::serve);
    server.start();
    json(DISCOVERY, discovery(issuer()));
  }

  private static HttpServer create() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String path = exchange.getRequestURI().getPath();
    requests.add(new Seen(path, body, Map.copyOf(exchange.getRequestHeaders())));
    try (exchange) {
      answers.getOrDefault(path, e -> e.sendResponseHeaders(404, -1)).handle(exchange);
    }
  }

  String origin() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  String issuer() {
    return origin() + "/realms/limen";
  }

  URI uri(String path) {
    return URI.create(origin() + path);
  }

  String discovery(String issuer) {
    return """
    {
      "issuer": "%s",
      "authorization_endpoint": "%s",
      "token_endpoint": "%s",
      "jwks_uri": "%s"
    }
    """
        .formatted(issuer, issuer() + "/auth", origin() + TOKEN, origin() + CERTS);
  }

  /** Answers the discovery document with this. */
  void discovery(HttpHandler handler) {
    answer(DISCOVERY, handler);
  }

  void answer(String path, HttpHandler handler) {
    answers.put(path, handler);
  }

  void json(String path, String body) {
    answer(path, status(200, "application/json", body));
  }

  static HttpHandler status(int status, String type, String body) {
    return exchange -> {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  /** A body of unknown length that begins and then goes on with a byte now and then. */
  HttpHandler trickle(long pauseMillis) {
    return exchange -> {
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, 0);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write('{');
        while (!isClosedWithin(pauseMillis)) {
          out.write(' ');
          out.flush();
        }
      }
    };
  }

  /** Never answers. */
  HttpHandler silence() {
    return _ -> isClosedWithin(TimeUnit.MINUTES.toMillis(1));
  }

  private boolean isClosedWithin(long millis) {
    try {
      return closed.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  List<Seen> requests(String path) {
    return requests.stream().filter(seen -> seen.path().equals(path)).toList();
  }

  List<Seen> discoveryRequests() {
    return requests(DISCOVERY);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    executor.shutdownNow();
  }
}
