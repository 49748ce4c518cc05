package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import dev.limen.config.ProviderConfig.ClientAuth;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Redeems codes and refresh tokens, and takes the latter back.
 *
 * <p>Invariant: a grant is sent once, and at most {@link #MAX_UNDER_WAY} are under way; those
 * beyond wait, and the wait is part of the time that a request may take.
 *
 * <p>Source: RFC 6749, sections 2.3.1, 4.1.3, 5 and 6; RFC 7009, section 2; RFC 7636, section 4.5.
 * Its methods wait: for virtual threads only. Safe for all threads.
 */
final class TokenEndpoint {
  /** Bytes of an answer: three tokens, each of them longer than any gateway would pass on. */
  static final int MAX_ANSWER_BYTES = 256 * 1024;

  /** A wave of refreshes must not become a wave at the provider. */
  static final int MAX_UNDER_WAY = 64;

  /** Ten years, in seconds: no sum of times overflows. */
  static final long MAX_LIFETIME_SECONDS = 10L * 365 * 24 * 3600;

  private static final Set<String> CLIENT_ERRORS = Set.of("invalid_client", "unauthorized_client");

  private final ProviderConfig config;
  private final BackChannel backChannel;
  private final BackChannel.Limit limit;
  private final Semaphore underWay = new Semaphore(MAX_UNDER_WAY, true);

  TokenEndpoint(ProviderConfig config, BackChannel backChannel) {
    this.config = config;
    this.backChannel = backChannel;
    this.limit = new BackChannel.Limit(MAX_ANSWER_BYTES, config.timeouts().token());
  }

  TokenAnswer redeem(URI endpoint, String code, String codeVerifier, String redirectUri) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("code", code);
    form.put("redirect_uri", redirectUri);
    form.put("code_verifier", codeVerifier);
    return post(endpoint, form);
  }

  TokenAnswer refresh(URI endpoint, String refreshToken) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "refresh_token");
    form.put("refresh_token", refreshToken);
    return post(endpoint, form);
  }

  /** Only the status says what became of it: its body, if any, says nothing (RFC 7009, 2.2). */
  Answer revoke(URI endpoint, String refreshToken) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("token", refreshToken);
    form.put("token_type_hint", "refresh_token");
    return answerTo(endpoint, form);
  }

  private TokenAnswer post(URI endpoint, Map<String, String> form) {
    return meaning(answerTo(endpoint, form));
  }

  private Answer answerTo(URI endpoint, Map<String, String> form) {
    boolean isBasic = config.clientAuth() == ClientAuth.CLIENT_SECRET_BASIC;
    if (!isBasic) {
      form.put("client_id", config.clientID());
      form.put("client_secret", config.clientSecret().reveal());
    }
    long deadline = System.nanoTime() + limit.total().toNanos();
    try {
      if (!underWay.tryAcquire(limit.total().toNanos(), TimeUnit.NANOSECONDS)) {
        return Answer.failed(0, Outcome.BUSY);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Answer.failed(0, Outcome.BUSY);
    }
    try {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      if (!left.isPositive()) {
        return Answer.failed(0, Outcome.BUSY);
      }
      BackChannel.Limit rest = new BackChannel.Limit(MAX_ANSWER_BYTES, left);
      return backChannel.post(
          endpoint, FormEncoding.of(form), isBasic ? basicCredentials() : null, rest);
    } finally {
      underWay.release();
    }
  }

  /** Both are form-encoded before they are joined: a colon or a percent sign may be in either. */
  private String basicCredentials() {
    String joined =
        FormEncoding.of(config.clientID()) + ":" + FormEncoding.of(config.clientSecret().reveal());
    return "Basic "
        + Base64.getEncoder().encodeToString(joined.getBytes(StandardCharsets.US_ASCII));
  }

  static TokenAnswer meaning(Answer answer) {
    JsonObject json = answer.json();
    if (answer.status() == 401) {
      return new TokenAnswer.ClientRefused();
    }
    if (json == null) {
      return new TokenAnswer.Failed(answer.outcome());
    }
    return answer.status() == 200 ? granted(json) : error(json.text("error"));
  }

  /** Section 5.2: status 400. */
  private static TokenAnswer error(@Nullable String error) {
    if (error == null) {
      return new TokenAnswer.Failed(Outcome.MALFORMED);
    }
    if (error.equals("invalid_grant")) {
      return new TokenAnswer.InvalidGrant();
    }
    return CLIENT_ERRORS.contains(error)
        ? new TokenAnswer.ClientRefused()
        : new TokenAnswer.ErrorAnswer();
  }

  /** Section 5.1. An {@code error} with status 200 is neither: nothing definitive was said. */
  private static TokenAnswer granted(JsonObject json) {
    String accessToken = json.text("access_token");
    String type = json.text("token_type");
    long expiresIn = lifetime(json, "expires_in");
    long refreshExpiresIn = lifetime(json, "refresh_expires_in");
    if (json.has("error")
        || accessToken == null
        || accessToken.isEmpty()
        || !"bearer".equalsIgnoreCase(type)
        || isOfOtherType(json, "id_token")
        || isOfOtherType(json, "refresh_token")) {
      return new TokenAnswer.Failed(Outcome.MALFORMED);
    }
    return new TokenAnswer.Granted(
        accessToken,
        json.text("id_token"),
        json.text("refresh_token"),
        expiresIn,
        Math.max(refreshExpiresIn, 0));
  }

  private static boolean isOfOtherType(JsonObject json, String name) {
    String text = json.text(name);
    return text == null ? json.has(name) : text.isEmpty();
  }

  /**
   * In bounds; -1 where it is not said, or not as a number that can be meant. No life at all is
   * none that can be meant either: each check would have to renew it.
   */
  private static long lifetime(JsonObject json, String name) {
    Long seconds = json.seconds(name);
    return seconds == null || seconds <= 0 ? -1 : Math.min(seconds, MAX_LIFETIME_SECONDS);
  }
}
