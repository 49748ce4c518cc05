package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.config.BearerConfig;
import dev.limen.devidp.RequestKind;
import dev.limen.metrics.Metrics;
import dev.limen.session.Tokens;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Bearer tokens of the strict provider: what Keycloak signs is what an API's client sends. */
class BearerStrictProviderTest {
  private static final String ISSUER = StrictProvider.PUBLIC + "/realms/limen";

  private final StrictProvider strict = new StrictProvider();
  private final Metrics metrics = new Metrics();

  @AfterEach
  void stop() {
    strict.close();
  }

  private BearerTokens start(List<OpenIdProvider> providers, Consumer<BearerFixture.Draft> change) {
    BearerConfig.IssuerConfig issuer =
        BearerFixture.issuer(draft -> {
          draft.issuer = ISSUER;
          draft.audiences = List.of("limen");
          change.accept(draft);
        });
    return BearerTokens.start(
        new BearerConfig(List.of(issuer), new BearerConfig.CacheConfig(100)),
        providers,
        metrics,
        InstantSource.system());
  }

  private static BearerOutcome outcome(BearerTokens tokens, String token) throws Exception {
    return tokens
        .verify(token, System.currentTimeMillis())
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  private long keyRequests() {
    return strict.idp.requests().stream()
        .filter(request -> request.kind() == RequestKind.CERTS)
        .count();
  }

  @Test
  void anIssuerThatIsAProviderSharesItsKeysAndItsName() throws Exception {
    String token = strict.session().tokens().accessToken();
    long before = keyRequests();
    try (BearerTokens tokens = start(List.of(strict.provider), _ -> {})) {
      BearerOutcome outcome = outcome(tokens, token);
      assertThat(outcome).isInstanceOf(BearerOutcome.Accepted.class);
      BearerOutcome.Accepted accepted = (BearerOutcome.Accepted) outcome;
      assertThat(accepted.identity().provider()).isEqualTo("main");
      assertThat(accepted.identity().preferredUsername()).isEqualTo("alice");
      assertThat(accepted.identity().realmRoles()).contains("app-user");
      assertThat(accepted.scopes()).contains("openid");
      assertThat(new String(metrics.scrape(), StandardCharsets.UTF_8))
          .contains("limen_bearer_tokens_total{issuer=\"main\",outcome=\"accepted\"} 1.0");
    }
    assertThat(keyRequests()).isEqualTo(before);
    assertThat(strict.provider.isKnown()).isTrue();
    assertThat(strict.signIn("alice")).isInstanceOf(TokenOutcome.Granted.class);
  }

  @Test
  @DisplayName("A64 as a bearer neither ID token nor refresh token passes for an access token")
  void onlyTheAccessTokenIsTaken() throws Exception {
    Tokens session = strict.session().tokens();
    try (BearerTokens tokens = start(List.of(strict.provider), _ -> {})) {
      assertThat(outcome(tokens, session.idToken()))
          .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_REFUSED));
      assertThat(outcome(tokens, Objects.requireNonNull(session.refreshToken())))
          .isInstanceOf(BearerOutcome.Refused.class);
      assertThat(outcome(tokens, session.accessToken())).isInstanceOf(BearerOutcome.Accepted.class);
    }
  }

  @Test
  @DisplayName("A59 as a bearer a token for other services is refused")
  void aTokenForOtherServicesIsRefused() throws Exception {
    String token = strict.session().tokens().accessToken();
    try (BearerTokens tokens =
        start(List.of(strict.provider), draft -> draft.audiences = List.of("orders"))) {
      assertThat(outcome(tokens, token))
          .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_AUDIENCE));
    }
  }

  @Test
  void keysThatTheProviderChangesAreFollowed() throws Exception {
    try (BearerTokens tokens = start(List.of(), draft -> draft.backChannel = strict.idp.origin())) {
      String old = strict.session().tokens().accessToken();
      Waiting.until("the issuer is known", () -> isAccepted(tokens, old));
      strict.idp.rotateKeys();
      strict.idp.dropOldKeys();
      String fresh = strict.session().tokens().accessToken();
      assertThat(outcome(tokens, fresh)).isInstanceOf(BearerOutcome.Accepted.class);
      assertThat(outcome(tokens, old))
          .isEqualTo(new BearerOutcome.Refused(Reason.BEARER_KEY_UNKNOWN));
    }
  }

  private static boolean isAccepted(BearerTokens tokens, String token) {
    try {
      return outcome(tokens, token) instanceof BearerOutcome.Accepted;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aSessionsIdTokenCanBeAskedForItsClaims() throws Exception {
    Claims claims = Objects.requireNonNull(Claims.ofAccepted(strict.session().tokens().idToken()));
    assertThat(claims.text("iss")).isEqualTo(ISSUER);
    assertThat(claims.text("typ")).isEqualTo("ID");
  }
}
