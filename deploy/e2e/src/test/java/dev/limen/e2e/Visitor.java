package dev.limen.e2e;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.demo.http.CookieJar;
import dev.limen.demo.http.HttpWire;
import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import dev.limen.demo.run.Ports;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Somebody at the gateway's public side, with cookies kept by host and every header in their hand.
 *
 * <p>Invariant: nothing is sent but what a test says, the cookies of the host, and what HTTP itself
 * needs.
 */
final class Visitor {
  static final String SERVICES = "localhost:" + Ports.GATEWAY;
  static final String PROVIDER = "127.0.0.1:" + Ports.GATEWAY;

  private static final Pattern ACTION =
      Pattern.compile("<form\\b[^>]*\\baction\\s*=\\s*[\"']([^\"']*)[\"']");

  private final HttpWire wire;
  private final CookieJar atServices = new CookieJar();
  private final CookieJar atProvider = new CookieJar();

  Visitor() {
    this(Ports.GATEWAY);
  }

  /** At another door than the gateway's public one. */
  Visitor(int port) {
    wire = new HttpWire(port, null);
  }

  /** The same person, at that door. */
  Visitor at(int port) {
    Visitor there = new Visitor(port);
    String session = session();
    if (session != null) {
      there.cookies().put("__Host-limen", session);
    }
    return there;
  }

  /** Signs in from the service's page through the provider's form and back. */
  static Visitor signedIn(String user) throws IOException {
    Visitor visitor = new Visitor();
    Reply form = visitor.follow(visitor.navigate("/orders"));
    Matcher action = ACTION.matcher(form.text());
    if (!action.find()) {
      throw new IOException("no form where one signs in: status=" + form.status());
    }
    String url = URI.create("http://" + PROVIDER).resolve(unescaped(action.group(1))).toString();
    byte[] body = ("username=" + user + "&password=" + user).getBytes(StandardCharsets.UTF_8);
    String type = "application/x-www-form-urlencoded";
    Reply posted = visitor.send(Request.post(PROVIDER, target(url), type, body));
    Reply back = visitor.follow(posted);
    if (back.status() != 302 || visitor.session() == null) {
      throw new IOException("not signed in: status=" + back.status());
    }
    return visitor;
  }

  private Reply follow(Reply reply) throws IOException {
    String location = Objects.requireNonNull(reply.header("location"), "no redirect");
    return send(
        Request.get(URI.create(location).getRawAuthority(), target(location))
            .with("accept", "text/html"));
  }

  /** Opens a path of the services as a click does. */
  Reply navigate(String path) throws IOException {
    return send(
        Request.get(SERVICES, path)
            .with("accept", "text/html")
            .with("sec-fetch-mode", "navigate")
            .with("sec-fetch-dest", "document"));
  }

  /** Asks for JSON with these headers, each {@code name: value}. */
  Reply get(String path, String... lines) throws IOException {
    return ask("GET", path, lines);
  }

  Reply ask(String method, String path, String... lines) throws IOException {
    return send(with(request(method, path), lines));
  }

  static Request request(String method, String path) {
    return new Request(method, SERVICES, path, List.of(), new byte[0])
        .with("accept", "application/json");
  }

  static Request with(Request plain, String... lines) {
    Request request = plain;
    for (String line : lines) {
      String[] field = line.split(": ", 2);
      request = request.with(field[0], field[1]);
    }
    return request;
  }

  Reply send(Request request) throws IOException {
    CookieJar jar = request.authority().equals(SERVICES) ? atServices : atProvider;
    String cookies = jar.fieldFor(request.target().split("\\?", 2)[0]);
    Reply reply = wire.send(cookies == null ? request : request.with("cookie", cookies));
    jar.take(reply);
    return reply;
  }

  CookieJar cookies() {
    return atServices;
  }

  @Nullable String session() {
    return atServices.value("__Host-limen");
  }

  /** The headers that reached the service, each {@code name: value}. */
  static List<String> arrived(Reply reply) throws IOException {
    if (reply.status() != 200) {
      throw new IOException("expected 200 of a service, found " + reply.status());
    }
    try {
      List<String> headers = new ArrayList<>();
      for (Object pair : JSONObjectUtils.getJSONArray(parsed(reply), "headers")) {
        List<?> both = (List<?>) pair;
        headers.add(both.get(0) + ": " + both.get(1));
      }
      return headers;
    } catch (ParseException notTheEcho) {
      throw new IOException("not the echo service's JSON", notTheEcho);
    }
  }

  private static Map<String, Object> parsed(Reply reply) throws ParseException {
    return JSONObjectUtils.parse(reply.text());
  }

  /** The values under that name. */
  static List<String> arrived(Reply reply, String name) throws IOException {
    return arrived(reply).stream()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .toList();
  }

  private static String target(String url) {
    URI uri = URI.create(url);
    return uri.getRawQuery() == null
        ? uri.getRawPath()
        : uri.getRawPath() + "?" + uri.getRawQuery();
  }

  private static String unescaped(String attribute) {
    return attribute.replace("&#61;", "=").replace("&#x3D;", "=").replace("&amp;", "&");
  }
}
