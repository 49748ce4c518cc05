package dev.limen.faults;

import dev.limen.demo.http.CookieJar;
import dev.limen.demo.http.HttpWire;
import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import dev.limen.demo.run.Await;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A browser of one user, who signs in and out.
 *
 * <p>Invariant: a new browser at each login, so that one user's sessions have nothing in common but
 * the user.
 */
final class Person {
  private static final Pattern ACTION =
      Pattern.compile("<form\\b[^>]*\\baction\\s*=\\s*[\"']([^\"']*)[\"']");
  private static final String FORM = "application/x-www-form-urlencoded";

  private final HttpWire atProvider;

  Person(Fleet fleet) {
    this.atProvider = new HttpWire(fleet.provider.port(), null);
  }

  /** The session cookie that the user has in the end; an exception if there is none. */
  String signIn(String user, Replica at) throws IOException {
    return finish(begin(user, at), at);
  }

  /** The same again and again until it works: a busy machine may be away for a while. */
  String signInWithin(Duration limit, String user, Replica at) throws IOException {
    String[] cookie = {""};
    Await.until(
        limit,
        () -> {
          cookie[0] = signIn(user, at);
          return true;
        });
    return cookie[0].isEmpty() ? signIn(user, at) : cookie[0];
  }

  /** A login that has come as far as the callback. */
  record Begun(CookieJar services, String callback) {}

  /** As far as the address that the provider sends the browser to. */
  Begun begin(String user, Replica at) throws IOException {
    CookieJar services = new CookieJar();
    CookieJar provider = new CookieJar();
    HttpWire limen = new HttpWire(at.gate.port(), null);
    Reply first =
        send(limen, services, navigation(Request.get(Fleet.SERVICES, "/limen/check/orders")));
    Reply form =
        send(atProvider, provider, navigation(Request.get(Fleet.PROVIDER, location(first))));
    Matcher action = ACTION.matcher(form.text());
    if (!action.find()) {
      throw new IOException("no form where one signs in: status=" + form.status());
    }
    byte[] body = ("username=" + user + "&password=" + user).getBytes(StandardCharsets.UTF_8);
    String target = target("http://" + Fleet.PROVIDER, unescaped(action.group(1)));
    Reply back = send(atProvider, provider, Request.post(Fleet.PROVIDER, target, FORM, body));
    return new Begun(services, location(back));
  }

  String finish(Begun begun, Replica at) throws IOException {
    HttpWire limen = new HttpWire(at.gate.port(), null);
    Reply done =
        send(limen, begun.services(), navigation(Request.get(Fleet.SERVICES, begun.callback())));
    String cookie = begun.services().value("__Host-limen");
    if (cookie == null) {
      throw new IOException("not signed in: status=" + done.status());
    }
    return cookie;
  }

  /** Whether the user was told that the session has ended. */
  boolean signOut(String cookie, Replica at) throws IOException {
    return signOut(cookie, "/oauth2/sign_out", at);
  }

  /** The same for every session of the user. */
  boolean signOutEverywhere(String cookie, Replica at) throws IOException {
    return signOut(cookie, "/oauth2/sign_out?all=true", at);
  }

  private static boolean signOut(String cookie, String target, Replica at) throws IOException {
    Request request =
        Request.post(Fleet.SERVICES, target, FORM, new byte[0])
            .with("sec-fetch-site", "same-origin")
            .with("origin", "http://" + Fleet.SERVICES)
            .with("x-forwarded-proto", "http")
            .with("cookie", "__Host-limen=" + cookie);
    Reply reply = new HttpWire(at.gate.port(), null).send(request);
    return (reply.status() == 302 || reply.status() == 200 || reply.status() == 303)
        && clearsTheSession(reply);
  }

  /** Whether an answer takes the session cookie away. */
  static boolean clearsTheSession(Reply reply) {
    List<String> cookies = reply.all("set-cookie");
    return cookies.stream()
        .anyMatch(
            cookie -> cookie.startsWith("__Host-limen=") && cookie.matches("(?i).*max-age=0.*"));
  }

  private static Request navigation(Request request) {
    return request
        .with("accept", "text/html")
        .with("x-forwarded-proto", "http")
        .with("sec-fetch-mode", "navigate")
        .with("sec-fetch-dest", "document");
  }

  private static Reply send(HttpWire wire, CookieJar jar, Request request) throws IOException {
    String cookies = jar.fieldFor(request.target().split("\\?", 2)[0]);
    Reply reply = wire.send(cookies == null ? request : request.with("cookie", cookies));
    jar.take(reply);
    return reply;
  }

  private static String location(Reply reply) throws IOException {
    String location = reply.header("location");
    if (location == null) {
      throw new IOException("no redirect: status=" + reply.status());
    }
    return target(location, location);
  }

  private static String target(String base, @Nullable String reference) {
    URI uri = URI.create(base).resolve(Objects.requireNonNull(reference));
    return uri.getRawQuery() == null
        ? uri.getRawPath()
        : uri.getRawPath() + "?" + uri.getRawQuery();
  }

  private static String unescaped(String attribute) {
    return attribute.replace("&#61;", "=").replace("&#x3D;", "=").replace("&amp;", "&");
  }
}
