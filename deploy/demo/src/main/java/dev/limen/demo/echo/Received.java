package dev.limen.demo.echo;

import com.sun.net.httpserver.HttpExchange;
import dev.limen.demo.http.Reply;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request as it reached the service.
 *
 * @param headers names in lower case, sorted; a repeated header is there as often as it came
 */
record Received(
    String service,
    String method,
    String path,
    @Nullable String query,
    List<Reply.Header> headers,
    int bodyLength,
    String bodySha256) {

  static Received of(String service, HttpExchange exchange, byte[] body) {
    List<Reply.Header> headers = new ArrayList<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) ->
            values.forEach(
                value -> headers.add(new Reply.Header(name.toLowerCase(Locale.ROOT), value))));
    headers.sort(Comparator.comparing(Reply.Header::name));
    URI uri = exchange.getRequestURI();
    return new Received(
        service,
        exchange.getRequestMethod(),
        uri.getRawPath(),
        uri.getRawQuery(),
        List.copyOf(headers),
        body.length,
        sha256(body));
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException everyJdkHasIt) {
      throw new AssertionError(everyJdkHasIt);
    }
  }

  @Nullable String header(String name) {
    return headers.stream()
        .filter(header -> header.name().equals(name))
        .map(Reply.Header::value)
        .findFirst()
        .orElse(null);
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("service", service);
    json.put("method", method);
    json.put("path", path);
    json.put("query", query == null ? "" : query);
    List<Object> pairs = new ArrayList<>();
    for (Reply.Header header : headers) {
      pairs.add(List.of(header.name(), header.value()));
    }
    json.put("headers", pairs);
    json.put("bodyLength", bodyLength);
    json.put("bodySha256", bodySha256);
    return json;
  }
}
