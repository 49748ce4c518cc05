package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.check.Reason;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Metrics;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionSecret;
import dev.limen.session.Tokens;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What becomes of answers that a decent provider gives seldom: without tokens, of odd types. */
class GrantsTest {
  private static final SigningKey KEY = SigningKey.ec("k1", Curve.P_256);
  private static final String NONCE = "a-nonce";
  private static final SentRequest SENT = new SentRequest(NONCE, SentRequest.NO_MAX_AGE);

  private final WireProvider wire = new WireProvider();
  private final Map<String, Object> answer = new LinkedHashMap<>();
  private final Map<String, Object> idClaims = new LinkedHashMap<>();
  private final Map<String, Object> accessClaims = new LinkedHashMap<>();
  private final OpenIdProvider provider;

  GrantsTest() {
    wire.json(WireProvider.CERTS, SigningKey.published(List.of(KEY)));
    ProviderConfig config = Providers.with(draft -> draft.issuer = wire.issuer());
    provider = OpenIdProvider.start(config, new Metrics(), InstantSource.system());
    long now = System.currentTimeMillis() / 1000;
    idClaims.put("iss", wire.issuer());
    idClaims.put("sub", "alice");
    idClaims.put("aud", "limen");
    idClaims.put("iat", now);
    idClaims.put("exp", now + 300);
    accessClaims.put("iss", wire.issuer());
    accessClaims.put("sub", "alice");
    accessClaims.put("azp", "limen");
    accessClaims.put("typ", "Bearer");
    accessClaims.put("exp", now + 300);
    accessClaims.put("realm_access", Map.of("roles", List.of("app-user")));
    accessClaims.put(
        "resource_access",
        Map.of("shop", Map.of("roles", List.of("buyer")), "empty", Map.of("roles", List.of())));
    answer.put("token_type", "Bearer");
    answer.put("refresh_token", "r1");
    answer.put("expires_in", 60);
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

  private static String signed(Map<String, Object> claims) {
    return KEY.sign("ES256", KEY.header("ES256"), claims);
  }

  private static TokenOutcome await(CompletionStage<TokenOutcome> stage) {
    try {
      return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("a stage of a provider never fails", e);
    }
  }

  private void answerNow() {
    answer.putIfAbsent("access_token", signed(accessClaims));
    wire.json(WireProvider.TOKEN, JSONObjectUtils.toJSONString(answer));
  }

  private TokenOutcome login() {
    idClaims.put("nonce", NONCE);
    answer.put("id_token", signed(idClaims));
    answerNow();
    return await(provider.redeem("code", "verifier", "http://localhost/cb", SENT));
  }

  private TokenOutcome refresh(Session session) {
    answerNow();
    return await(provider.refresh(session, null));
  }

  private Identity identity() {
    return granted(login()).identity();
  }

  private static TokenOutcome.Granted granted(TokenOutcome outcome) {
    assertThat(outcome).isInstanceOf(TokenOutcome.Granted.class);
    return (TokenOutcome.Granted) outcome;
  }

  private Session session() {
    idClaims.put("nonce", NONCE);
    Identity alice =
        new Identity(
            "main",
            wire.issuer(),
            "alice",
            "alice",
            "Alice",
            null,
            null,
            List.of("staff"),
            List.of("old-role"),
            Map.of(),
            "sid",
            null,
            List.of(),
            7);
    Tokens tokens = new Tokens(signed(idClaims), "a0", "r0", 0, 99);
    return new Session(SessionSecret.random(), alice, tokens, 1, 1, 0, Long.MAX_VALUE, 0);
  }

  @Nested
  class AtALogin {
    @Test
    void theIdentityComesFromTheIdTokenAndRolesFromTheAccessToken() {
      idClaims.put("name", "Alice Adams");
      idClaims.put("email", "alice@example.com");
      idClaims.put("email_verified", true);
      idClaims.put("preferred_username", "alice");
      idClaims.put("groups", List.of("staff", "admins"));
      idClaims.put("sid", "s-1");
      idClaims.put("acr", "gold");
      idClaims.put("amr", List.of("pwd", "otp"));
      idClaims.put("auth_time", 1_700_000_000);
      assertThat(identity())
          .isEqualTo(
              new Identity(
                  "main",
                  wire.issuer(),
                  "alice",
                  "alice",
                  "Alice Adams",
                  "alice@example.com",
                  "alice",
                  List.of("staff", "admins"),
                  List.of("app-user"),
                  Map.of("shop", List.of("buyer")),
                  "s-1",
                  "gold",
                  List.of("pwd", "otp"),
                  1_700_000_000));
    }

    @Test
    void theUserIsTheConfiguredClaim() {
      ProviderConfig config =
          Providers.with(draft -> {
            draft.issuer = wire.issuer();
            draft.userIDClaim = "upn";
          });
      try (OpenIdProvider other =
          OpenIdProvider.start(config, new Metrics(), InstantSource.system())) {
        Waiting.until("the provider is known", other::isKnown);
        idClaims.put("upn", "alice@corp");
        assertThat(redeemed(other)).isEqualTo("alice alice@corp");
        idClaims.remove("upn");
        assertThat(redeemed(other)).as("never the subject in its place").isEqualTo("alice ");
      }
    }

    private String redeemed(OpenIdProvider at) {
      login();
      Identity identity =
          granted(await(at.redeem("code", "verifier", "http://localhost/cb", SENT))).identity();
      return identity.subject() + " " + identity.user();
    }

    @Test
    void claimsOfAnotherTypeAreLeftOut() {
      for (String claim : List.of("name", "email", "preferred_username", "sid", "acr")) {
        idClaims.put(claim, List.of("x"));
      }
      idClaims.put("groups", Map.of("a", "b"));
      idClaims.put("amr", 3);
      idClaims.put("auth_time", "yesterday");
      assertThat(identity())
          .isEqualTo(
              new Identity(
                  "main",
                  wire.issuer(),
                  "alice",
                  "alice",
                  null,
                  null,
                  null,
                  List.of(),
                  List.of("app-user"),
                  Map.of("shop", List.of("buyer")),
                  null,
                  null,
                  List.of(),
                  0));
    }

    @Test
    void oneGroupMayBeAStringAndWhatIsNoneIsLeftOut() {
      idClaims.put("groups", "staff");
      assertThat(identity().groups()).containsExactly("staff");
      List<Object> mixed = new ArrayList<>(List.of("staff", 7, List.of("x")));
      mixed.add(null);
      idClaims.put("groups", mixed);
      assertThat(identity().groups()).containsExactly("staff");
    }

    @Test
    @DisplayName("OpenID Connect Core, section 3.1.3.3: no ID token, no login")
    void withoutAnIdTokenNobodyIsLoggedIn() {
      answerNow();
      assertThat(await(provider.redeem("code", "verifier", "http://localhost/cb", SENT)))
          .isEqualTo(new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED));
    }

    @Test
    @DisplayName("A64: an access token where the ID token is expected is refused")
    void anAccessTokenIsNoIdToken() {
      accessClaims.put("nonce", NONCE);
      accessClaims.put("aud", "limen");
      accessClaims.put("iat", idClaims.get("iat"));
      answer.put("id_token", signed(accessClaims));
      answerNow();
      assertThat(await(provider.redeem("code", "verifier", "http://localhost/cb", SENT)))
          .isEqualTo(new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED));
    }

