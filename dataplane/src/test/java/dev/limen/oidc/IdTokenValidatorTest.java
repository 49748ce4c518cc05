package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.Base64URL;
import dev.limen.config.ProviderConfig;
import dev.limen.oidc.IdTokenValidator.Occasion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every claim rule: what breaks it, and the neighbour that does not. */
class IdTokenValidatorTest {
  static final SigningKey KEY = SigningKey.rsa("k1");
  static final KeySet KEYS = SigningKey.keySet(KEY);
  static final String ISSUER = "https://id.example/realms/limen";
  static final long NOW = 1_800_000_000L;
  static final String NONCE = "n-0S6_WzA2Mj";
  static final String ACCESS_TOKEN = "an-access-token";
  static final Occasion LOGIN = new Occasion.Login(new SentRequest(NONCE, SentRequest.NO_MAX_AGE));
  static final Occasion REFRESH = new Occasion.Refresh(ISSUER, "alice", NONCE);

  /** What Keycloak says of a login a moment ago. */
  static Map<String, Object> claims() {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("iss", ISSUER);
    claims.put("sub", "alice");
    claims.put("aud", "limen");
    claims.put("azp", "limen");
    claims.put("exp", NOW + 60);
    claims.put("iat", NOW);
    claims.put("nonce", NONCE);
    claims.put("typ", "ID");
    claims.put("at_hash", hash("SHA-256"));
    return claims;
  }

  private static String hash(String algorithm) {
    SigningAlgorithm named =
        algorithm.equals("SHA-256") ? SigningAlgorithm.RS256 : SigningAlgorithm.RS512;
    byte[] hash = named.hash(ACCESS_TOKEN.getBytes(StandardCharsets.US_ASCII));
    return Base64URL.encode(Arrays.copyOf(hash, hash.length / 2)).toString();
  }

  private static Verdict verdict(
      ProviderConfig config, Map<String, Object> claims, Occasion occasion) {
    String token = KEY.sign("RS256", KEY.header("RS256"), claims);
    return new IdTokenValidator(config, TokenVerifier.of(config))
        .validate(token, ACCESS_TOKEN, occasion, KEYS, NOW * 1000);
  }

  private static Verdict verdict(Consumer<Map<String, Object>> change, Occasion occasion) {
    Map<String, Object> claims = claims();
    change.accept(claims);
    return verdict(Providers.standard(), claims, occasion);
  }

  private static Arguments row(
      String sentence, TokenRule rule, Consumer<Map<String, Object>> change) {
    return arguments(named(sentence, change), rule);
  }

  private static Arguments row(String sentence, Consumer<Map<String, Object>> change) {
    return arguments(named(sentence, change));
  }

  private static Consumer<Map<String, Object>> put(String name, Object value) {
    return claims -> claims.put(name, value);
  }

  private static Consumer<Map<String, Object>> without(String name) {
    return claims -> claims.remove(name);
  }

  @Nested
  @DisplayName("OpenID Connect Core, section 3.1.3.7: at a login")
  class AtALogin {
    static Stream<Arguments> violationsOfIssuerAndAudience() {
      return Stream.of(
          row("A58: no issuer", TokenRule.ISSUER, without("iss")),
          row("A58: the issuer with a slash more", TokenRule.ISSUER, put("iss", ISSUER + "/")),
          row(
              "A58: the issuer in another case",
              TokenRule.ISSUER,
              put("iss", ISSUER.replace("realms", "Realms"))),
          row(
              "A58: another realm",
              TokenRule.ISSUER,
              put("iss", "https://id.example/realms/other")),
          row("A58: an issuer that is a list", TokenRule.ISSUER, put("iss", List.of(ISSUER))),
          row("A59: no audience", TokenRule.AUDIENCE, without("aud")),
          row("A59: another audience", TokenRule.AUDIENCE, put("aud", "other")),
          row(
              "A59: an audience that only begins like ours",
              TokenRule.AUDIENCE,
              put("aud", "limen2")),
          row("A59: an empty list of audiences", TokenRule.AUDIENCE, put("aud", List.of())),
          row("A59: an audience that is a number", TokenRule.AUDIENCE, put("aud", 1)),
          row(
              "A59: audiences that are not all strings",
              TokenRule.AUDIENCE,
              put("aud", List.of("limen", 1))),
          row(
              "A59: an audience more, and no azp",
              TokenRule.AUTHORIZED_PARTY,
              c -> {
                c.put("aud", List.of("limen", "other"));
                c.remove("azp");
              }),
          row(
              "A59: an audience more, and another's azp",
              TokenRule.AUTHORIZED_PARTY,
              c -> {
                c.put("aud", List.of("limen", "other"));
                c.put("azp", "other");
              }),
          row(
              "A59: our audience, and another's azp",
              TokenRule.AUTHORIZED_PARTY,
              put("azp", "other")),
          row(
              "A59: an azp that is a list",
              TokenRule.AUTHORIZED_PARTY,
              put("azp", List.of("limen"))));
    }

