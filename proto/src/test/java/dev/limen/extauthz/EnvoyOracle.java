package dev.limen.extauthz;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.limen.extauthz.CheckRequestModel.Line;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A CheckRequest as Envoy's own generated classes and protobuf-java read it. */
final class EnvoyOracle {
  private EnvoyOracle() {}

  static CheckRequestModel read(byte[] message) throws InvalidProtocolBufferException {
    CheckRequest.Builder request = CheckRequest.newBuilder();
    PatientInput.read(message, request);
    AttributeContext attributes = request.build().getAttributes();
    AttributeContext.HttpRequest http = attributes.getRequest().getHttp();
    SocketAddress source = attributes.getSource().getAddress().getSocketAddress();
    Map<String, String> values = new HashMap<>();
    CheckRequestModel.put(values, "id", latin1(http.getId()));
    CheckRequestModel.put(values, "method", latin1(http.getMethod()));
    CheckRequestModel.put(values, "path", latin1(http.getPath()));
    CheckRequestModel.put(values, "host", latin1(http.getHost()));
    CheckRequestModel.put(values, "scheme", latin1(http.getScheme()));
    CheckRequestModel.put(values, "protocol", latin1(http.getProtocol()));
    CheckRequestModel.put(values, "source", latin1(source.getAddress()));
    Map<String, String> map = new HashMap<>();
    http.getHeadersMap().forEach((name, value) -> map.put(latin1(name), latin1(value)));
    List<Line> lines = new ArrayList<>();
    for (HeaderValue header : http.getHeaderMap().getHeadersList()) {
      byte[] raw = header.getRawValue().toByteArray();
      String value = raw.length > 0 ? CheckRequestModel.latin1(raw) : latin1(header.getValue());
      lines.add(new Line(latin1(header.getKey()), value));
    }
    int port = source.getAddress().isEmpty() ? 0 : source.getPortValue();
    return new CheckRequestModel(values, http.getSize(), port, map, lines);
  }

  private static String latin1(String text) {
    return CheckRequestModel.latin1(text.getBytes(StandardCharsets.UTF_8));
  }
}
