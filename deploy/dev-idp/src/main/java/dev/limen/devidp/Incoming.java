package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.util.URLUtils;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request, read to its end.
 *
 * <p>Invariant: {@code headers} is keyed in lower case; {@code form} is empty unless the body is a
 * form; {@link #toString} shows neither parameters nor headers.
 *
 * @param method the HTTP method
 * @param path the path without query
 * @param query the parameters of the query
 * @param form the parameters of the body
 * @param headers by name in lower case
 * @param body the body as it came
 * @param isWhole whether the body was within the limit; if not, it and the form are left empty
 * @param remotePort the port of the peer
 */
record Incoming(
    String method,
    String path,
    Map<String, List<String>> query,
    Map<String, List<String>> form,
    Map<String, List<String>> headers,
    String body,
    boolean isWhole,
    int remotePort) {

  /** No form that belongs here is near this. */
  static final int BODY_LIMIT = 64 * 1024;

  private static final String FORM = "application/x-www-form-urlencoded";

  /** Reads a request, and of its body no more than the limit. */
  static Incoming read(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(BODY_LIMIT + 1);
    boolean isWhole = body.length <= BODY_LIMIT;
    Map<String, List<String>> headers = new TreeMap<>();
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
    String text = isWhole ? new String(body, StandardCharsets.UTF_8) : "";
    URI uri = exchange.getRequestURI();
    String path = uri.getRawPath();
    return new Incoming(
        exchange.getRequestMethod(),
        path == null ? "" : path,
        parameters(uri.getRawQuery()),
        isForm(headers) ? parameters(text) : Map.of(),
        headers,
        text,
        isWhole,
        exchange.getRemoteAddress().getPort());
  }

  private static Map<String, List<String>> parameters(@Nullable String encoded) {
    return encoded == null || encoded.isEmpty() ? Map.of() : URLUtils.parseParameters(encoded);
  }

  private static boolean isForm(Map<String, List<String>> headers) {
    String type = first(headers, "content-type");
    return type != null && type.toLowerCase(Locale.ROOT).split(";")[0].strip().equals(FORM);
  }

  boolean isPost() {
    return method.equals("POST");
  }

  /** GET, or HEAD, which is answered alike but for the body. */
  boolean isRead() {
    return method.equals("GET") || method.equals("HEAD");
  }

  /** The parameters where OpenID Connect puts them: the query of a GET, the body of a POST. */
  Map<String, List<String>> parameters() {
    return isPost() ? form : query;
  }

  @Nullable String parameter(String name) {
    return first(parameters(), name);
  }

  @Nullable String formValue(String name) {
    return first(form, name);
  }

  @Nullable String header(String name) {
    return first(headers, name);
  }

  String host() {
    String host = header("host");
    return host == null ? "" : host;
  }

  /** Whether a parameter came more than once, which RFC 6749, section 3.1, forbids. */
  boolean hasRepeatedParameter() {
    return parameters().values().stream().anyMatch(values -> values.size() > 1);
  }

  /** The value of a cookie; null if there is none. */
  @Nullable String cookie(String name) {
    for (String field : headers.getOrDefault("cookie", List.of())) {
      for (String pair : field.split(";")) {
        int equals = pair.indexOf('=');
        if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
          return pair.substring(equals + 1).strip();
        }
      }
    }
    return null;
  }

  /** The same request for nimbus' parsers, as if it had come to {@code address}. */
  HTTPRequest toSdk(String address) throws ParseException {
    HTTPRequest request = new HTTPRequest(HTTPRequest.Method.POST, URI.create(address));
    String authorization = header("authorization");
    if (authorization != null) {
      request.setAuthorization(authorization);
    }
    String type = header("content-type");
    if (type != null) {
      request.setContentType(type);
    }
    request.setBody(body);
    return request;
  }

  private static @Nullable String first(Map<String, List<String>> map, String name) {
    List<String> values = map.get(name);
    return values == null || values.isEmpty() ? null : values.getFirst();
  }

  @Override
  public String toString() {
    return "Incoming[" + method + " " + path + "]";
  }
}