    static Stream<Arguments> violationsOfPersonAndTime() {
      return Stream.of(
          row("A60: no subject", TokenRule.SUBJECT, without("sub")),
          row("A60: an empty subject", TokenRule.SUBJECT, put("sub", "")),
          row("A60: a subject that is a number", TokenRule.SUBJECT, put("sub", 7)),
          row("A60: a subject of 256 characters", TokenRule.SUBJECT, put("sub", "s".repeat(256))),
          row("A60: a subject with a line break", TokenRule.SUBJECT, put("sub", "alice\nadmin")),
          row("A60: no expiry", TokenRule.EXPIRY, without("exp")),
          row("A60: an expiry that is a string", TokenRule.EXPIRY, put("exp", "" + (NOW + 60))),
          row("A60: expired for the skew", TokenRule.EXPIRY, put("exp", NOW - 30)),
          row("A60: expired long ago", TokenRule.EXPIRY, put("exp", 0)),
          row("A60: an expiry beyond all numbers", TokenRule.EXPIRY, put("exp", 1e300)),
          row("A60: no iat", TokenRule.ISSUED_AT, without("iat")),
          row("A60: an iat that is a string", TokenRule.ISSUED_AT, put("iat", "now")),
          row("A60: issued further ahead than the skew", TokenRule.ISSUED_AT, put("iat", NOW + 31)),
          row(
              "3.2: issued longer ago than ten minutes and the skew",
              TokenRule.ISSUED_AT,
              put("iat", NOW - 631)),
          row("A60: nbf further ahead than the skew", TokenRule.NOT_BEFORE, put("nbf", NOW + 31)),
          row("A60: an nbf that is a string", TokenRule.NOT_BEFORE, put("nbf", "later")));
    }

    static Stream<Arguments> violationsOfTheOccasion() {
      return Stream.of(
          row(
              "A64: a logout token, by its events",
              TokenRule.KIND,
              c -> {
                c.put(
                    "events",
                    Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of()));
              }),
          row("A64: Keycloak's access token, by its typ", TokenRule.KIND, put("typ", "Bearer")),
          row("A64: Keycloak's refresh token, by its typ", TokenRule.KIND, put("typ", "Refresh")),
          row("A64: Keycloak's logout token, by its typ", TokenRule.KIND, put("typ", "Logout")),
          row("A64: a typ that is a number", TokenRule.KIND, put("typ", 1)),
          row("A49: no nonce", TokenRule.NONCE, without("nonce")),
          row("A49: another nonce", TokenRule.NONCE, put("nonce", "n-0S6_WzA2Mk")),
          row("A49: a nonce in another case", TokenRule.NONCE, put("nonce", "N-0S6_WzA2Mj")),
          row("A49: the nonce and more", TokenRule.NONCE, put("nonce", NONCE + "x")),
          row("A49: an empty nonce", TokenRule.NONCE, put("nonce", "")),
          row("A49: a nonce that is a list", TokenRule.NONCE, put("nonce", List.of(NONCE))),
          row(
              "A61: another token's at_hash",
              TokenRule.ACCESS_TOKEN_HASH,
              put("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")),
          row(
              "A61: the at_hash of another algorithm",
              TokenRule.ACCESS_TOKEN_HASH,
              put("at_hash", hash("SHA-512"))),
          row("A61: an empty at_hash", TokenRule.ACCESS_TOKEN_HASH, put("at_hash", "")),
          row("A61: an at_hash that is a number", TokenRule.ACCESS_TOKEN_HASH, put("at_hash", 1)));
    }

