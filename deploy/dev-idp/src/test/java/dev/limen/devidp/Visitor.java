package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.util.URLUtils;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A browser, as far as a login needs one: keeps cookies, posts forms, and follows no redirect by
 * itself, so that a test sees each step.
 */
final class Visitor {
  private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]*)\"");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, String> cookies = new LinkedHashMap<>();
  private final DevIdp idp;

  Visitor(DevIdp idp) {
    this.idp = idp;
  }

  HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(atOrigin(url)).GET());
  }

  HttpResponse<String> post(String url, Map<String, String> form)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(atOrigin(url))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(encoded(form))));
  }

  /** Posts the only form of a page. */
  HttpResponse<String> submit(HttpResponse<String> page, Map<String, String> fields)
      throws IOException, InterruptedException {
    return post(action(page), fields);
  }

  /** Opens the authorization endpoint. */
  HttpResponse<String> authorize(Map<String, String> parameters)
      throws IOException, InterruptedException {
    return get(idp.issuer() + "/protocol/openid-connect/auth?" + encoded(parameters));
  }

  /** Signs in, by the form if one is shown, and returns where the provider sends the browser. */
  String signIn(Map<String, String> parameters, String name)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = authorize(parameters);
    if (answer.statusCode() == 200) {
      answer = submit(answer, Map.of("username", name, "password", name));
    }
    return location(answer);
  }

  boolean has(String cookie) {
    return cookies.containsKey(cookie);
  }

  static String action(HttpResponse<String> page) {
    Matcher form = ACTION.matcher(page.body());
    if (!form.find()) {
      throw new AssertionError("no form, status=" + page.statusCode());
    }
    return form.group(1).replace("&amp;", "&");
  }

  static String location(HttpResponse<String> answer) {
    return answer
        .headers()
        .firstValue("location")
        .orElseThrow(() -> new AssertionError("no Location, status=" + answer.statusCode()));
  }

  /** One parameter of an address; null if it is not there. */
  static @Nullable String parameter(String address, String name) {
    String query = URI.create(address).getRawQuery();
    List<String> values = URLUtils.parseParameters(query).get(name);
    return values == null ? null : values.getFirst();
  }

  static String encoded(Map<String, String> parameters) {
    return parameters.entrySet().stream()
        .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  /** The same path at the provider's own address, whatever public name the link carries. */
  private URI atOrigin(String url) {
    URI uri = URI.create(url);
    String query = uri.getRawQuery();
    return URI.create(idp.origin() + uri.getRawPath() + (query == null ? "" : "?" + query));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    if (!cookies.isEmpty()) {
      request.header(
          "Cookie",
          cookies.entrySet().stream()
              .map(e -> e.getKey() + "=" + e.getValue())
              .collect(Collectors.joining("; ")));
    }
    HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    for (String field : answer.headers().allValues("set-cookie")) {
      String[] pair = field.split(";")[0].split("=", 2);
      if (pair[1].isEmpty()) {
        cookies.remove(pair[0]);
      } else {
        cookies.put(pair[0], pair[1]);
      }
    }
    return answer;
  }
}
