package dev.limen.demo.judge;

import dev.limen.demo.http.CookieJar;
import dev.limen.demo.http.HttpWire;
import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A person's browser: cookies by host, the headers that Chromium sends, and no redirect followed
 * unless told to.
 *
 * <p>Its {@link #name} is random and stands in every request's {@code user-agent}, so that a
 * recording can be searched for it.
 */
final class Browser {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String PAGE =
      "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

  private final HttpWire wire;
  private final String name = "limen-judge/" + random();
  private final Map<String, CookieJar> jars = new HashMap<>();

  Browser(HttpWire wire) {
    this.wire = wire;
  }

  static String random() {
    byte[] bytes = new byte[12];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  String name() {
    return name;
  }

  CookieJar jar(String authority) {
    return jars.computeIfAbsent(authority, _ -> new CookieJar());
  }

  /** Opens an address as a click does. */
  Reply navigate(String url) throws IOException {
    return navigate(url, Map.of());
  }

  /** The same with headers that no browser would send. */
  Reply navigate(String url, Map<String, String> planted) throws IOException {
    return send(navigation(Request.get(authority(url), target(url))), planted);
  }

  /** Sends a form as a click on its button does. */
  Reply submit(String url, Map<String, String> fields) throws IOException {
    String form =
        fields.entrySet().stream()
            .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
            .collect(Collectors.joining("&"));
    Request post =
        Request.post(
                authority(url),
                target(url),
                "application/x-www-form-urlencoded",
                form.getBytes(StandardCharsets.UTF_8))
            .with("origin", url.substring(0, url.indexOf('/', "https://".length())));
    return send(navigation(post), Map.of());
  }

  /** Asks for JSON, as a script of the page does. */
  Reply fetch(String url, Map<String, String> planted) throws IOException {
    return send(script(Request.get(authority(url), target(url))), planted);
  }

  /** Sends bytes, as a script of the page does. */
  Reply post(String url, byte[] body) throws IOException {
    Request post = Request.post(authority(url), target(url), "application/octet-stream", body);
    return send(script(post), Map.of());
  }

  private static Request navigation(Request request) {
    return request
        .with("accept", PAGE)
        .with("upgrade-insecure-requests", "1")
        .with("sec-fetch-site", "same-origin")
        .with("sec-fetch-mode", "navigate")
        .with("sec-fetch-user", "?1")
        .with("sec-fetch-dest", "document");
  }

  private static Request script(Request request) {
    return request
        .with("accept", "application/json")
        .with("sec-fetch-site", "same-origin")
        .with("sec-fetch-mode", "cors")
        .with("sec-fetch-dest", "empty");
  }

  private Reply send(Request plain, Map<String, String> planted) throws IOException {
    Request request = plain.with("user-agent", "Mozilla/5.0 " + name);
    for (Map.Entry<String, String> header : planted.entrySet()) {
      request = request.with(header.getKey(), header.getValue());
    }
    CookieJar jar = jar(request.authority());
    String cookies = jar.fieldFor(request.target().split("\\?", 2)[0]);
    Reply reply = wire.send(cookies == null ? request : request.with("cookie", cookies));
    jar.take(reply);
    return reply;
  }

  /** Where a redirect leads, as an absolute address. */
  static @Nullable String location(Reply reply, String from) {
    String location = reply.header("location");
    return location == null ? null : URI.create(from).resolve(location).toString();
  }

  static String authority(String url) {
    return URI.create(url).getRawAuthority();
  }

  private static String target(String url) {
    URI uri = URI.create(url);
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