    @ParameterizedTest(name = "{0} breaks {1}")
    @DisplayName("A49 A58 A59 A60 A61 A64 an ID token that breaks a rule on claims is none")
    @MethodSource({
      "violationsOfIssuerAndAudience",
      "violationsOfPersonAndTime",
      "violationsOfTheOccasion"
    })
    void isRefused(Consumer<Map<String, Object>> change, TokenRule rule) {
      assertThat(verdict(change, LOGIN)).isEqualTo(new Verdict.Refused(rule));
    }

    static Stream<Arguments> neighbours() {
      return Stream.of(
          row("what Keycloak sends", _ -> {}),
          row(
              "A59: our audience in a list of one, and no azp",
              c -> {
                c.put("aud", List.of("limen"));
                c.remove("azp");
              }),
          row("A59: an audience more, and our azp", put("aud", List.of("other", "limen"))),
          row("no azp", without("azp")),
          row("A60: a subject of 255 characters", put("sub", "s".repeat(255))),
          row(
              "a subject with a colon, a space and a letter of another alphabet",
              put("sub", "f:1: ψ")),
          row("A60: expired for less than the skew", put("exp", NOW - 29)),
          row("an expiry with a fraction", put("exp", NOW + 0.5)),
          row("A60: issued ahead by the skew", put("iat", NOW + 30)),
          row("3.2: issued ten minutes and the skew ago", put("iat", NOW - 630)),
          row("A60: nbf ahead by the skew", put("nbf", NOW + 30)),
          row("no nbf, said with null", c -> c.put("nbf", null)),
          row("A61: no at_hash", without("at_hash")),
          row("no typ", without("typ")),
          row("claims that nobody knows", put("https://example/claim", Map.of("a", List.of(1)))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("neighbours")
    void isAccepted(Consumer<Map<String, Object>> change) {
      assertThat(verdict(change, LOGIN)).isInstanceOf(Verdict.Accepted.class);
    }

    @Test
    @DisplayName("A60: a subject with half a surrogate pair is refused, a whole one accepted")
    void halfACharacterIsNoSubject() {
      String halfASmile = "{\"sub\":\"a\\ud83d\"}";
      JsonObject half = JsonObject.parse(halfASmile.getBytes(StandardCharsets.UTF_8));
      assertThat(half).isNotNull();
      assertThat(IdTokenValidator.isSubject("a\ud83d")).isFalse();
      assertThat(IdTokenValidator.isSubject("a\ud83d\ude00")).isTrue();
    }

    @Test
    void whatTheTypClaimMeansElsewhereIsNotAsked() {
      ProviderConfig plain = Providers.with(draft -> draft.dialect = ProviderConfig.Dialect.OIDC);
      Map<String, Object> claims = claims();
      claims.put("typ", "Bearer");
      assertThat(verdict(plain, claims, LOGIN)).isInstanceOf(Verdict.Accepted.class);
    }
  }

  @Nested
  @DisplayName("OpenID Connect Core, section 12.2: at a refresh")
  class AtARefresh {
    static Stream<Arguments> violations() {
      return Stream.of(
          row("A65: another subject", TokenRule.SAME_IDENTITY, put("sub", "bob")),
          row("A65: no subject", TokenRule.SAME_IDENTITY, without("sub")),
          row("A65: another issuer", TokenRule.SAME_IDENTITY, put("iss", "https://evil.example")),
          row(
              "A65: another subject in an expired token",
              TokenRule.SAME_IDENTITY,
              c -> {
                c.put("sub", "bob");
                c.put("exp", 0);
              }),
          row("another nonce than before", TokenRule.NONCE, put("nonce", "other")),
          row("a nonce that is a number", TokenRule.NONCE, put("nonce", 1)),
          row("another audience than before", TokenRule.AUDIENCE, put("aud", "other")),
          row("expired", TokenRule.EXPIRY, put("exp", NOW - 30)),
          row("issued ahead", TokenRule.ISSUED_AT, put("iat", NOW + 31)),
          row("another token's at_hash", TokenRule.ACCESS_TOKEN_HASH, put("at_hash", "AAAA")));
    }

    @ParameterizedTest(name = "{0} breaks {1}")
    @MethodSource("violations")
    void isRefused(Consumer<Map<String, Object>> change, TokenRule rule) {
      assertThat(verdict(change, REFRESH)).isEqualTo(new Verdict.Refused(rule));
    }

    static Stream<Arguments> neighbours() {
      return Stream.of(
          row("the same nonce", _ -> {}),
          row("no nonce", without("nonce")),
          row("issued at the login", put("iat", NOW - 3600)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("neighbours")
    void isAccepted(Consumer<Map<String, Object>> change) {
      assertThat(verdict(change, REFRESH)).isInstanceOf(Verdict.Accepted.class);
    }

    @Test
    void aNonceWhereNoneWasBeforeIsRefused() {
      Occasion withoutNonce = new Occasion.Refresh(ISSUER, "alice", null);
      assertThat(verdict(_ -> {}, withoutNonce)).isEqualTo(new Verdict.Refused(TokenRule.NONCE));
      assertThat(verdict(without("nonce"), withoutNonce)).isInstanceOf(Verdict.Accepted.class);
    }
  }

  @Nested
  class EveryEnabledAlgorithm {
    private final ProviderConfig config =
        Providers.with(draft ->
            draft.algorithms =
                List.of(
                    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                    "ES512"));

    @ParameterizedTest
    @ValueSource(
        strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
    void isVerifiedWithTheHashOfItsAccessToken(String algorithm) {
      SigningKey key =
          switch (algorithm) {
            case "ES256" -> SigningKey.ec("k1", Curve.P_256);
            case "ES384" -> SigningKey.ec("k1", Curve.P_384);
            case "ES512" -> SigningKey.ec("k1", Curve.P_521);
            default -> KEY;
          };
      SigningAlgorithm named = SigningAlgorithm.valueOf(algorithm);
      byte[] hash = named.hash(ACCESS_TOKEN.getBytes(StandardCharsets.US_ASCII));
      Map<String, Object> claims = claims();
      claims.put("at_hash", Base64URL.encode(Arrays.copyOf(hash, hash.length / 2)).toString());
      String token = key.sign(algorithm, key.header(algorithm), claims);
      IdTokenValidator validator = new IdTokenValidator(config, TokenVerifier.of(config));
      assertThat(validator.validate(token, ACCESS_TOKEN, LOGIN, SigningKey.keySet(key), NOW * 1000))
          .isInstanceOf(Verdict.Accepted.class);
      String spoiled = token.substring(0, token.length() - 8) + "AAAAAAAA";
      assertThat(
              validator.validate(spoiled, ACCESS_TOKEN, LOGIN, SigningKey.keySet(key), NOW * 1000))
          .isEqualTo(new Verdict.Refused(TokenRule.SIGNATURE));
    }
  }

  @Nested
  @DisplayName("OpenID Connect Core, section 3.1.3.7, rule 13: max_age and auth_time")
  class TheAgeOfTheAuthentication {
    private static final Occasion ASKED = new Occasion.Login(new SentRequest(NONCE, 300));

    private static Verdict at(Object authTime) {
      return verdict(claims -> claims.put("auth_time", authTime), ASKED);
    }

    @Test
    void isAcceptedUpToWhatWasAskedForAndTheSkew() {
      long oldest = NOW - 300 - IdTokenValidator.SKEW_SECONDS;
      assertThat(at(NOW)).isInstanceOf(Verdict.Accepted.class);
      assertThat(at(oldest)).isInstanceOf(Verdict.Accepted.class);
      assertThat(at(oldest - 1)).isEqualTo(new Verdict.Refused(TokenRule.AUTH_TIME));
    }

    @Test
    void isNotInTheFuture() {
      long latest = NOW + IdTokenValidator.SKEW_SECONDS;
      assertThat(at(latest)).isInstanceOf(Verdict.Accepted.class);
      assertThat(at(latest + 1)).isEqualTo(new Verdict.Refused(TokenRule.AUTH_TIME));
    }

    @Test
    void isRefusedWhereItIsNotSaidThoughItWasAskedFor() {
      assertThat(verdict(_ -> {}, ASKED)).isEqualTo(new Verdict.Refused(TokenRule.AUTH_TIME));
      assertThat(at("yesterday")).isEqualTo(new Verdict.Refused(TokenRule.AUTH_TIME));
    }

    @Test
    void isAskedOfNobodyUnlessItWasAskedFor() {
      assertThat(verdict(_ -> {}, LOGIN)).isInstanceOf(Verdict.Accepted.class);
      assertThat(verdict(claims -> claims.put("auth_time", 1), LOGIN))
          .isInstanceOf(Verdict.Accepted.class);
      assertThat(verdict(claims -> claims.put("auth_time", 1), REFRESH))
          .isInstanceOf(Verdict.Accepted.class);
    }
  }
}
