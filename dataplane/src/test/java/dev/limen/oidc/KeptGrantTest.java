package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.sun.net.httpserver.HttpExchange;
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
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import dev.limen.session.Tokens;
import dev.limen.session.memory.MemoryStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A refresh that the provider granted, and whose ID token cannot be accepted: followed from the
 * token endpoint through to the store. The refresh token that bought it is spent.
 */
class KeptGrantTest {
  private static final SigningKey OLD = SigningKey.ec("old", Curve.P_256);
  private static final SigningKey NEW = SigningKey.ec("new", Curve.P_256);
  private static final long MINUTE = 60_000;

  private final WireProvider wire = new WireProvider();
  private final Metrics metrics = new Metrics();
  private final Map<String, Object> claims = new LinkedHashMap<>();
  private final Sessions sessions;
  private final OpenIdProvider provider;
  private final Refresher refresher;
  private final AtomicLong now = new AtomicLong(System.currentTimeMillis());
  private volatile Supplier<String> idToken = () -> signedBy(OLD);
  private Session session;

  KeptGrantTest() {
    wire.json(WireProvider.CERTS, SigningKey.published(List.of(OLD)));
    wire.answer(WireProvider.TOKEN, this::grant);
    provider =
        OpenIdProvider.start(
            Providers.with(draft -> draft.issuer = wire.issuer()),
            metrics,
            () -> Instant.ofEpochMilli(now.get()));
    SessionConfig config = SessionFixtures.config();
    sessions = new Sessions(new MemoryStore(), KeyRing.generated(), config, metrics);
    refresher = new Refresher(Map.of("main", provider), sessions, config, metrics);
    claims.put("iss", wire.issuer());
    claims.put("sub", "alice");
    claims.put("aud", "limen");
    claims.put("iat", now.get() / 1000);
    claims.put("exp", now.get() / 1000 + 3_600);
    session =
        SessionFixtures.answer(
            sessions.create(
                alice(),
                new Tokens(signedBy(OLD), "a0", "r0", now.get(), 0, now.get() - MINUTE),
                SessionContext.UNKNOWN,
                now.get()));
  }

  private Identity alice() {
    return new Identity(
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
        0);
  }

  @BeforeEach
  void learn() {
    Waiting.until("the provider is known", provider::isKnown);
  }

  @AfterEach
  void stop() {
    provider.close();
    wire.close();
  }

  /** The refresh token that it grants is numbered by the request. */
  private void grant(HttpExchange exchange) throws IOException {
    int number = wire.requests(WireProvider.TOKEN).size();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("access_token", "a" + number);
    answer.put("token_type", "Bearer");
    answer.put("expires_in", 60);
    answer.put("refresh_token", "r" + number);
    answer.put("id_token", idToken.get());
    WireProvider.status(200, "application/json", JSONObjectUtils.toJSONString(answer))
        .handle(exchange);
  }

  private String signedBy(SigningKey key) {
    return key.sign("ES256", key.header("ES256"), claims);
  }

  private String signedWith(String parameter, Object value) {
    Map<String, Object> header = OLD.header("ES256");
    header.put(parameter, value);
    return OLD.sign("ES256", header, claims);
  }

  private String claiming(String name, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(claims);
    changed.put(name, value);
    return OLD.sign("ES256", OLD.header("ES256"), changed);
  }

