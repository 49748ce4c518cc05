package dev.limen.server;

import com.google.protobuf.ByteString;
import dev.limen.http.RawClient;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Both doors of a running Limen, asked as a gateway asks them, byte for byte, over real sockets.
 *
 * <p>Invariant: an upstream is reached by an allow and by nothing else, and then with what the
 * answer sets in the place of what the request said, less what the answer removes: Envoy's order
 * (ext_authz.cc). Shares no class with what is asked. One thread.
 */
final class Doors implements AutoCloseable {
  /** One of the two. */
  enum Door {
    GRPC,
    HTTP
  }

  private static final String HOST = Gateway.HOST;
  private static final String TO_REMOVE = "x-envoy-auth-headers-to-remove";

  private final LimenServer server;
  private final ManagedChannel channel;

  Doors(LimenServer server) {
    this.server = server;
    channel = NettyChannelBuilder.forAddress(server.grpcAddress()).usePlaintext().build();
  }

  /** The one answer to this check. */
  Arrived ask(Door door, Asked asked) throws IOException {
    return ask(door, HOST, asked);
  }

  /** The same of a browser that asked for {@code host}. */
  Arrived ask(Door door, String host, Asked asked) throws IOException {
    return switch (door) {
      case GRPC -> overGrpc(host, asked);
      case HTTP -> overHttp(host, asked);
    };
  }

  private Arrived overHttp(String host, Asked asked) throws IOException {
    StringBuilder head = new StringBuilder();
    head.append(asked.method())
        .append(" /limen/check")
        .append(asked.path())
        .append(" HTTP/1.1\r\n");
    head.append("host: ").append(host).append("\r\nx-forwarded-proto: http\r\n");
    asked.lines().forEach(line -> head.append(line).append("\r\n"));
    try (RawClient client = new RawClient(server.httpAddress())) {
      RawClient.Response answer = client.ask(head + "\r\n");
      List<String> headers = answer.headers().stream().filter(Doors::isNoFraming).toList();
      if (answer.status() != 200) {
        return new Arrived(answer.status(), headers, List.of());
      }
      List<String> removed =
          answer.all(TO_REMOVE).stream()
              .flatMap(list -> List.of(list.split(", ")).stream())
              .toList();
      List<String> set = headers.stream().filter(Doors::goesUpstream).toList();
      return new Arrived(200, headers, upstream(asked, set, removed));
    }
  }

  private static boolean isNoFraming(String line) {
    return !List.of("content-length", "date", "connection").contains(Asked.nameOf(line));
  }

  /** What the shipped configuration lets a gateway pass on. */
  private static boolean goesUpstream(String line) {
    String name = Asked.nameOf(line);
    return name.startsWith("x-auth-request-")
        || name.equals("authorization")
        || name.equals("cookie");
  }

  private Arrived overGrpc(String host, Asked asked) {
    HeaderMap.Builder headers = HeaderMap.newBuilder();
    for (String line : asked.lines()) {
      byte[] value = Asked.valueOf(line).getBytes(StandardCharsets.ISO_8859_1);
      headers.addHeaders(
          HeaderValue.newBuilder()
              .setKey(Asked.nameOf(line))
              .setRawValue(ByteString.copyFrom(value)));
    }
    CheckRequest.Builder request = CheckRequest.newBuilder();
    AttributeContext.HttpRequest.Builder http =
        request.getAttributesBuilder().getRequestBuilder().getHttpBuilder();
    http.setMethod(asked.method()).setScheme("http").setHost(host).setPath(asked.path());
    http.setHeaderMap(headers);
    CheckResponse response =
        AuthorizationGrpc.newBlockingStub(channel)
            .withDeadlineAfter(Gateway.LIMIT.toSeconds(), TimeUnit.SECONDS)
            .check(request.build());
    if (response.hasOkResponse()) {
      List<String> set = lines(response.getOkResponse().getHeadersList());
      List<String> removed = response.getOkResponse().getHeadersToRemoveList();
      return new Arrived(200, set, upstream(asked, set, removed));
    }
    DeniedHttpResponse denied = response.getDeniedResponse();
    return new Arrived(
        denied.getStatus().getCodeValue(), lines(denied.getHeadersList()), List.of());
  }

  private static List<String> lines(List<HeaderValueOption> options) {
    return options.stream()
        .map(HeaderValueOption::getHeader)
        .map(header -> header.getKey() + ": " + header.getValue())
        .toList();
  }

  private static List<String> upstream(Asked asked, List<String> set, List<String> removed) {
    List<String> lines = new ArrayList<>(asked.lines());
    for (String line : set) {
      lines.removeIf(old -> Asked.nameOf(old).equals(Asked.nameOf(line)));
    }
    lines.addAll(set);
    for (String name : removed) {
      lines.removeIf(line -> Asked.nameOf(line).equals(name.toLowerCase(Locale.ROOT)));
    }
    lines.add("host: " + HOST);
    return lines;
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
