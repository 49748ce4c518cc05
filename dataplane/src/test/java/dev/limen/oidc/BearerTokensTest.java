package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.nimbusds.jose.util.JSONObjectUtils;
import dev.limen.check.Reason;
import dev.limen.config.ConfigException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a token that a request carries: whose it is, and what it says. */
class BearerTokensTest {
  private final BearerFixture fixture = new BearerFixture();

  @AfterEach
  void stop() {
    fixture.close();
  }

  private static BearerOutcome refused(Reason reason) {
    return new BearerOutcome.Refused(reason);
  }

  private static BearerOutcome.Accepted accepted(BearerOutcome outcome) {
    assertThat(outcome).isInstanceOf(BearerOutcome.Accepted.class);
    return (BearerOutcome.Accepted) outcome;
  }

  @Test
  void anAcceptedTokenSaysWhoAndWhatAndUntilWhen() {
    BearerTokens tokens = fixture.start(draft -> draft.userIDClaim = "preferred_username");
    String token =
        fixture.token(claims -> {
          claims.put("preferred_username", "al");
          claims.put("email", "alice@example.com");
          claims.put("groups", List.of("staff"));
          claims.put("sid", "s1");
          claims.put("acr", "2");
          claims.put("auth_time", 7);
          claims.put("realm_access", Map.of("roles", List.of("user")));
          claims.put("resource_access", Map.of("shop", Map.of("roles", List.of("buyer"))));
        });
    BearerOutcome.Accepted accepted = accepted(fixture.outcome(tokens, token));
    assertThat(accepted.identity().provider()).isEqualTo(fixture.issuer.issuer());
    assertThat(accepted.identity().issuer()).isEqualTo(fixture.issuer.issuer());
    assertThat(accepted.identity().subject()).isEqualTo("alice");
    assertThat(accepted.identity().user()).isEqualTo("al");
    assertThat(accepted.identity().email()).isEqualTo("alice@example.com");
    assertThat(accepted.identity().groups()).containsExactly("staff");
    assertThat(accepted.identity().realmRoles()).containsExactly("user");
    assertThat(accepted.identity().clientRoles()).isEqualTo(Map.of("shop", List.of("buyer")));
    assertThat(accepted.identity().providerSession()).isEqualTo("s1");
    assertThat(accepted.identity().acr()).isEqualTo("2");
    assertThat(accepted.identity().authTimeSeconds()).isEqualTo(7);
    assertThat(accepted.scopes()).containsExactlyInAnyOrder("openid", "orders:read");
    assertThat(accepted.claims().texts("realm_access.roles")).containsExactly("user");
    assertThat(accepted.expiresAtMillis()).isEqualTo((BearerFixture.NOW + 330) * 1000);
    assertThat(accepted.toString()).doesNotContain("alice");
  }

  @Nested
  @DisplayName("The issuer is chosen by iss, before any cryptography")
  class TheIssuer {
    @Test
    @DisplayName("A58 as a bearer a token of an unknown issuer is refused, and nothing is fetched")
    void anUnknownIssuerIsRefusedWithoutFetching() {
      BearerTokens tokens = fixture.start(_ -> {});
      try (WireProvider other = new WireProvider()) {
        List<String> foreign =
            Stream.of(
                    other.issuer(),
                    fixture.issuer.issuer() + "/",
                    fixture.issuer.issuer().replace("realms", "Realms"),
                    fixture.issuer.issuer().replace("limen", "other"))
                .map(issuer -> fixture.token(claims -> claims.put("iss", issuer)))
                .toList();
        try (CountedSignatures signatures = new CountedSignatures()) {
          for (String token : foreign) {
            assertThat(fixture.outcome(tokens, token))
                .isEqualTo(refused(Reason.BEARER_ISSUER_UNKNOWN));
          }
          assertThat(signatures.count()).isZero();
        }
        assertThat(other.discoveryRequests()).isEmpty();
      }
      assertThat(fixture.keyRequests()).isEqualTo(1);
      assertThat(fixture.scraped())
          .contains(
              "limen_bearer_tokens_total{issuer=\"none\",outcome=\"bearer_issuer_unknown\"} 4.0");
    }

    @Test
    @DisplayName("A58 as a bearer an iss that is missing or no string is nobody's")
    void noIssuerIsNobody() {
      BearerTokens tokens = fixture.start(_ -> {});
      assertThat(fixture.outcome(tokens, fixture.token(claims -> claims.remove("iss"))))
          .isEqualTo(refused(Reason.BEARER_ISSUER_UNKNOWN));
      assertThat(
              fixture.outcome(
                  tokens,
                  fixture.token(claims -> claims.put("iss", List.of(fixture.issuer.issuer())))))
          .isEqualTo(refused(Reason.BEARER_ISSUER_UNKNOWN));
    }

