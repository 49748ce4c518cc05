package dev.limen.server;

import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Asks one of Limen's doors, as a gateway does.
 *
 * <p>Invariant: what it hears is told alike, whatever the wire. One thread.
 */
interface Gateway extends AutoCloseable {
  /** The host that the browser asked for. */
  String HOST = "localhost:8080";

  Duration LIMIT = Duration.ofSeconds(20);

  /** An answer, of which an allow is a 200; what is not there is empty. */
  record Answered(int status, String location, List<String> setCookies) {}

  /** One check of a GET. */
  Answered check(String path, Map<String, String> headers) throws IOException, InterruptedException;

  @Override
  void close();

  /** By gRPC. */
  static Gateway overGrpc(InetSocketAddress door) {
    return new OverGrpc(NettyChannelBuilder.forAddress(door).usePlaintext().build());
  }

  /** By HTTP. */
  static Gateway overHttp(InetSocketAddress door) {
    return new OverHttp(
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(),
        "http://127.0.0.1:" + door.getPort() + "/limen/check");
  }

  /** HTTP ext_authz, as Envoy sends it. */
  record OverHttp(HttpClient client, String prefix) implements Gateway {
    @Override
    public Answered check(String path, Map<String, String> headers)
        throws IOException, InterruptedException {
      // The gateway sends the host that the browser asked for; the build lets the client say it.
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(prefix + path))
              .timeout(LIMIT)
              .header("host", HOST)
              .header("x-forwarded-proto", "http");
      headers.forEach(request::header);
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answered(
          response.statusCode(),
          response.headers().firstValue("location").orElse(""),
          response.headers().allValues("set-cookie"));
    }

    @Override
    public void close() {
      client.close();
    }
  }

  /** gRPC ext_authz, with a client that shares no class with the door. */
  record OverGrpc(ManagedChannel channel) implements Gateway {
    @Override
    public Answered check(String path, Map<String, String> headers) {
      AttributeContext.HttpRequest http =
          AttributeContext.HttpRequest.newBuilder()
              .setMethod("GET")
              .setScheme("http")
              .setHost(HOST)
              .setPath(path)
              .putAllHeaders(headers)
              .build();
      CheckRequest.Builder request = CheckRequest.newBuilder();
      request.getAttributesBuilder().getRequestBuilder().setHttp(http);
      CheckResponse response =
          AuthorizationGrpc.newBlockingStub(channel)
              .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS)
              .check(request.build());
      DeniedHttpResponse denied = response.getDeniedResponse();
      return new Answered(
          response.hasOkResponse() ? 200 : denied.getStatus().getCodeValue(),
          String.join("", values(denied, "location")),
          values(denied, "set-cookie"));
    }

    private static List<String> values(DeniedHttpResponse denied, String name) {
      return denied.getHeadersList().stream()
          .map(HeaderValueOption::getHeader)
          .filter(header -> header.getKey().equals(name))
          .map(header -> header.getValue())
          .toList();
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }
}
