package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes that take access tokens, with tokens of the strict provider. */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BearerModesTest {
  /** Takes the strict provider's own access tokens. */
  static final String BEARER = "\nbearer: {issuers: [{issuer: ISSUER, audiences: [limen]}]}\n";

  private static final String ROUTES =
      "{match: {path: /api/*}, mode: bearer}, {match: {path: /both/*}, mode: either},"
          + " {match: {path: /scoped/*}, mode: either, require: {scope: orders}},"
          + " {match: {path: /open/*}, mode: public}]";

  private House house;
  private String cookie;
  private String accessToken;
  private String idToken;

  @BeforeAll
  void logIn() throws IOException, InterruptedException {
    house = House.with(ROUTES + BEARER + "headerProfiles: [");
    cookie = "cookie: " + house.loggedIn("alice");
    Decision allowed = house.ask(get("/orders").header(cookie));
    accessToken = Objects.requireNonNull(House.set(allowed, "x-auth-request-access-token"));
    String authorization = Objects.requireNonNull(House.set(allowed, "authorization"));
    idToken = authorization.substring("Bearer ".length());
  }

  @AfterAll
  void close() {
    house.close();
  }

  private static Requests withToken(String path, String token) {
    return get(path).header("authorization: Bearer " + token);
  }

  private static String challenge(Decision decision) {
    assertThat(decision).isInstanceOf(Decision.Deny.class);
    return ((Decision.Deny) decision).challenge();
  }

  @Test
  void anAccessTokenPassesAsItsSubjectAndGoesUpstreamItself() {
    for (String path : new String[] {"/api/x", "/both/x"}) {
      Decision decision = house.ask(withToken(path, accessToken).method("POST"));
      assertThat(House.set(decision, "authorization")).isEqualTo("Bearer " + accessToken);
      assertThat(House.set(decision, "x-auth-request-access-token")).isEqualTo(accessToken);
      assertThat(House.set(decision, "x-auth-request-user")).isNotEmpty();
    }
  }

  @Test
  @DisplayName("RFC 6750, section 3: without a token the challenge names no error")
  void withoutATokenTheChallengeNamesNoError() {
    Decision decision = house.ask(get("/api/x").navigation());
    assertThat(decision)
        .isEqualTo(new Decision.Deny(401, Reason.NO_BEARER, "Bearer realm=\"limen\""));
    assertThat(house.ask(get("/api/x").header(cookie)))
        .as("a session is not looked at")
        .isEqualTo(decision);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Basic YWxpY2U6YWxpY2U=", "Bearerx a.b.c", "Digest a=b", "bearerless"})
  void anotherSchemeIsNoToken(String credentials) {
    assertThat(house.ask(get("/api/x").header("authorization: " + credentials)))
        .isInstanceOfSatisfying(
            Decision.Deny.class, deny -> assertThat(deny.reason()).isEqualTo(Reason.NO_BEARER));
    assertThat(house.ask(get("/both/x").header("authorization: " + credentials).header(cookie)))
        .isInstanceOf(Decision.Allow.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer", "Bearer ", "bearer garbage", "BEARER a.b.c", "Bearer a b"})
  @DisplayName("a token that is none is refused, whatever session comes with it")
  void aTokenThatIsNoneIsRefused(String credentials) {
    for (String path : new String[] {"/api/x", "/both/x"}) {
      Decision decision =
          house.ask(get(path).header("authorization: " + credentials).header(cookie).navigation());
      assertThat(challenge(decision))
          .isEqualTo(
              "Bearer realm=\"limen\", error=\"invalid_token\","
                  + " error_description=\"The access token cannot be understood.\"");
      assertThat(((Decision.Deny) decision).status()).isEqualTo(401);
    }
  }

  @Test
  @DisplayName("A64: an ID token is no access token")
  void anIdTokenIsNoAccessToken() {
    assertThat(challenge(house.ask(withToken("/api/x", idToken)))).contains("invalid_token");
  }

  @Test
  @DisplayName("of two Authorization fields neither is taken")
  void ofTwoTokensNeitherIsTaken() {
    Decision decision =
        house.ask(withToken("/api/x", accessToken).header("authorization: Bearer " + accessToken));
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Deny.class, deny -> assertThat(deny.status()).isEqualTo(400));
    assertThat(challenge(decision)).contains("invalid_request");
  }

  @Test
  @DisplayName("A29: a token is looked at only where a route takes one")
  void aTokenIsLookedAtOnlyWhereARouteTakesOne() {
    assertThat(house.ask(withToken("/orders", accessToken)))
        .isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
    Decision open = house.ask(withToken("/open/x", accessToken));
    assertThat(House.removed(open)).contains("authorization");
  }

  @Test
  void eitherAsksForASessionWhereNoTokenCame() {
    assertThat(house.ask(get("/both/x").header(cookie))).isInstanceOf(Decision.Allow.class);
    assertThat(house.ask(get("/both/x").navigation())).isInstanceOf(Decision.Redirect.class);
    assertThat(house.ask(get("/both/x"))).isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
  }

  @Test
  @DisplayName("RFC 6750, section 3.1: a token that does not allow this is insufficient_scope")
  void aTokenThatDoesNotAllowThisIsInsufficient() {
    Decision decision = house.ask(withToken("/scoped/x", accessToken));
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Deny.class,
            deny -> {
              assertThat(deny.status()).isEqualTo(403);
              assertThat(deny.reason()).isEqualTo(Reason.SCOPE_MISSING);
            });
    assertThat(challenge(decision)).contains("error=\"insufficient_scope\"");
  }

  @Test
  void nobodyFindsTheTokenInAnyMetric() {
    assertThat(house.ask(withToken("/api/x", accessToken))).isInstanceOf(Decision.Allow.class);
    assertThat(house.metric("limen_bearer_tokens_total")).isNotNull().doesNotContain(accessToken);
  }
}
