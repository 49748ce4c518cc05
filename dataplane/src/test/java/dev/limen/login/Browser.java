package dev.limen.login;

import dev.limen.check.Decision;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A browser, as far as a login needs one: keeps the cookies of Limen's host and of the provider's
 * apart, and follows no redirect by itself, so that a test sees each step.
 */
final class Browser {
  private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]*)\"");

  /** The cookies of Limen's host. */
  final Map<String, String> cookies = new LinkedHashMap<>();

  /** Where it is. */
  String scheme = "http";

  String host = "localhost:8080";

  /** Where its requests for Limen's endpoints arrive. */
  Login endpoints;

  /** What it says about where a request comes from. */
  String fetchSite = "none";

  /** What it says about the page that a form was on; null for nothing. */
  @Nullable String origin;

  private final LoginFixture fixture;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, String> providerCookies = new LinkedHashMap<>();

  Browser(LoginFixture fixture) {
    this.fixture = fixture;
    this.endpoints = fixture.login;
  }

  /** Asks for one of Limen's endpoints, and keeps the cookies of the answer. */
  Decision get(String pathAndQuery) {
    return keep(LoginFixture.answer(ask("GET", pathAndQuery)));
  }

  /** Posts to one of Limen's endpoints, and keeps the cookies of the answer. */
  Decision post(String pathAndQuery) {
    return keep(LoginFixture.answer(ask("POST", pathAndQuery)));
  }

  /** Asks without waiting, and without keeping anything. */
  CompletionStage<Decision> ask(String method, String pathAndQuery) {
    int query = pathAndQuery.indexOf('?');
    return endpoints.handle(
        new EndpointRequest(
            method,
            scheme,
            host,
            query < 0 ? pathAndQuery : pathAndQuery.substring(0, query),
            query < 0 ? null : pathAndQuery.substring(query + 1),
            cookieHeaders(),
            fetchSite,
            origin,
            "203.0.113.7",
            "Mozilla/5.0 Firefox/140.0"),
        System.currentTimeMillis());
  }

  /** Opens a page that needs a login: as the gateway's check has it sent away. */
  Decision navigate(String pathAndQuery) {
    return navigate(pathAndQuery, StepUp.NONE);
  }

  /** Opens a page that needs a better login than any. */
  Decision navigate(String pathAndQuery, StepUp stepUp) {
    return keep(
        fixture.login.start(
            fixture.provider,
            new ReturnTo(scheme, host, pathAndQuery),
            cookieHeaders(),
            stepUp,
            System.currentTimeMillis()));
  }

  /** Follows a redirect to the provider, signs in, and returns the callback it is sent to. */
  String signIn(Decision toProvider, String user) throws IOException, InterruptedException {
    HttpResponse<String> answer = provider(HttpRequest.newBuilder(uri(toProvider)).GET());
    if (answer.statusCode() == 200) {
      Matcher form = ACTION.matcher(answer.body());
      if (!form.find()) {
        throw new AssertionError("no form");
      }
      answer =
          provider(
              HttpRequest.newBuilder(URI.create(form.group(1).replace("&amp;", "&")))
                  .header("Content-Type", "application/x-www-form-urlencoded")
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "username=" + user + "&password=" + user)));
    }
    int status = answer.statusCode();
    URI callback =
        URI.create(
            answer
                .headers()
                .firstValue("location")
                .orElseThrow(() -> new AssertionError("no Location, status=" + status)));
    return callback.getRawPath() + "?" + callback.getRawQuery();
  }

  /** From a page to that page, signed in. */
  Decision login(String pathAndQuery, String user) throws IOException, InterruptedException {
    return get(signIn(navigate(pathAndQuery), user));
  }

  /** Follows a redirect to the provider and returns its status. */
  HttpResponse<String> follow(Decision toProvider) throws IOException, InterruptedException {
    return provider(HttpRequest.newBuilder(uri(toProvider)).GET());
  }

  /** The session cookie's value. */
  String session() {
    return cookies.getOrDefault("__Host-limen", "");
  }

  /** The names of the flow cookies. */
  List<String> flows() {
    return cookies.keySet().stream()
        .filter(name -> name.matches("__Host-limen-flow-.{" + Flow.ID_LENGTH + "}"))
        .toList();
  }

  static URI uri(Decision decision) {
    if (decision instanceof Decision.Redirect redirect) {
      return URI.create(redirect.location());
    }
    throw new AssertionError("no redirect: " + decision);
  }

  static List<String> setCookies(Decision decision) {
    return switch (decision) {
      case Decision.Redirect redirect -> redirect.setCookies();
      case Decision.Page page -> page.setCookies();
      default -> List.of();
    };
  }

  private List<String> cookieHeaders() {
    return cookies.isEmpty() ? List.of() : List.of(joined(cookies));
  }

  private static String joined(Map<String, String> cookies) {
    return cookies.entrySet().stream()
        .map(each -> each.getKey() + "=" + each.getValue())
        .collect(Collectors.joining("; "));
  }

  /** Keeps the cookies of an answer, as RFC 6265 has it. */
  Decision keep(Decision decision) {
    for (String setCookie : setCookies(decision)) {
      keep(cookies, setCookie);
    }
    return decision;
  }

  private static void keep(Map<String, String> jar, String setCookie) {
    String[] pair = setCookie.split(";", 2)[0].split("=", 2);
    if (setCookie.contains("Max-Age=0") || pair[1].isEmpty()) {
      jar.remove(pair[0]);
    } else {
      jar.put(pair[0], pair[1]);
    }
  }

  private HttpResponse<String> provider(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    if (!providerCookies.isEmpty()) {
      request.header("Cookie", joined(providerCookies));
    }
    HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    answer.headers().allValues("set-cookie").forEach(each -> keep(providerCookies, each));
    return answer;
  }
}
