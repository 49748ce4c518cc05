package dev.limen.server;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between Limen and the provider on the back channel, hands everything on, and notes each
 * secret that passes.
 *
 * <p>Invariant: what it cannot hand on ends without an answer, as the provider's own fault would.
 */
final class RecordingBackChannel implements AutoCloseable {
  private static final List<String> PARAMETERS = List.of("code", "code_verifier", "refresh_token");
  private static final List<String> TOKENS = List.of("access_token", "refresh_token", "id_token");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger refreshes = new AtomicInteger();
  private final HttpServer server;
  private final String provider;
  private final Canaries canaries;
  private volatile boolean away;
  private volatile String lastAccessToken = "";

  RecordingBackChannel(String provider, Canaries canaries) throws IOException {
    this.provider = provider;
    this.canaries = canaries;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handOn);
    server.start();
  }

  String origin() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Whether the provider is out of reach from now on. */
  void away(boolean value) {
    away = value;
  }

  /** How many refresh tokens were presented. */
  int refreshes() {
    return refreshes.get();
  }

  /** The newest access token of all. */
  String lastAccessToken() {
    return lastAccessToken;
  }

  private void handOn(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      noteParameters(new String(body, StandardCharsets.US_ASCII));
      if (away) {
        return;
      }
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(provider + exchange.getRequestURI()))
              .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
      for (String name : List.of("authorization", "content-type", "accept")) {
        String value = exchange.getRequestHeaders().getFirst(name);
        if (value != null) {
          request.header(name, value);
        }
      }
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      noteTokens(new String(answer.body(), StandardCharsets.UTF_8));
      answer
          .headers()
          .firstValue("content-type")
          .ifPresent(type -> exchange.getResponseHeaders().set("content-type", type));
      exchange.sendResponseHeaders(
          answer.statusCode(), answer.body().length == 0 ? -1 : answer.body().length);
      exchange.getResponseBody().write(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void noteParameters(String form) {
    for (String pair : form.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? "" : pair.substring(0, equals);
      if (PARAMETERS.contains(name)) {
        String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        canaries.noteToken(name, value);
        refreshes.addAndGet(name.equals("refresh_token") ? 1 : 0);
      }
    }
  }

  private void noteTokens(String body) {
    try {
      Map<String, Object> json = JSONObjectUtils.parse(body);
      for (String name : TOKENS) {
        if (json.get(name) instanceof String token) {
          canaries.noteToken(name, token);
          lastAccessToken = name.equals("access_token") ? token : lastAccessToken;
        }
      }
    } catch (ParseException _) {
      // A page, or nothing, where a fault is switched on.
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
    client.close();
  }
}