    @Test
    @DisplayName("A57 as a bearer nothing that the token names is fetched")
    void nothingThatATokenNamesIsFetched() {
      BearerTokens tokens = fixture.start(_ -> {});
      try (WireProvider evil = new WireProvider()) {
        for (String name : List.of("jku", "x5u")) {
          Map<String, Object> header = BearerFixture.KEY.header("RS256");
          header.put(name, evil.uri("/keys").toString());
          String token = BearerFixture.KEY.sign("RS256", header, fixture.claims());
          assertThat(fixture.outcome(tokens, token)).isEqualTo(refused(Reason.BEARER_REFUSED));
        }
        assertThat(evil.requests("/keys")).isEmpty();
      }
    }
  }

  static Stream<Arguments> hostile() {
    Map<String, Object> pbes2 = new LinkedHashMap<>();
    pbes2.put("alg", "PBES2-HS256+A128KW");
    pbes2.put("p2c", Integer.MAX_VALUE);
    String deep = "[".repeat(10_000) + "]".repeat(10_000);
    return Stream.of(
        arguments(named("nothing", "")),
        arguments(named("an opaque token", "ya29.a0AfH6SMB")),
        arguments(named("1 MiB", "A".repeat(1 << 20))),
        arguments(named("1 MiB with two dots", "e30." + "A".repeat(1 << 20) + ".AAAA")),
        arguments(
            named(
                "a payload 10,000 deep",
                "e30." + SigningKey.part("{\"iss\":" + deep + "}") + ".AAAA")),
        arguments(
            named(
                "JWE with zip",
                SigningKey.part("{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\",\"zip\":\"DEF\"}")
                    + ".AAAA.AAAA.AAAA.AAAA")),
        arguments(
            named(
                "PBES2 in five parts",
                SigningKey.part(JSONObjectUtils.toJSONString(pbes2)) + ".AAAA.AAAA.AAAA.AAAA")),
        arguments(named("10,000 parts", String.join(".", Collections.nCopies(10_000, "e30")))),
        arguments(named("a payload that is no JSON", "e30." + SigningKey.part("alice") + ".AAAA")),
        arguments(
            named(
                "an iss twice",
                "e30." + SigningKey.part("{\"iss\":\"a\",\"iss\":\"b\"}") + ".AAAA")),
        arguments(named("letters of another alphabet", "e30.ψψψψ.AAAA")));
  }

  @ParameterizedTest(name = "A62 as a bearer: {0}")
  @MethodSource("hostile")
  @DisplayName("A62 as a bearer hostile shapes are refused in 5 ms, before cryptography")
  void hostileShapesAreRefusedCheaply(String token) {
    BearerTokens tokens = fixture.begin(_ -> {});
    long best = Long.MAX_VALUE;
    try (CountedSignatures signatures = new CountedSignatures()) {
      for (int round = 0; round < 20; round++) {
        long begin = System.nanoTime();
        assertThat(fixture.outcome(tokens, token)).isEqualTo(refused(Reason.BEARER_MALFORMED));
        best = Math.min(best, System.nanoTime() - begin);
      }
      assertThat(signatures.count()).isZero();
    }
    assertThat(best).isLessThan(5_000_000L);
  }

  @Test
  @DisplayName("A62 as a bearer size and parts are judged on the spot, on the caller's thread")
  void sizeAndPartsNeedNoThread() {
    HeldExecutor held = new HeldExecutor();
    BearerTokens tokens = new BearerTokens(10, held, fixture.metrics);
    for (String token : List.of("", "a.b", "a.b.c.d.e", "A".repeat(1 << 20))) {
      CompletableFuture<BearerOutcome> outcome = tokens.verify(token, 0).toCompletableFuture();
      assertThat(outcome).isCompletedWithValue(refused(Reason.BEARER_MALFORMED));
    }
    assertThat(held.count()).isZero();
  }

  @Test
  @DisplayName("Each broken rule has its reason, which is a metric's label")
  void eachBrokenRuleHasItsReason() {
    BearerTokens tokens = fixture.start(_ -> {});
    assertThat(fixture.outcome(tokens, fixture.token(c -> c.put("aud", "other"))))
        .isEqualTo(refused(Reason.BEARER_AUDIENCE));
    assertThat(fixture.outcome(tokens, fixture.token(c -> c.put("exp", 7))))
        .isEqualTo(refused(Reason.BEARER_EXPIRED));
    assertThat(fixture.outcome(tokens, fixture.token(c -> c.put("nbf", BearerFixture.NOW + 99))))
        .isEqualTo(refused(Reason.BEARER_NOT_YET_VALID));
    assertThat(fixture.outcome(tokens, fixture.token(c -> c.put("typ", "ID"))))
        .isEqualTo(refused(Reason.BEARER_REFUSED));
    String spoiled = fixture.token();
    assertThat(fixture.outcome(tokens, spoiled.substring(0, spoiled.length() - 8) + "AAAAAAAA"))
        .isEqualTo(refused(Reason.BEARER_REFUSED));
    assertThat(fixture.outcome(tokens, fixture.token())).isInstanceOf(BearerOutcome.Accepted.class);
    String labels = "limen_bearer_tokens_total{issuer=\"" + fixture.issuer.issuer() + "\",outcome=";
    assertThat(fixture.scraped())
        .contains(labels + "\"accepted\"} 1.0")
        .contains(labels + "\"bearer_audience\"} 1.0")
        .contains(labels + "\"bearer_expired\"} 1.0")
        .contains(labels + "\"bearer_not_yet_valid\"} 1.0")
        .contains(labels + "\"bearer_refused\"} 2.0");
  }

