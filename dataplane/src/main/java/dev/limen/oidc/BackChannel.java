package dev.limen.oidc;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Limen's own requests to one provider, over HTTP/1.1.
 *
 * <p>Invariant: the whole answer, body included, is there within its deadline and its limit, or
 * there is none; a redirect is never followed, a cookie never kept, and a request never sent twice
 * (a refresh token presented twice ends a session at Keycloak; dependencies.md). What goes wrong is
 * an {@link Outcome}, not an exception.
 *
 * <p>Its methods wait: they are for virtual threads, never for an event loop. Safe for all threads.
 */
final class BackChannel implements AutoCloseable {
  private static final Pattern JSON =
      Pattern.compile(
          "application/([a-z0-9.-]+\\+)?json( *; *charset *= *\"?utf-8\"?)?",
          Pattern.CASE_INSENSITIVE);

  private final HttpClient client;
  private final Presence presence = new Presence();

  BackChannel(IssuerSource source, ExecutorService virtualThreads) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(source.connect())
            .executor(virtualThreads)
            .proxy(proxy(source.proxy()));
    if (!source.caFiles().isEmpty()) {
      builder.sslContext(
          TrustedCertificates.with(
              source.caFiles(), source.trustsSystem(), source.key() + ".caFiles"));
    }
    this.client = builder.build();
  }

  /** Said always: else the JVM's own properties would decide who hears of every request. */
  private static ProxySelector proxy(@Nullable URI proxy) {
    return proxy == null
        ? HttpClient.Builder.NO_PROXY
        : ProxySelector.of(InetSocketAddress.createUnresolved(proxy.getHost(), proxy.getPort()));
  }

  /**
   * How much and how long.
   *
   * @param bytes of the body at most
   * @param total from the first byte sent to the last received
   */
  record Limit(int bytes, Duration total) {}

  /** What its requests say of whether the provider is there. */
  Presence presence() {
    return presence;
  }

  Answer get(URI uri, Limit limit) {
    Answer answer = exchange(request(uri, limit).GET().build(), limit);
    presence.heard(answer, false);
    return answer;
  }

  /** Posts a form; {@code authorization} is the value of that header, if it has one. */
  Answer post(URI uri, String form, @Nullable String authorization, Limit limit) {
    HttpRequest.Builder request =
        request(uri, limit)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form));
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    Answer answer = exchange(request.build(), limit);
    presence.heard(answer, true);
    return answer;
  }

  private static HttpRequest.Builder request(URI uri, Limit limit) {
    return HttpRequest.newBuilder(uri)
        .timeout(limit.total())
        .header("Accept", "application/json")
        .header("User-Agent", "limen");
  }

  private Answer exchange(HttpRequest request, Limit limit) {
    CompletableFuture<HttpResponse<byte[]>> pending =
        client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), limit.bytes()));
    try {
      // The request's own timeout ends with the head of the answer; this one covers the body.
      return read(pending.get(limit.total().toNanos(), TimeUnit.NANOSECONDS));
    } catch (TimeoutException _) {
      return Answer.failed(0, Outcome.TIMEOUT);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Answer.failed(0, Outcome.UNREACHABLE);
    } catch (ExecutionException e) {
      return Answer.failed(0, outcomeOf(e.getCause()));
    } finally {
      // Closes the connection of an answer that is still on its way; else does nothing.
      pending.cancel(true);
    }
  }

  private static Answer read(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    if (status >= 300 && status < 400) {
      return Answer.failed(status, Outcome.REDIRECT);
    }
    if (status != 200 && status != 400 && status != 401) {
      return Answer.failed(status, Outcome.UNEXPECTED_STATUS);
    }
    JsonObject json = isJson(response.headers()) ? JsonObject.parse(response.body()) : null;
    return json == null ? Answer.failed(status, Outcome.MALFORMED) : Answer.read(status, json);
  }

  /** Whether the body is said to be JSON, plain and in UTF-8 (RFC 8259, section 8.1). */
  private static boolean isJson(HttpHeaders headers) {
    List<String> types = headers.allValues("content-type");
    return types.size() == 1
        && JSON.matcher(types.getFirst().strip()).matches()
        && headers.allValues("content-encoding").isEmpty();
  }

  private static Outcome outcomeOf(@Nullable Throwable cause) {
    return switch (cause) {
      case HttpConnectTimeoutException _, ConnectException _ -> Outcome.UNREACHABLE;
      case HttpTimeoutException _ -> Outcome.TIMEOUT;
      case SSLException _ -> Outcome.TLS;
      // The words of BodyHandlers.limiting; a test holds them.
      case IOException e when message(e).contains("exceeds capacity") -> Outcome.TOO_LARGE;
      case null, default -> Outcome.UNREACHABLE;
    };
  }

  private static String message(IOException e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
  }

  /** Breaks off what is under way. */
  @Override
  public void close() {
    client.shutdownNow();
  }
}