  /** An ID token that breaks this rule, and none before it. */
  private String breaking(TokenRule rule) {
    long ahead = now.get() / 1000 + 600;
    return switch (rule) {
      case SIZE -> signedBy(OLD) + "A".repeat(TokenVerifier.MAX_LENGTH);
      case SHAPE -> "a.b";
      case HEADER -> SigningKey.part("x") + signedBy(OLD).substring(signedBy(OLD).indexOf('.'));
      case HEADER_PARAMETER -> signedWith("jku", "https://evil.example/keys");
      case TYPE -> signedWith("typ", "logout+jwt");
      case ALGORITHM -> signedWith("alg", "HS256");
      case KEY_ID -> signedWith("kid", "");
      case SIGNATURE ->
          SigningKey.ec("old", Curve.P_256).sign("ES256", OLD.header("ES256"), claims);
      case PAYLOAD -> OLD.sign("ES256", OLD.header("ES256"), "[]");
      case AUDIENCE -> claiming("aud", "another-client");
      case AUTHORIZED_PARTY -> claiming("azp", "another-client");
      case EXPIRY -> claiming("exp", now.get() / 1000 - 60);
      case ISSUED_AT -> claiming("iat", ahead);
      case NOT_BEFORE -> claiming("nbf", ahead);
      case KIND -> claiming("typ", "Bearer");
      case NONCE -> claiming("nonce", "another");
      case ACCESS_TOKEN_HASH -> claiming("at_hash", "another");
      case SAME_IDENTITY -> claiming("sub", "bob");
      case PRESENCE, ISSUER, SUBJECT, AUTH_TIME, KEY_PUBLISHED, EVENT, JWT_ID ->
          throw new IllegalArgumentException(rule.label());
    };
  }

  private RefreshResult refresh() {
    return SessionFixtures.answer(refresher.refresh(session, now.get()));
  }

  private SessionLookup stored() {
    return SessionFixtures.answer(sessions.find(session.secret(), now.get()));
  }

  private void assertThatTheSessionIsKept() {
    assertThat(stored())
        .isInstanceOfSatisfying(
            SessionLookup.Found.class,
            found -> assertThat(found.session().generation()).isEqualTo(1));
  }

  private void assertThatTheSessionIsRenewed() {
    assertThat(refresh()).isInstanceOf(RefreshResult.Renewed.class);
    assertThat(stored())
        .isInstanceOfSatisfying(
            SessionLookup.Found.class,
            found -> {
              session = found.session();
              assertThat(session.generation()).isEqualTo(2);
            });
  }

  /** The refresh tokens that were presented, in order. */
  private List<String> presented() {
    return wire.requests(WireProvider.TOKEN).stream()
        .map(seen -> seen.body().replaceFirst(".*refresh_token=", ""))
        .toList();
  }

