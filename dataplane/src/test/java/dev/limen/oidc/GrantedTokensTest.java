package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.login.RefreshResult;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionFixtures;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import dev.limen.session.memory.MemoryStore;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a grant's lifetimes and of its e-mail address. */
class GrantedTokensTest {
  private static final SigningKey KEY = SigningKey.ec("k1", Curve.P_256);
  private static final long NOW = 1_800_000_000_000L;

  private final WireProvider wire = new WireProvider();
  private final Map<String, Object> answer = new LinkedHashMap<>();
  private final Map<String, Object> claims = new LinkedHashMap<>();
  private @Nullable OpenIdProvider started;

  GrantedTokensTest() {
    wire.json(WireProvider.CERTS, SigningKey.published(List.of(KEY)));
    claims.put("iss", wire.issuer());
    claims.put("sub", "alice");
    claims.put("aud", "limen");
    claims.put("nonce", "n");
    claims.put("iat", NOW / 1000);
    claims.put("exp", NOW / 1000 + 300);
    answer.put("access_token", "a");
    answer.put("token_type", "Bearer");
    answer.put("refresh_token", "r");
    answer.put("expires_in", 60);
  }

  @AfterEach
  void stop() {
    if (started != null) {
      started.close();
    }
    wire.close();
  }

  private OpenIdProvider provider(Consumer<Providers> change) {
    OpenIdProvider provider =
        OpenIdProvider.start(
            Providers.with(draft -> {
              draft.issuer = wire.issuer();
              change.accept(draft);
            }),
            new Metrics(),
            () -> Instant.ofEpochMilli(NOW));
    started = provider;
    Waiting.until("the provider is known", provider::isKnown);
    return provider;
  }

  private void bring(boolean withIdToken) {
    answer.remove("id_token");
    if (withIdToken) {
      answer.put("id_token", KEY.sign("ES256", KEY.header("ES256"), claims));
    }
    wire.json(WireProvider.TOKEN, JSONObjectUtils.toJSONString(answer));
  }

  private TokenOutcome.Granted loggedIn(OpenIdProvider provider) {
    bring(true);
    return StrictProvider.granted(
        SessionFixtures.answer(
            provider.redeem(
                "c", "v", "http://localhost/cb", new SentRequest("n", SentRequest.NO_MAX_AGE))));
  }

  private TokenOutcome.Granted loggedIn() {
    return loggedIn(provider(_ -> {}));
  }

  @Nested
  @DisplayName("OpenID Connect Core, section 5.1: email_verified")
  class AnUnverifiedAddress {
    private @Nullable String email(@Nullable Object verified, boolean isAllowed) {
      claims.put("email", "alice@example.com");
      if (verified != null) {
        claims.put("email_verified", verified);
      }
      return loggedIn(provider(draft -> draft.insecureAllowUnverifiedEmail = isAllowed))
          .identity()
          .email();
    }

    @Test
    @DisplayName("A63 an address that the provider has not verified is not passed on")
    void isLeftOut() {
      assertThat(email(false, false)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "no", ""})
    void isLeftOutWhateverWordsDenyIt(String verified) {
      assertThat(email(verified, false)).isNull();
    }

    @Test
    void isPassedOnWhereThatIsAllowed() {
      assertThat(email(false, true)).isEqualTo("alice@example.com");
    }

    @ParameterizedTest
    @CsvSource({"true, false", "true, true", ", false", ", true"})
    void isNotOneThatIsVerifiedOrOfWhichNothingIsSaid(
        @Nullable Boolean verified, boolean isAllowed) {
      assertThat(email(verified, isAllowed)).isEqualTo("alice@example.com");
    }

    @Test
    void isNotOneThatIsVerifiedInQuotes() {
      assertThat(email("true", false)).isEqualTo("alice@example.com");
    }

    @Test
    void isNotTheUserEither() {
      claims.put("email", "alice@example.com");
      claims.put("email_verified", false);
      Identity identity = loggedIn(provider(draft -> draft.userIDClaim = "email")).identity();
      assertThat(identity.user()).isEmpty();
      assertThat(identity.subject()).isEqualTo("alice");
    }
  }

  @Nested
  class TheEndOfTheTokens {
    @Test
    void isThatOfTheIdTokenToo() {
      assertThat(loggedIn().tokens().idTokenExpiresAtMillis()).isEqualTo(NOW + 300_000);
    }

    @Test
    void isNotThatOfAnIdTokenFromBefore() {
      OpenIdProvider provider = provider(_ -> {});
      Session session = StrictProvider.session(loggedIn(provider));
      bring(false);
      TokenOutcome.Granted renewed =
          StrictProvider.granted(SessionFixtures.answer(provider.refresh(session, null)));
      assertThat(renewed.tokens().idToken()).isEqualTo(session.tokens().idToken());
      assertThat(renewed.tokens().idTokenExpiresAtMillis()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"-29, 0", "0, 0", "1, 1000"})
    void isNotThatOfAnIdTokenThatHasEndedAlready(long aheadSeconds, long endsInMillis) {
      claims.put("exp", NOW / 1000 + aheadSeconds);
      answer.remove("expires_in");
      Tokens tokens = loggedIn().tokens();
      assertThat(tokens.idTokenExpiresAtMillis())
          .isEqualTo(endsInMillis == 0 ? 0 : NOW + endsInMillis);
      assertThat(tokens.accessTokenExpiresAtMillis())
          .isEqualTo(NOW + (endsInMillis == 0 ? 60_000 : endsInMillis));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    @DisplayName("expires_in: 0 does not make every check a token request")
    void ofNoLengthIsNotSaid(long expiresIn) {
      claims.put("exp", NOW / 1000 - 1);
      answer.put("expires_in", expiresIn);
      OpenIdProvider provider = provider(_ -> {});
      SessionConfig config = SessionFixtures.config();
      Sessions sessions =
          new Sessions(new MemoryStore(), KeyRing.generated(), config, new Metrics());
      Refresher refresher =
          new Refresher(Map.of("main", provider), sessions, config, new Metrics());
      TokenOutcome.Granted login = loggedIn(provider);
      Session session =
          SessionFixtures.answer(
              sessions.create(login.identity(), login.tokens(), SessionContext.UNKNOWN, NOW));
      for (int check = 0; check < 100; check++) {
        if (refresher.isExpired(session, NOW) || refresher.isDue(session, NOW)) {
          RefreshResult result = SessionFixtures.answer(refresher.refresh(session, NOW));
          assertThat(result).isInstanceOf(RefreshResult.Renewed.class);
          session = ((RefreshResult.Renewed) result).session();
        }
      }
      assertThat(wire.requests(WireProvider.TOKEN)).as("the login alone").hasSize(1);
    }
  }

  @Test
  void aGrantThatNobodyCouldJudgeTellsNothing() {
    assertThat(UnverifiedGrants.some()).hasToString("UnverifiedGrant");
    assertThat(
            new TokenOutcome.Unverified(UnverifiedGrants.some(), Reason.ID_TOKEN_REFUSED)
                .toString())
        .doesNotContain("a,");
  }
}
