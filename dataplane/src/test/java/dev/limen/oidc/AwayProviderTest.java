package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import dev.limen.check.Reason;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Metrics;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionSecret;
import dev.limen.session.Tokens;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A66: Limen starts, and says so, when the provider is away. */
class AwayProviderTest {
  private final WireProvider wire = new WireProvider();
  private final ProviderConfig config = Providers.with(draft -> draft.issuer = wire.issuer());

  @AfterEach
  void stop() {
    wire.close();
  }

  @Test
  @DisplayName("A66: the start does not wait, and until the provider is known nothing is promised")
  void theStartDoesNotWait() throws Exception {
    wire.discovery(wire.silence());
    // Classes are loaded by then.
    OpenIdProvider.start(config, new Metrics(), InstantSource.system()).close();
    long begin = System.nanoTime();
    try (OpenIdProvider provider =
        OpenIdProvider.start(config, new Metrics(), InstantSource.system())) {
      assertThat(System.nanoTime() - begin).isLessThan(Duration.ofSeconds(2).toNanos());
      assertThat(provider.isKnown()).isFalse();
      assertThat(provider.requiresIssParameter()).isFalse();
      assertThat(
              provider.authorizationUrl(
                  new AuthorizationRequest("s", "n", "c", "http://localhost/cb", Map.of())))
          .isNull();
      assertThat(provider.endSessionUrl(null, "http://localhost/", "s")).isNull();
      TokenOutcome away = new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE);
      assertThat(
              provider
                  .redeem(
                      "c", "v", "http://localhost/cb", new SentRequest("n", SentRequest.NO_MAX_AGE))
                  .toCompletableFuture()
                  .get(10, TimeUnit.SECONDS))
          .isEqualTo(away);
      assertThat(provider.refresh(session(), null).toCompletableFuture().get(10, TimeUnit.SECONDS))
          .isEqualTo(away);
      assertThat(wire.requests(WireProvider.TOKEN)).isEmpty();
    }
  }

  private Session session() {
    return new Session(
        SessionSecret.random(),
        new Identity(
            "main",
            wire.issuer(),
            "alice",
            "alice",
            null,
            null,
            null,
            List.of(),
            List.of(),
            Map.of(),
            null,
            null,
            List.of(),
            0),
        new Tokens("i", "a", "r", 0, 0),
        1,
        1,
        0,
        Long.MAX_VALUE,
        0);
  }

  @Test
  void nobodyIsSentToAProviderThatWentAwayUntilItAnswersAgain() throws Exception {
    wire.json(WireProvider.CERTS, SigningKey.published(List.of(SigningKey.ec("k", Curve.P_256))));
    try (OpenIdProvider provider =
        OpenIdProvider.start(config, new Metrics(), InstantSource.system())) {
      Waiting.until("the provider is known", provider::isKnown);
      wire.answer(WireProvider.TOKEN, WireProvider.status(502, "text/plain", "away"));
      wire.discovery(WireProvider.status(502, "text/plain", "away"));
      refresh(provider, Presence.MAX_FAILURES - 1);
      assertThat(signInAt(provider)).isNotNull();
      refresh(provider, 1);
      assertThat(signInAt(provider)).isNull();
      assertThat(provider.isKnown()).as("its keys are still good for sessions").isTrue();
      int asked = wire.discoveryRequests().size();
      Waiting.until("it is asked again", () -> wire.discoveryRequests().size() > asked);
      assertThat(signInAt(provider)).isNull();
      wire.discovery(WireProvider.status(200, "application/json", wire.discovery(wire.issuer())));
      Waiting.until("it is back", () -> signInAt(provider) != null);
    }
  }

  private void refresh(OpenIdProvider provider, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      assertThat(provider.refresh(session(), null).toCompletableFuture().get(10, TimeUnit.SECONDS))
          .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
    }
  }

  private static @Nullable String signInAt(OpenIdProvider provider) {
    return provider.authorizationUrl(
        new AuthorizationRequest("s", "n", "c", "http://localhost/cb", Map.of()));
  }

  @Test
  void aPromptIsPassedOn() {
    wire.json(WireProvider.CERTS, SigningKey.published(List.of(SigningKey.ec("k", Curve.P_256))));
    try (OpenIdProvider provider =
        OpenIdProvider.start(config, new Metrics(), InstantSource.system())) {
      Waiting.until("the provider is known", provider::isKnown);
      assertThat(
              provider.authorizationUrl(
                  new AuthorizationRequest(
                      "s", "n", "c", "http://localhost/cb", Map.of("prompt", "login"))))
          .endsWith("&prompt=login");
    }
  }

  @Test
  void aFurtherParameterNeverTakesThePlaceOfOneThatTheLoginConsistsOf() {
    wire.json(WireProvider.CERTS, SigningKey.published(List.of(SigningKey.ec("k", Curve.P_256))));
    Map<String, String> hostile = Map.of("state", "evil", "redirect_uri", "evil", "scope", "evil");
    try (OpenIdProvider provider =
        OpenIdProvider.start(config, new Metrics(), InstantSource.system())) {
      Waiting.until("the provider is known", provider::isKnown);
      assertThat(
              provider.authorizationUrl(
                  new AuthorizationRequest("s", "n", "c", "http://localhost/cb", hostile)))
          .contains("&state=s&")
          .doesNotContain("evil");
    }
  }
}
