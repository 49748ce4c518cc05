package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A person at a running Limen whose every header, cookie and parameter is a secret.
 *
 * <p>Invariant: each secret that it sends or is sent is known to the canaries. One thread.
 */
final class Wanderer {
  private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]*)\"");

  /** Cookies that only count are shorter. */
  private static final int LONG = 50;

  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Canaries canaries;
  private final HttpClient http;
  private final String door;
  private final Gateway gateway;
  private final Map<String, String> cookies = new LinkedHashMap<>();

  Wanderer(Canaries canaries, HttpClient http, InetSocketAddress door, Gateway gateway) {
    this.canaries = canaries;
    this.http = http;
    this.door = "http://127.0.0.1:" + door.getPort();
    this.gateway = gateway;
  }

  /** A navigation with all there is to carry. */
  Gateway.Answered check(String path) throws IOException, InterruptedException {
    return check(path, "text/html", canaries.plant("authorization"));
  }

  /** A call of an API with this bearer token. */
  int call(String path, String bearer) throws IOException, InterruptedException {
    return check(path, "application/json", bearer).status();
  }

  private Gateway.Answered check(String path, String accept, String bearer)
      throws IOException, InterruptedException {
    String junk = canaries.plant("cookie");
    Gateway.Answered answer =
        gateway.check(
            path + "?q=" + canaries.plant("query"),
            Map.of(
                "accept",
                accept,
                "authorization",
                "Bearer " + bearer,
                "cookie",
                line("junk=" + junk),
                "referer",
                "http://localhost:8080/x?token=" + canaries.plant("referer"),
                "x-api-key",
                canaries.plant("header")));
    keep(answer.setCookies());
    return answer;
  }

  /** From a check that sends people away to the provider's answer: the callback's query. */
  String wayIn(String user, String password) throws IOException, InterruptedException {
    Gateway.Answered away = check("/orders/1");
    assertThat(away.status()).isEqualTo(302);
    noteQuery(away.location(), "state", "nonce");
    HttpResponse<String> form = send(HttpRequest.newBuilder(URI.create(away.location())));
    Matcher action = ACTION.matcher(form.body());
    assertThat(action.find()).as("a form").isTrue();
    String typed = "username=" + user + "&password=" + encoded(password);
    HttpResponse<String> back =
        send(
            HttpRequest.newBuilder(URI.create(action.group(1).replace("&amp;", "&")))
                .header("cookie", pair(form.headers().allValues("set-cookie").getFirst()))
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(typed)));
    String location = back.headers().firstValue("location").orElse("");
    noteQuery(location, "code");
    return URI.create(location).getRawQuery();
  }

  /** The whole way in; the status at its end. */
  int signIn(String user, String password) throws IOException, InterruptedException {
    return callback(wayIn(user, password) + "&more=" + canaries.plant("more")).statusCode();
  }

  HttpResponse<String> callback(String query) throws IOException, InterruptedException {
    return endpoint("/oauth2/callback?" + query);
  }

  /** A request to one of Limen's own endpoints. */
  HttpResponse<String> endpoint(String target) throws IOException, InterruptedException {
    return answered(request(target).header("sec-fetch-mode", "navigate"));
  }

  /** A form of Limen's own pages. */
  HttpResponse<String> post(String target, String site) throws IOException, InterruptedException {
    return answered(
        request(target)
            .header("sec-fetch-site", site)
            .POST(HttpRequest.BodyPublishers.ofString("more=" + canaries.plant("form"))));
  }

  private HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(URI.create(door + target))
        .header("host", Gateway.HOST)
        .header("x-forwarded-proto", "http")
        .header("authorization", "Bearer " + canaries.plant("authorization"))
        .header("cookie", line("junk=" + canaries.plant("cookie")));
  }

  private HttpResponse<String> answered(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(request);
    keep(answer.headers().allValues("set-cookie"));
    return answer;
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Sends, from now on, a cookie of this name with a secret in it. */
  void forge(String cookie) {
    cookies.put(cookie, canaries.plant("forged"));
  }

  private void keep(List<String> setCookies) {
    for (String line : setCookies) {
      String pair = pair(line);
      int equals = pair.indexOf('=');
      String name = pair.substring(0, equals);
      if (line.contains("Max-Age=0")) {
        cookies.remove(name);
      } else if (cookies.put(name, pair.substring(equals + 1)) == null && pair.length() > LONG) {
        String value = pair.substring(equals + 1);
        canaries.note(name.contains("flow") ? "flow" : "session", value);
        if (!name.contains("flow")) {
          canaries.note("session's secret", secretIn(value));
        }
      }
    }
  }

  /** The 32 bytes after the version, which are what counts in a session's cookie. */
  private static String secretIn(String cookie) {
    byte[] bytes = Base64.getUrlDecoder().decode(cookie);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOfRange(bytes, 1, 33));
  }

  private static String pair(String setCookie) {
    return setCookie.substring(0, setCookie.indexOf(';'));
  }

  private void noteQuery(String location, String... names) {
    for (String name : names) {
      Matcher found = Pattern.compile("[?&]" + name + "=([^&]*)").matcher(location);
      assertThat(found.find()).as(name).isTrue();
      canaries.note(name, found.group(1));
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private String line(String more) {
    List<String> pairs = new ArrayList<>();
    cookies.forEach((name, value) -> pairs.add(name + "=" + value));
    pairs.add(more);
    return String.join("; ", pairs);
  }
}
