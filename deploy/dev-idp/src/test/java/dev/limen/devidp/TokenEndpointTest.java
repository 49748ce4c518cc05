package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.openid.connect.sdk.claims.AccessTokenHash;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes and refresh tokens, and what they are exchanged for. */
final class TokenEndpointTest {
  private final SettableClock clock = new SettableClock();
  private DevIdp idp;
  private Visitor visitor;
  private RelyingParty party;

  @BeforeEach
  void start() throws Exception {
    idp = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256").withClock(clock));
    visitor = new Visitor(idp);
    party = new RelyingParty(idp);
  }

  @AfterEach
  void stop() {
    idp.close();
  }

  private static void assertRefused(RelyingParty.Answer answer, int status, String error) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.json()).containsEntry("error", error).doesNotContainKey("access_token");
  }

  /** What a login brings. */
  @Nested
  @DisplayName("The tokens of a login")
  final class TokensOfALogin {
    @Test
    void comeWithTheFieldsThatKeycloakSends() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");

      assertThat(tokens.status()).isEqualTo(200);
      assertThat(tokens.json())
          .containsOnlyKeys(
              "access_token",
              "expires_in",
              "refresh_expires_in",
              "refresh_token",
              "token_type",
              "id_token",
              "not-before-policy",
              "session_state",
              "scope");
      assertThat(tokens.text("token_type")).isEqualTo("Bearer");
      assertThat(tokens.text("scope")).isEqualTo("openid email profile");
      assertThat(tokens.number("expires_in")).isEqualTo(60);
      assertThat(tokens.number("refresh_expires_in")).isEqualTo(1800);
      assertThat(tokens.raw().headers().firstValue("cache-control")).hasValue("no-store");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256"})
    void areSignedByThePublishedKey(String algorithm) throws Exception {
      try (DevIdp other = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm(algorithm))) {
        RelyingParty otherParty = new RelyingParty(other);
        RelyingParty.Answer tokens = otherParty.tokens(new Visitor(other), "alice");

        assertThat(otherParty.verifies(tokens.text("access_token"))).isTrue();
        assertThat(otherParty.verifies(tokens.text("id_token"))).isTrue();
        SignedJWT idToken = SignedJWT.parse(tokens.text("id_token"));
        assertThat(idToken.getHeader().getAlgorithm()).hasToString(algorithm);
        assertThat(idToken.getHeader().getType()).hasToString("JWT");
      }
    }

    @Test
    void areSignedWithRs256UnlessToldOtherwise() {
      assertThat(DevIdpConfig.demo().signingAlgorithm()).isEqualTo("RS256");
    }

    @Test
    @DisplayName("OpenID Connect Core 1.0, section 2: the ID token")
    void includeAnIdTokenForTheClientWithNonceAndHash() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      Map<String, Object> claims = RelyingParty.claims(tokens.text("id_token"));
      long now = clock.instant().getEpochSecond();

      assertThat(claims)
          .containsEntry("iss", idp.issuer())
          .containsEntry("aud", "limen")
          .containsEntry("azp", "limen")
          .containsEntry("typ", "ID")
          .containsEntry("nonce", RelyingParty.NONCE)
          .containsEntry("iat", now)
          .containsEntry("auth_time", now)
          .containsEntry("exp", now + 60)
          .containsEntry("sid", tokens.text("session_state"))
          .containsEntry("acr", "1")
          .containsEntry("preferred_username", "alice")
          .containsEntry("name", "Alice Adams")
          .containsEntry("email", "alice@example.com")
          .containsEntry("email_verified", true)
          .containsEntry("groups", List.of("staff"))
          .containsKeys("sub", "jti")
          .doesNotContainKey("realm_access");
      assertThat(claims.get("at_hash"))
          .isEqualTo(
              AccessTokenHash.compute(
                      new BearerAccessToken(tokens.text("access_token")), JWSAlgorithm.ES256, null)
                  .getValue());
    }

    @Test
    void includeAnAccessTokenForTheAudienceOfTheMapperWithRoles() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      Map<String, Object> claims = RelyingParty.claims(tokens.text("access_token"));

      assertThat(claims)
          .containsEntry("aud", List.of("limen", "account"))
          .containsEntry("azp", "limen")
          .containsEntry("typ", "Bearer")
          .containsEntry("scope", "openid email profile")
          .containsEntry("groups", List.of("staff"))
          .containsEntry(
              "resource_access",
              Map.of(
                  "account",
                  Map.of(
                      "roles", List.of("manage-account", "manage-account-links", "view-profile"))))
          .doesNotContainKeys("nonce", "at_hash");
      assertThat(claims.get("realm_access"))
          .isEqualTo(
              Map.of(
                  "roles",
                  List.of(
                      "default-roles-limen", "app-user", "offline_access", "uma_authorization")));
    }

    @Test
    void giveBobNoRoleAndNoGroup() throws Exception {
      Map<String, Object> claims =
          RelyingParty.claims(party.tokens(visitor, "bob").text("access_token"));

      assertThat(String.valueOf(claims.get("realm_access"))).doesNotContain("app-user");
      assertThat(claims).containsEntry("groups", List.of());
    }

    @Test
    void keepTheSubjectWhenTheProviderStartsAgain() throws Exception {
      Object subject =
          RelyingParty.claims(party.tokens(visitor, "alice").text("id_token")).get("sub");
      try (DevIdp again = DevIdp.start(DevIdpConfig.demo())) {
        RelyingParty.Answer tokens = new RelyingParty(again).tokens(new Visitor(again), "alice");

        assertThat(RelyingParty.claims(tokens.text("id_token"))).containsEntry("sub", subject);
      }
    }
  }

  /** A code works once, soon, and for whom it was made. */
  @Nested
  @DisplayName("RFC 6749, section 4.1.3: a code")
  final class Code {
    @Test
    void isRefusedWithAnotherVerifierAndIsSpentByThat() throws Exception {
      Map<String, String> form = party.redemption(visitor.signIn(party.request(), "alice"));
      String verifier = form.put("code_verifier", "x".repeat(43));
      assertRefused(party.token(form), 400, "invalid_grant");

      form.put("code_verifier", String.valueOf(verifier));
      assertRefused(party.token(form), 400, "invalid_grant");
    }

    @Test
    void isRefusedWithoutVerifier() throws Exception {
      Map<String, String> form = party.redemption(visitor.signIn(party.request(), "alice"));
      form.remove("code_verifier");

      assertRefused(party.token(form), 400, "invalid_grant");
    }

    @Test
    void isRefusedWithAnotherRegisteredRedirectUri() throws Exception {
      Map<String, String> form = party.redemption(visitor.signIn(party.request(), "alice"));
      form.put("redirect_uri", "https://localhost:8443/oauth2/callback");

      assertRefused(party.token(form), 400, "invalid_grant");
    }

    @Test
    void isRefusedWithoutRedirectUri() throws Exception {
      Map<String, String> form = party.redemption(visitor.signIn(party.request(), "alice"));
      form.remove("redirect_uri");

      assertRefused(party.token(form), 400, "invalid_grant");
    }

    @Test
    void livesForSixtySeconds() throws Exception {
      Map<String, String> first = party.redemption(visitor.signIn(party.request(), "alice"));
      clock.advance(Duration.ofSeconds(59));
      assertThat(party.token(first).status()).isEqualTo(200);

      Map<String, String> second = party.redemption(visitor.signIn(party.request(), "alice"));
      clock.advance(Duration.ofMinutes(1));
      assertRefused(party.token(second), 400, "invalid_grant");
    }

    @Test
    @DisplayName("RFC 6749, section 4.1.2: used twice, it takes its tokens along")
    void takesItsTokensAlongWhenUsedTwice() throws Exception {
      Map<String, String> form = party.redemption(visitor.signIn(party.request(), "alice"));
      RelyingParty.Answer tokens = party.token(form);
      assertRefused(party.token(form), 400, "invalid_grant");

      assertRefused(party.refresh(tokens), 400, "invalid_grant");
      assertThat(party.userInfo(tokens.text("access_token")).status()).isEqualTo(401);
    }

    @Test
    void isRefusedWhenInvented() throws Exception {
      Map<String, String> form = party.redemption(RelyingParty.CALLBACK + "?code=invented");

      assertRefused(party.token(form), 400, "invalid_grant");
    }
  }

  /** A refresh token works once; its reuse is taken for a theft. */
  @Nested
  @DisplayName("RFC 6749, section 6: a refresh token")
  final class Refresh {
    @Test
    void bringsNewTokensWithoutNonce() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      clock.advance(Duration.ofSeconds(30));
      RelyingParty.Answer newer = party.refresh(tokens);

      assertThat(newer.status()).isEqualTo(200);
      assertThat(newer.text("refresh_token")).isNotEqualTo(tokens.text("refresh_token"));
      Map<String, Object> before = RelyingParty.claims(tokens.text("id_token"));
      Map<String, Object> after = RelyingParty.claims(newer.text("id_token"));
      assertThat(after).doesNotContainKey("nonce").containsKey("at_hash");
      for (String same : List.of("iss", "sub", "aud", "azp", "sid", "auth_time")) {
        assertThat(after.get(same)).as(same).isEqualTo(before.get(same));
      }
      assertThat(after.get("exp")).isEqualTo(clock.instant().getEpochSecond() + 60);
    }

    @Test
    void canBeFollowedForALongTime() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      for (int i = 0; i < 5; i++) {
        clock.advance(Duration.ofSeconds(1700));
        tokens = party.refresh(tokens);
        assertThat(tokens.status()).isEqualTo(200);
      }
    }

    @Test
    @DisplayName("as Keycloak 26.7.3: reuse ends the whole client session, the newest token too")
    void endsTheWholeClientSessionWhenUsedTwice() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      RelyingParty.Answer newer = party.refresh(tokens);
      assertRefused(party.refresh(tokens), 400, "invalid_grant");

      assertRefused(party.refresh(newer), 400, "invalid_grant");
      assertThat(party.userInfo(newer.text("access_token")).status()).isEqualTo(401);
      // The browser's own session stays: the next login shows no form.
      assertThat(party.token(party.redemption(visitor.signIn(party.request(), "-"))).status())
          .isEqualTo(200);
    }

    @Test
    void isTakenOnceHoweverManyPresentItAtOnce() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      Callable<Integer> present = () -> party.refresh(tokens).status();
      try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Integer>> answers = pool.invokeAll(Collections.nCopies(20, present));
        int granted = 0;
        for (Future<Integer> answer : answers) {
          granted += answer.get() == 200 ? 1 : 0;
        }
        assertThat(granted).isEqualTo(1);
      }
    }

    @Test
    void endsWithTheSession() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      idp.endSessionsOf("alice");

      assertRefused(party.refresh(tokens), 400, "invalid_grant");
    }

    @Test
    void endsWhenTheSessionIsIdle() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      clock.advance(Duration.ofMinutes(30));

      assertRefused(party.refresh(tokens), 400, "invalid_grant");
    }

    @Test
    void saysThatItLivesNoLongerThanTheSessionMay() throws Exception {
      RelyingParty.Answer tokens = party.tokens(visitor, "alice");
      for (int i = 0; i < 20; i++) {
        clock.advance(Duration.ofSeconds(1790));
        tokens = party.refresh(tokens);
      }

      assertThat(tokens.number("refresh_expires_in")).isEqualTo(36_000 - 20 * 1790);
    }
  }

  /** Only a client that shows its secret gets tokens. */
  @Nested
  @DisplayName("RFC 6749, section 2.3: a client")
  final class ClientAuthentication {
    private Map<String, String> redemption() throws Exception {
      return party.redemption(visitor.signIn(party.request(), "alice"));
    }

    @Test
    void mayAuthenticateInTheBody() throws Exception {
      Map<String, String> form = redemption();
      form.put("client_id", "limen");
      form.put("client_secret", "limen-demo-secret");

      assertThat(party.post("token", form, "").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
      "limen,wrong,unauthorized_client",
      "other,limen-demo-secret,invalid_client",
      "limen,'',unauthorized_client"
    })
    void isRefusedWithAWrongSecret(String clientId, String secret, String error) throws Exception {
      Map<String, String> form = redemption();
      RelyingParty.Answer answer = party.post("token", form, RelyingParty.basic(clientId, secret));

      assertRefused(answer, 401, error);
      assertThat(answer.raw().headers().firstValue("www-authenticate")).isPresent();
      // The code was not touched: it is not the client's fault that another guessed.
      assertThat(party.token(form).status()).isEqualTo(200);
    }

    @Test
    void isRefusedWithoutAnySecret() throws Exception {
      Map<String, String> form = redemption();
      form.put("client_id", "limen");

      assertRefused(party.post("token", form, ""), 401, "invalid_client");
    }

    @Test
    void isRefusedWithTwoWaysAtOnce() throws Exception {
      Map<String, String> form = redemption();
      form.put("client_id", "limen");
      form.put("client_secret", "limen-demo-secret");

      assertRefused(party.token(form), 400, "invalid_request");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "password,unauthorized_client",
    "client_credentials,unauthorized_client",
    "urn:x:unheard-of,unsupported_grant_type"
  })
  void otherGrantsAreRefused(String grantType, String error) throws Exception {
    Map<String, String> form =
        Map.of("grant_type", grantType, "username", "alice", "password", "alice");

    assertRefused(party.token(form), 400, error);
  }

  @Test
  void aGetIsNotAllowed() throws Exception {
    assertThat(party.get("/realms/limen/protocol/openid-connect/token").statusCode())
        .isEqualTo(405);
  }

  @Test
  void lifetimesCanBeOverridden() throws Exception {
    DevIdpConfig config =
        DevIdpConfig.demo()
            .withAccessTokenLifetime(Duration.ofSeconds(5))
            .withRefreshTokenLifetime(Duration.ofSeconds(20));
    try (DevIdp shortLived = DevIdp.start(config)) {
      RelyingParty.Answer tokens =
          new RelyingParty(shortLived).tokens(new Visitor(shortLived), "alice");

      assertThat(tokens.number("expires_in")).isEqualTo(5);
      assertThat(tokens.number("refresh_expires_in")).isEqualTo(20);
    }
  }
}