    @Test
    @DisplayName(
        "A57: a key that is still unknown after a look is a refusal, without any fetch"
            + " that the token names")
    void anUnknownKeyIsLookedForOnce() {
      try (WireProvider evil = new WireProvider()) {
        SigningKey planted = SigningKey.ec("planted", Curve.P_256);
        evil.json("/keys", SigningKey.published(List.of(planted)));
        idClaims.put("nonce", NONCE);
        Map<String, Object> header = planted.header("ES256");
        answer.put("id_token", planted.sign("ES256", header, idClaims));
        answerNow();
        int before = wire.requests(WireProvider.CERTS).size();
        assertThat(await(provider.redeem("code", "verifier", "http://localhost/cb", SENT)))
            .isEqualTo(new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED));
        assertThat(wire.requests(WireProvider.CERTS)).hasSize(before + 1);
        header.put("jku", evil.uri("/keys").toString());
        answer.put("id_token", planted.sign("ES256", header, idClaims));
        answerNow();
        assertThat(await(provider.redeem("code", "verifier", "http://localhost/cb", SENT)))
            .isEqualTo(new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED));
        assertThat(evil.requests("/keys")).isEmpty();
        assertThat(wire.requests(WireProvider.CERTS)).hasSize(before + 1);
      }
    }

    @Test
    void anAccessTokenWithoutALifetimeLivesAsLongAsTheIdToken() {
      answer.remove("expires_in");
      long expiry = (Long) Objects.requireNonNull(idClaims.get("exp"));
      assertThat(granted(login()).tokens().accessTokenExpiresAtMillis()).isEqualTo(expiry * 1000);
    }
  }

  @Nested
  @DisplayName("RFC 8725: roles come only from an access token that the provider signed for us")
  class Roles {
    private void areNotRead() {
      assertThat(identity().realmRoles()).isEmpty();
      answer.remove("access_token");
    }

    @Test
    void notFromAnOpaqueOne() {
      answer.put("access_token", "opaque");
      areNotRead();
    }

    @Test
    void notFromOneWithAnotherSignature() {
      String token =
          SigningKey.ec("k1", Curve.P_256).sign("ES256", KEY.header("ES256"), accessClaims);
      answer.put("access_token", token);
      areNotRead();
    }

    @Test
    void notFromOneAboutSomebodyElseOrSomethingElse() {
      Map<String, Object> wrong = new LinkedHashMap<>();
      wrong.put("iss", "https://evil.example");
      wrong.put("sub", "bob");
      wrong.put("azp", "other");
      wrong.put("typ", "ID");
      wrong.put("exp", 1);
      wrong.put("nbf", System.currentTimeMillis() / 1000 + 600);
      wrong.put("events", Map.of());
      wrong.forEach((claim, value) -> {
        Object before = accessClaims.get(claim);
        accessClaims.put(claim, value);
        areNotRead();
        if (before == null) {
          accessClaims.remove(claim);
        } else {
          accessClaims.put(claim, before);
        }
      });
      assertThat(identity().realmRoles()).containsExactly("app-user");
    }

    @Test
    void evenFromALightweightOne() {
      accessClaims.remove("sub");
      accessClaims.remove("typ");
      assertThat(identity().realmRoles()).containsExactly("app-user");
    }

    @Test
    void ofOddTypesAreLeftOut() {
      accessClaims.put("realm_access", List.of("app-user"));
      accessClaims.put("resource_access", Map.of("shop", "buyer", "x", Map.of("roles", 1)));
      Identity alice = identity();
      assertThat(alice.realmRoles()).isEmpty();
      assertThat(alice.clientRoles()).isEmpty();
    }
  }

  @Nested
  @DisplayName("OpenID Connect Core, section 12.2: at a refresh")
  class AtARefresh {
    @Test
    void theIdTokenOfBeforeStaysIfNoneComes() {
      Session session = session();
      TokenOutcome.Granted renewed = granted(refresh(session));
      assertThat(renewed.tokens().idToken()).isEqualTo(session.tokens().idToken());
      assertThat(renewed.tokens().refreshToken()).isEqualTo("r1");
      assertThat(renewed.identity().groups()).containsExactly("staff");
      assertThat(renewed.identity().name()).isEqualTo("Alice");
    }

    @Test
    @DisplayName("A75: a role that was taken away is gone with the next refresh")
    void rolesAreThoseOfTheNewAccessToken() {
      assertThat(granted(refresh(session())).identity().realmRoles()).containsExactly("app-user");
      answer.put("access_token", "opaque");
      assertThat(granted(refresh(session())).identity().realmRoles()).isEmpty();
    }

    @Test
    void theRefreshTokenOfBeforeStaysIfNoneComes() {
      answer.remove("refresh_token");
      Tokens tokens = granted(refresh(session())).tokens();
      assertThat(tokens.refreshToken()).isEqualTo("r0");
      assertThat(tokens.refreshTokenExpiresAtMillis()).isEqualTo(99);
    }

    @Test
    void withoutAnyLifetimeAMinuteIsAssumed() {
      answer.remove("expires_in");
      long before = System.currentTimeMillis();
      assertThat(granted(refresh(session())).tokens().accessTokenExpiresAtMillis())
          .isBetween(before + 60_000, before + 90_000);
    }

    @Test
    void claimsAreThoseOfTheNewIdToken() {
      Session session = session();
      idClaims.put("groups", List.of("guests"));
      idClaims.remove("nonce");
      answer.put("id_token", signed(idClaims));
      assertThat(granted(refresh(session)).identity().groups()).containsExactly("guests");
    }

    @Test
    @DisplayName("A75: groups, class and e-mail are those of the new ID token, also if it has none")
    void whatWasTakenAwayIsGone() {
      idClaims.put("groups", List.of("staff"));
      idClaims.put("acr", "gold");
      idClaims.put("amr", List.of("otp"));
      idClaims.put("email", "alice@corp.com");
      answer.put("id_token", signed(idClaims));
      Identity before = granted(refresh(session())).identity();
      assertThat(before.groups()).containsExactly("staff");
      assertThat(before.acr()).isEqualTo("gold");
      List.of("groups", "acr", "amr", "email").forEach(idClaims::remove);
      answer.put("id_token", signed(idClaims));
      Identity after = granted(refresh(session())).identity();
      assertThat(after.groups()).isEmpty();
      assertThat(after.acr()).isNull();
      assertThat(after.amr()).isEmpty();
      assertThat(after.email()).isNull();
    }

    @Test
    void timeAndSessionOfTheSignInStayIfTheNewIdTokenDoesNotSay() {
      Session session = session();
      answer.put("id_token", signed(idClaims));
      Identity silent = granted(refresh(session)).identity();
      assertThat(silent.authTimeSeconds()).isEqualTo(7);
      assertThat(silent.providerSession()).isEqualTo("sid");
      idClaims.put("auth_time", 9);
      idClaims.put("sid", "other");
      answer.put("id_token", signed(idClaims));
      Identity said = granted(refresh(session)).identity();
      assertThat(said.authTimeSeconds()).isEqualTo(9);
      assertThat(said.providerSession()).isEqualTo("other");
    }

    @Test
    void anotherNonceIsRefused() {
      Session session = session();
      idClaims.put("nonce", "other");
      answer.put("id_token", signed(idClaims));
      assertThat(refresh(session))
          .isInstanceOfSatisfying(
              TokenOutcome.Unverified.class,
              unverified -> assertThat(unverified.reason()).isEqualTo(Reason.ID_TOKEN_REFUSED));
    }

    @Test
    void anotherErrorThanInvalidGrantKeepsTheSession() {
      wire.answer(
          WireProvider.TOKEN,
          WireProvider.status(400, "application/json", "{\"error\":\"invalid_request\"}"));
      assertThat(await(provider.refresh(session(), null)))
          .isEqualTo(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE));
      assertThat(await(provider.redeem("code", "verifier", "http://localhost/cb", SENT)))
          .isEqualTo(new TokenOutcome.Refused(Reason.CODE_REFUSED));
    }
  }

  @Test
  void stagesCompleteOnVirtualThreads() throws Exception {
    CountDownLatch isAttached = new CountDownLatch(1);
    wire.answer(
        WireProvider.TOKEN,
        exchange -> {
          Waiting.until("the stage has a listener", () -> isAttached.getCount() == 0);
          exchange.sendResponseHeaders(503, -1);
        });
    CompletionStage<Boolean> isVirtual =
        provider
            .redeem("code", "verifier", "http://localhost/cb", SENT)
            .thenApply(_ -> Thread.currentThread().isVirtual());
    isAttached.countDown();
    assertThat(isVirtual.toCompletableFuture().get(30, TimeUnit.SECONDS)).isTrue();
  }
}
