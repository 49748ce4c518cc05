package dev.limen.authz;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;

/** A browser at the provider's login form, no more than a login needs of one. */
@NullMarked
final class Visitor {
  private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]*)\"");

  private Visitor() {}

  /** Opens the authorization endpoint, signs in, and returns where the provider sends it. */
  static String signIn(String authorizationUrl, String user)
      throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI start = URI.create(authorizationUrl);
      HttpResponse<String> form =
          http.send(HttpRequest.newBuilder(start).build(), BodyHandlers.ofString());
      Matcher action = ACTION.matcher(form.body());
      if (!action.find()) {
        throw new AssertionError("no form, status=" + form.statusCode());
      }
      HttpRequest.Builder login =
          HttpRequest.newBuilder(start.resolve(action.group(1).replace("&amp;", "&")))
              .header("Content-Type", "application/x-www-form-urlencoded")
              .POST(HttpRequest.BodyPublishers.ofString("username=" + user + "&password=" + user));
      List<String> cookies = form.headers().allValues("set-cookie");
      if (!cookies.isEmpty()) {
        login.header(
            "Cookie",
            cookies.stream().map(line -> line.split(";")[0]).collect(Collectors.joining("; ")));
      }
      HttpResponse<String> answer = http.send(login.build(), BodyHandlers.ofString());
      return answer
          .headers()
          .firstValue("location")
          .orElseThrow(() -> new AssertionError("no Location, status=" + answer.statusCode()));
    }
  }
}