  @Nested
  class TheKeys {
    private static final String ISSUER = "https://id.example/realms/limen";

    private String tokenOfElsewhere() {
      return fixture.token(claims -> claims.put("iss", ISSUER));
    }

    @Test
    void canBeNamedInsteadOfDiscovered() {
      BearerTokens tokens =
          fixture.start(draft -> {
            draft.issuer = ISSUER;
            draft.jwks = fixture.issuer.uri(WireProvider.CERTS).toString();
          });
      assertThat(fixture.outcome(tokens, tokenOfElsewhere()))
          .isInstanceOf(BearerOutcome.Accepted.class);
      assertThat(fixture.issuer.discoveryRequests()).isEmpty();
    }

    @Test
    void canComeByTheBackChannel() {
      fixture.issuer.json(
          "/realms/limen/.well-known/openid-configuration",
          "{\"issuer\":\"" + ISSUER + "\",\"jwks_uri\":\"https://id.example/realms/limen/certs\"}");
      BearerTokens tokens =
          fixture.start(draft -> {
            draft.issuer = ISSUER;
            draft.backChannel = fixture.issuer.origin();
          });
      assertThat(fixture.outcome(tokens, tokenOfElsewhere()))
          .isInstanceOf(BearerOutcome.Accepted.class);
    }

    @Test
    @DisplayName("A66 as a bearer metadata of another issuer are not believed")
    void metadataOfAnotherIssuerAreNotBelieved() {
      fixture.issuer.json(
          "/realms/limen/.well-known/openid-configuration",
          fixture.issuer.discovery("https://evil.example"));
      BearerTokens tokens = fixture.begin(_ -> {});
      Waiting.until("it was asked twice", () -> fixture.issuer.discoveryRequests().size() >= 2);
      assertThat(fixture.outcome(tokens, fixture.token()))
          .isEqualTo(new BearerOutcome.Unavailable(Reason.BEARER_KEYS_UNAVAILABLE));
      assertThat(fixture.keyRequests()).isZero();
    }

    @Test
    @DisplayName("A68 as a bearer keys elsewhere are not asked for, and the log says the way out")
    void keysElsewhereAreNotAskedFor() {
      try (WireProvider other = new WireProvider();
          LogCapture log = new LogCapture()) {
        fixture.issuer.json(
            "/realms/limen/.well-known/openid-configuration",
            "{\"issuer\":\""
                + fixture.issuer.issuer()
                + "\",\"jwks_uri\":\""
                + other.uri("/keys")
                + "\"}");
        BearerTokens tokens = fixture.begin(_ -> {});
        Waiting.until("it is said", () -> log.count("or set jwksURL or backchannelBaseURL") == 1);
        assertThat(fixture.outcome(tokens, fixture.token()))
            .isEqualTo(new BearerOutcome.Unavailable(Reason.BEARER_KEYS_UNAVAILABLE));
        assertThat(other.requests("/keys")).isEmpty();
      }
    }

    @Test
    void theStartWaitsForNobodyAndStopsAtACaFileThatIsNotThere() {
      assertThatThrownBy(() -> fixture.begin(draft -> draft.caFiles = List.of(Path.of("/nowhere"))))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("bearer.issuers[].caFiles: found /nowhere");
    }
  }

  @Test
  void afterTheEndNobodyCanTell() {
    BearerTokens tokens = fixture.start(_ -> {});
    String remembered = fixture.token(1);
    accepted(fixture.outcome(tokens, remembered));
    tokens.close();
    assertThat(fixture.outcome(tokens, fixture.token(2)))
        .isEqualTo(new BearerOutcome.Unavailable(Reason.BEARER_KEYS_UNAVAILABLE));
  }

  @Test
  void noTokenStandsInALogOrAMetric() {
    BearerTokens tokens = fixture.start(_ -> {});
    String good = fixture.token();
    String bad = fixture.token(claims -> claims.put("aud", "other"));
    try (LogCapture log = new LogCapture()) {
      fixture.outcome(tokens, good);
      fixture.outcome(tokens, bad);
      for (String token : List.of(good, bad)) {
        String signature = token.substring(token.lastIndexOf('.') + 1);
        assertThat(log.count(signature)).isZero();
        assertThat(fixture.scraped()).doesNotContain(signature);
      }
    }
  }
}
