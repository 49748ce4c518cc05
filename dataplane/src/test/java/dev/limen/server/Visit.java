package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A person at a running Limen, seen from the gateway's side of one of its doors.
 *
 * <p>Invariant: cookies of Limen's host and of the provider's never meet. One thread.
 */
final class Visit {
  private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]*)\"");
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, String> cookies = new LinkedHashMap<>();
  private final Map<String, String> providerCookies = new LinkedHashMap<>();
  private final Gateway gateway;
  private final String door;
  private final String management;

  /**
   * @param gateway how checks are asked; the browser's endpoints are behind HTTP in any case
   */
  Visit(LimenServer server, Gateway gateway) {
    this.gateway = gateway;
    door = origin(server.httpAddress());
    management = origin(server.managementAddress());
  }

  /** A visit whose checks are asked over HTTP. */
  Visit(LimenServer server) {
    this(server, Gateway.overHttp(server.httpAddress()));
  }

  private static String origin(InetSocketAddress address) {
    return "http://127.0.0.1:" + address.getPort();
  }

  /** Waits until Limen says that it is ready. */
  void awaitReady() throws IOException, InterruptedException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (management("/ready") != 200) {
      assertThat(System.nanoTime()).as("ready in time").isLessThan(end);
      Thread.sleep(20);
    }
  }

  /** The status of a management page. */
  int management(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(management + path))).statusCode();
  }

  /** The body of a management page. */
  String page(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(URI.create(management + path))).body();
  }

  /** The whole way in. */
  void logIn(String user) throws IOException, InterruptedException {
    HttpResponse<String> in = answerToCallback(user);
    assertThat(in.statusCode()).isEqualTo(302);
    keep(in, cookies);
    assertThat(cookies).containsKey("__Host-limen");
  }

  /** The status at the end of the way in. */
  int callbackStatus(String user) throws IOException, InterruptedException {
    return answerToCallback(user).statusCode();
  }

  private HttpResponse<String> answerToCallback(String user)
      throws IOException, InterruptedException {
    return endpoint(callback("/orders?x=1", user));
  }

  /** From a page that needs a login to the callback that the provider sends the browser to. */
  String callback(String page, String user) throws IOException, InterruptedException {
    Gateway.Answered away = navigate(page);
    assertThat(away.status()).isEqualTo(302);
    return callbackOf(away.location(), user);
  }

  /** Opens a page, and keeps the cookies that come with the answer. */
  Gateway.Answered navigate(String page) throws IOException, InterruptedException {
    Gateway.Answered answered = navigate(page, cookies);
    keep(answered.setCookies(), cookies);
    return answered;
  }

  /** Signs in at the provider. */
  String callbackOf(String toProvider, String user) throws IOException, InterruptedException {
    HttpResponse<String> form = ask(toProvider, providerCookies);
    keep(form, providerCookies);
    HttpResponse<String> back = form.statusCode() == 302 ? form : post(form, user);
    keep(back, providerCookies);
    URI callback = URI.create(location(back));
    return callback.getRawPath() + "?" + callback.getRawQuery();
  }

  /** The cookies of Limen's host, to look at and to plant in. */
  Map<String, String> cookies() {
    return cookies;
  }

  private HttpResponse<String> post(HttpResponse<String> form, String user)
      throws IOException, InterruptedException {
    Matcher action = ACTION.matcher(form.body());
    assertThat(action.find()).as("a form").isTrue();
    return send(
        HttpRequest.newBuilder(URI.create(action.group(1).replace("&amp;", "&")))
            .header("cookie", line(providerCookies))
            .header("content-type", "application/x-www-form-urlencoded")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "username=" + user + "&password=" + user, StandardCharsets.UTF_8)));
  }

  /** The value of the session's cookie. */
  String sessionCookie() {
    return cookies.getOrDefault("__Host-limen", "");
  }

  /** The status of a check with the session. */
  int check(String path) throws IOException, InterruptedException {
    return navigate(path, cookies).status();
  }

  /** The cookies of Limen's host, as the browser sends them. */
  String cookie() {
    return line(cookies);
  }

  /** The status of a check without any cookie. */
  int checkAsNobody(String path, String accept) throws IOException, InterruptedException {
    return gateway.check(path, Map.of("accept", accept)).status();
  }

  /** The way out; the provider is told by the browser, which this visit does not follow. */
  void signOut() throws IOException, InterruptedException {
    HttpResponse<String> asked = endpoint("/oauth2/sign_out");
    assertThat(asked.statusCode()).isEqualTo(200);
    HttpResponse<String> out = confirmSignOut();
    assertThat(out.statusCode()).isEqualTo(302);
    keep(out, cookies);
    assertThat(cookies).doesNotContainKey("__Host-limen");
    providerCookies.clear();
  }

  /** What the confirmed way out answers; nothing of it is kept. */
  HttpResponse<String> confirmSignOut() throws IOException, InterruptedException {
    return send(
        request("/oauth2/sign_out")
            .header("cookie", line(cookies))
            .header("sec-fetch-site", "same-origin")
            .POST(HttpRequest.BodyPublishers.noBody()));
  }

  private Gateway.Answered navigate(String path, Map<String, String> with)
      throws IOException, InterruptedException {
    return gateway.check(
        path,
        with.isEmpty()
            ? Map.of("accept", "text/html")
            : Map.of("accept", "text/html", "cookie", line(with)));
  }

  /** One of Limen's endpoints; nothing of the answer is kept. */
  HttpResponse<String> endpoint(String path) throws IOException, InterruptedException {
    HttpRequest.Builder request = request(path);
    if (!cookies.isEmpty()) {
      request.header("cookie", line(cookies));
    }
    return send(request.header("sec-fetch-site", "none").header("sec-fetch-mode", "navigate"));
  }

  private HttpResponse<String> ask(String url, Map<String, String> with)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (!with.isEmpty()) {
      request.header("cookie", line(with));
    }
    return send(request);
  }

  private HttpRequest.Builder request(String path) {
    // The gateway sends the host that the browser asked for; the build lets the client say it.
    return HttpRequest.newBuilder(URI.create(door + path))
        .header("host", Gateway.HOST)
        .header("x-forwarded-proto", "http");
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String location(HttpResponse<String> answer) {
    return answer.headers().firstValue("location").orElseThrow();
  }

  /** Keeps what an answer sets, as a browser does. */
  void keep(HttpResponse<String> answer) {
    keep(answer, cookies);
  }

  private static void keep(HttpResponse<String> answer, Map<String, String> cookies) {
    keep(answer.headers().allValues("set-cookie"), cookies);
  }

  private static void keep(List<String> setCookies, Map<String, String> cookies) {
    for (String line : setCookies) {
      String pair = line.substring(0, line.indexOf(';'));
      int equals = pair.indexOf('=');
      if (line.contains("Max-Age=0")) {
        cookies.remove(pair.substring(0, equals));
      } else {
        cookies.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
  }

  private static String line(Map<String, String> cookies) {
    List<String> pairs = new ArrayList<>();
    cookies.forEach((name, value) -> pairs.add(name + "=" + value));
    return String.join("; ", pairs);
  }
}
