package dev.limen.oidc;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of a browser as a login takes: cookies, one form, and redirects that are not followed.
 */
final class Browser implements AutoCloseable {
  private static final Pattern ACTION = Pattern.compile("action=\"([^\"]+)\"");

  private final HttpClient client =
      HttpClient.newBuilder()
          .cookieHandler(new CookieManager())
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final String publicOrigin;
  private final String realOrigin;

  /** A browser for which {@code publicOrigin} is where {@code realOrigin} listens. */
  Browser(String publicOrigin, String realOrigin) {
    this.publicOrigin = publicOrigin;
    this.realOrigin = realOrigin;
  }

  /** Signs in as {@code user}, whose password is the name too; what the callback would get. */
  Map<String, String> signIn(String authorizationUrl, String user)
      throws IOException, InterruptedException {
    HttpResponse<String> form =
        client.send(
            HttpRequest.newBuilder(real(authorizationUrl)).build(), BodyHandlers.ofString());
    if (form.statusCode() == 302) {
      return callback(form);
    }
    Matcher action = ACTION.matcher(form.body());
    if (form.statusCode() != 200 || !action.find()) {
      throw new AssertionError("no login form: " + form.statusCode() + " " + form.body());
    }
    String encoded = URLEncoder.encode(user, StandardCharsets.UTF_8);
    HttpRequest post =
        HttpRequest.newBuilder(real(action.group(1).replace("&amp;", "&")))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                HttpRequest.BodyPublishers.ofString("username=" + encoded + "&password=" + encoded))
            .build();
    return callback(client.send(post, BodyHandlers.ofString()));
  }

  /** Follows an address; the status and where it leads. */
  HttpResponse<String> get(String address) throws IOException, InterruptedException {
    return client.send(HttpRequest.newBuilder(real(address)).build(), BodyHandlers.ofString());
  }

  private URI real(String address) {
    return URI.create(address.replace(publicOrigin, realOrigin));
  }

  private static Map<String, String> callback(HttpResponse<String> response) {
    String location = response.headers().firstValue("Location").orElse("");
    if (response.statusCode() != 302 || location.isEmpty()) {
      throw new AssertionError("no callback: " + response.statusCode() + " " + response.body());
    }
    return parameters(location);
  }

  /** The query of an address. */
  static Map<String, String> parameters(String address) {
    Map<String, String> parameters = new HashMap<>();
    for (String pair : URI.create(address).getRawQuery().split("&")) {
      String[] parts = pair.split("=", 2);
      parameters.put(
          URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
          URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return parameters;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
