package dev.limen.demo.run;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Questions to a port of this machine that answers plain HTTP: readiness, figures. */
public final class Loopback {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private final int port;

  /** Status and body. */
  public record Answer(int status, String text) {}

  public Loopback(int port) {
    this.port = port;
  }

  public Answer get(String pathAndQuery) throws IOException {
    return send(HttpRequest.newBuilder(uri(pathAndQuery)).GET());
  }

  /** With a body of the given type; {@code authorization} may be empty. */
  public Answer send(String method, String path, Payload payload) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .method(method, HttpRequest.BodyPublishers.ofString(payload.text()))
            .header("content-type", payload.type());
    if (!payload.authorization().isEmpty()) {
      request.header("authorization", payload.authorization());
    }
    return send(request);
  }

  /** What is sent beside method and path. */
  public record Payload(String type, String text, String authorization) {
    @Override
    public String toString() {
      return "Payload[" + type + "]";
    }
  }

  private URI uri(String pathAndQuery) {
    return URI.create("http://127.0.0.1:" + port + pathAndQuery);
  }

  private static Answer send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<String> response =
          CLIENT.send(
              request.timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    }
  }
}