  private String refreshes() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("limen_refreshes_total"))
        .reduce("", String::concat);
  }

  @Nested
  @DisplayName("Facts, section 4.3: an ID token that breaks a rule")
  class ABrokenRule {
    @ParameterizedTest
    @EnumSource(
        value = TokenRule.class,
        mode = EnumSource.Mode.EXCLUDE,
        // A refresh may bring no ID token, and asks for no age; another issuer or subject is
        // another
        // identity; a key that is not published is asked for again.
        names = {
          "PRESENCE",
          "ISSUER",
          "SUBJECT",
          "SAME_IDENTITY",
          "AUTH_TIME",
          "KEY_PUBLISHED",
          "EVENT",
          "JWT_ID"
        })
    void keepsTheSessionAndTheRefreshTokenThatCame(TokenRule rule) {
      idToken = () -> breaking(rule);
      assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.ID_TOKEN_REFUSED));
      assertThatTheSessionIsKept();
      assertThat(refreshes()).contains("id_token_refused");
      idToken = () -> signedBy(OLD);
      now.addAndGet(10_000);
      assertThatTheSessionIsRenewed();
      assertThat(session.tokens().refreshToken()).isEqualTo("r2");
      assertThat(presented()).containsExactly("r0", "r1");
    }

    @Test
    void isJudgedAgainBeforeAnythingIsPresented() {
      claims.put("iat", now.get() / 1000 + IdTokenValidator.SKEW_SECONDS + 5);
      assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.ID_TOKEN_REFUSED));
      now.addAndGet(5_000);
      assertThatTheSessionIsRenewed();
      assertThat(presented()).containsExactly("r0");
    }

    @Test
    void isNotAskedForAgainByEveryCheck() {
      idToken = () -> breaking(TokenRule.AUDIENCE);
      for (int i = 0; i < 100; i++) {
        assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.ID_TOKEN_REFUSED));
      }
      assertThat(presented()).hasSize(1);
      assertThatTheSessionIsKept();
    }

    @Test
    void isKeptThroughAnOutage() {
      idToken = () -> breaking(TokenRule.AUDIENCE);
      refresh();
      wire.answer(WireProvider.TOKEN, WireProvider.status(503, "text/plain", "later"));
      now.addAndGet(10_000);
      assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      wire.answer(WireProvider.TOKEN, KeptGrantTest.this::grant);
      idToken = () -> signedBy(OLD);
      now.addAndGet(10_000);
      assertThatTheSessionIsRenewed();
      assertThat(presented()).containsExactly("r0", "r1", "r1");
    }

    @Test
    @DisplayName("I5: invalid_grant for the newest refresh token is definitive")
    void endsTheSessionOnceTheProviderSaysSo() {
      idToken = () -> breaking(TokenRule.AUDIENCE);
      refresh();
      wire.answer(
          WireProvider.TOKEN,
          WireProvider.status(400, "application/json", "{\"error\":\"invalid_grant\"}"));
      now.addAndGet(10_000);
      assertThat(refresh()).isEqualTo(new RefreshResult.Ended(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(stored()).isInstanceOf(SessionLookup.None.class);
    }

    @Test
    @DisplayName("A65: about somebody else ends the session, and that is the reason given")
    void aboutSomebodyElseEndsTheSession() {
      idToken = () -> breaking(TokenRule.SAME_IDENTITY);
      assertThat(refresh()).isEqualTo(new RefreshResult.Ended(Reason.IDENTITY_CHANGED));
      assertThat(stored()).isInstanceOf(SessionLookup.None.class);
      assertThat(refreshes()).contains("identity_changed");
    }
  }

  @Nested
  @DisplayName("Facts, section 4.5: a key that is not published yet")
  class ALaggingKey {
    @BeforeEach
    void sign() {
      idToken = () -> signedBy(NEW);
      assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      assertThatTheSessionIsKept();
    }

    private void publish() {
      wire.json(WireProvider.CERTS, SigningKey.published(List.of(OLD, NEW)));
    }

    @Test
    void costsNoSessionAndNoSecondTokenRequest() {
      publish();
      now.addAndGet(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS - 1);
      assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      now.addAndGet(10_001);
      assertThatTheSessionIsRenewed();
      assertThat(session.tokens().accessToken()).isEqualTo("a1");
      assertThat(presented()).containsExactly("r0");
    }

    @Test
    void isWaitedForHoweverOftenTheKeysAreReadInVain() {
      for (int i = 0; i < 4; i++) {
        now.addAndGet(12_000);
        assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      }
      assertThat(presented()).containsExactly("r0");
    }

    @Test
    void isWaitedForUntilTheAccessTokenHasEndedAndThenTheNextIsAskedFor() {
      now.addAndGet(MINUTE);
      idToken = () -> signedBy(OLD);
      assertThatTheSessionIsRenewed();
      assertThat(presented()).containsExactly("r0", "r1");
    }

    @Test
    void maySurpriseTheKeysThatFailToBeRead() {
      wire.answer(WireProvider.CERTS, WireProvider.status(500, "text/plain", "no"));
      now.addAndGet(12_000);
      assertThat(refresh()).isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      publish();
      now.addAndGet(12_000);
      assertThatTheSessionIsRenewed();
      assertThat(presented()).containsExactly("r0");
    }
  }

  @Nested
  @DisplayName("Facts, section 4.5: keys older than 24 hours")
  class KeysThatAreTooOld {
    @BeforeEach
    void growOld() {
      now.addAndGet(ProviderKnowledge.MAX_KEYS_AGE_MILLIS + MINUTE);
      assertThat(provider.isKnown()).isTrue();
    }

    @Test
    void costNoRefreshToken() {
      assertThat(SessionFixtures.answer(provider.refresh(session, null)))
          .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
      assertThat(presented()).isEmpty();
    }

    @Test
    void costNoCode() {
      assertThat(
              SessionFixtures.answer(
                  provider.redeem(
                      "c",
                      "v",
                      "http://localhost/cb",
                      new SentRequest("n", SentRequest.NO_MAX_AGE))))
          .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
      assertThat(presented()).isEmpty();
    }
  }
}
