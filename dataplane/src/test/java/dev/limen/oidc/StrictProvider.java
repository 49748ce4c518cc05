package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Base64Url;
import dev.limen.config.ProviderConfig;
import dev.limen.crypto.Digests;
import dev.limen.crypto.RandomBytes;
import dev.limen.devidp.DevIdp;
import dev.limen.devidp.DevIdpConfig;
import dev.limen.metrics.Metrics;
import dev.limen.session.Session;
import dev.limen.session.SessionSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The strict provider with a relying party and a browser before it, in split horizon: the public
 * address is one that nobody listens at, and the browser knows where it really is.
 */
final class StrictProvider implements AutoCloseable {
  static final String PUBLIC = "http://127.0.0.1:1";
  static final String CALLBACK = "http://localhost:8080/oauth2/callback";

  final DevIdp idp = start(DevIdpConfig.demo());
  final Metrics metrics = new Metrics();
  final OpenIdProvider provider = connect(_ -> {});
  final Browser browser = new Browser(PUBLIC, idp.origin());

  static DevIdp start(DevIdpConfig config) {
    try {
      return DevIdp.start(config.withIssuer(PUBLIC + "/realms/limen"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  OpenIdProvider connect(Consumer<Providers> change) {
    return connect(change, InstantSource.system());
  }

  OpenIdProvider connect(Consumer<Providers> change, InstantSource time) {
    ProviderConfig config =
        Providers.with(draft -> {
          draft.issuer = PUBLIC + "/realms/limen";
          draft.backChannel = idp.origin();
          change.accept(draft);
        });
    OpenIdProvider started = OpenIdProvider.start(config, metrics, time);
    Waiting.until("the provider is known", started::isKnown);
    return started;
  }

  @Override
  public void close() {
    browser.close();
    provider.close();
    idp.close();
  }

  /** One login's secrets. */
  record Flow(String state, String nonce, String verifier) {
    static Flow start() {
      return new Flow(random(), random(), random());
    }

    SentRequest sent() {
      return new SentRequest(nonce, SentRequest.NO_MAX_AGE);
    }

    private static String random() {
      return Base64Url.encode(RandomBytes.next(32));
    }

    AuthorizationRequest request() {
      byte[] challenge = Digests.sha256(verifier.getBytes(StandardCharsets.US_ASCII));
      return new AuthorizationRequest(
          state, nonce, Base64Url.encode(challenge), CALLBACK, Map.of());
    }
  }

  static TokenOutcome await(CompletionStage<TokenOutcome> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  String authorizationUrl(Flow flow) {
    return Objects.requireNonNull(provider.authorizationUrl(flow.request()));
  }

  TokenOutcome signIn(String user) throws Exception {
    Flow flow = Flow.start();
    Map<String, String> callback = browser.signIn(authorizationUrl(flow), user);
    return redeem(flow, Objects.requireNonNull(callback.get("code")));
  }

  TokenOutcome redeem(Flow flow, String code) throws Exception {
    return await(provider.redeem(code, flow.verifier(), CALLBACK, flow.sent()));
  }

  Session session() throws Exception {
    return session(granted(signIn("alice")));
  }

  static Session session(TokenOutcome.Granted granted) {
    return new Session(
        SessionSecret.random(), granted.identity(), granted.tokens(), 1, 1, 0, Long.MAX_VALUE, 0);
  }

  static TokenOutcome.Granted granted(TokenOutcome outcome) {
    assertThat(outcome).isInstanceOf(TokenOutcome.Granted.class);
    return (TokenOutcome.Granted) outcome;
  }

  static JsonObject claims(String token) {
    return Objects.requireNonNull(TokenVerifier.payloadOf(token));
  }

  String scraped() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8);
  }
}
