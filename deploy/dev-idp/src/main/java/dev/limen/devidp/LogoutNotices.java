package dev.limen.devidp;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Tells clients that a session has ended (OpenID Connect Back-Channel Logout 1.0, section 2.5).
 *
 * <p>Invariant: each client that had a share, and wants to hear, is told once, whatever it answers;
 * nobody waits for it. Safe for all threads.
 */
final class LogoutNotices {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int NO_ANSWER = 0;

  private final Provider provider;
  private final Executor executor;
  private final LogoutTokens tokens;
  private final HttpClient http;
  private final List<Integer> answers = new CopyOnWriteArrayList<>();

  LogoutNotices(Provider provider, Executor executor) {
    this.provider = provider;
    this.executor = executor;
    this.tokens = new LogoutTokens(provider);
    this.http = HttpClient.newBuilder().connectTimeout(PATIENCE).executor(executor).build();
  }

  void send(Sessions.SignedOut ended) {
    for (String clientId : ended.clientIds()) {
      Client client = provider.realm().client(clientId);
      URI uri = client == null ? null : client.backchannelLogoutUri();
      if (uri != null) {
        String token = tokens.token(ended.session(), clientId, LogoutFlaw.NONE);
        executor.execute(() -> answers.add(post(uri, token)));
      }
    }
  }

  List<Integer> answers() {
    return List.copyOf(answers);
  }

  private int post(URI uri, String token) {
    String form = "logout_token=" + URLEncoder.encode(token, StandardCharsets.UTF_8);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(PATIENCE)
            // With a charset, as Keycloak has sent it.
            .header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
            .POST(HttpRequest.BodyPublishers.ofString(form))
            .build();
    HttpResponse<Void> answer = answerTo(request);
    return answer == null ? NO_ANSWER : answer.statusCode();
  }

  private @Nullable HttpResponse<Void> answerTo(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding());
    } catch (IOException _) {
      return null;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
