package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.limen.config.BearerConfig;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 9068 and RFC 8725, section 3.12: every kind of token, and every rule that one can break. */
class AccessTokenValidatorTest {
  private static final SigningKey KEY = BearerFixture.KEY;
  private static final KeySet KEYS = SigningKey.keySet(KEY);
  private static final long NOW = BearerFixture.NOW;
  private static final String ISSUER = "https://id.example/realms/limen";

  /** A token before it is signed. */
  record Draft(Map<String, Object> header, Map<String, Object> claims) {
    static Draft keycloak() {
      return new Draft(KEY.header("RS256"), BearerFixture.claims(ISSUER));
    }

    String signed() {
      return KEY.sign("RS256", header, claims);
    }
  }

  /** What comes along as a bearer token, or is offered as one. */
  enum Kind {
    KEYCLOAK_ACCESS_TOKEN,
    RFC_9068_ACCESS_TOKEN,
    PLAIN_ACCESS_TOKEN,
    ACCESS_TOKEN_WITHOUT_HEADER_TYPE,
    OLD_KEYCLOAK_ACCESS_TOKEN_WITH_NONCE,
    KEYCLOAK_ID_TOKEN,
    PLAIN_ID_TOKEN_WITH_NONCE,
    PLAIN_ID_TOKEN_WITH_AT_HASH,
    PLAIN_ID_TOKEN_WITH_C_HASH,
    KEYCLOAK_REFRESH_TOKEN,
    KEYCLOAK_OFFLINE_TOKEN,
    KEYCLOAK_LOGOUT_TOKEN,
    LOGOUT_TOKEN_BY_HEADER_TYPE,
    LOGOUT_TOKEN_BY_EVENTS,
    DPOP_BOUND_TOKEN,
    KEYCLOAK_DPOP_TOKEN;

    Draft draft() {
      Draft draft = Draft.keycloak();
      Map<String, Object> claims = draft.claims;
      switch (this) {
        case KEYCLOAK_ACCESS_TOKEN -> {}
        case RFC_9068_ACCESS_TOKEN -> {
          draft.header.put("typ", "at+jwt");
          claims.remove("typ");
        }
        case PLAIN_ACCESS_TOKEN -> claims.remove("typ");
        case ACCESS_TOKEN_WITHOUT_HEADER_TYPE -> {
          draft.header.remove("typ");
          claims.remove("typ");
        }
        case OLD_KEYCLOAK_ACCESS_TOKEN_WITH_NONCE -> claims.put("nonce", "n");
        case KEYCLOAK_ID_TOKEN -> claims.put("typ", "ID");
        case PLAIN_ID_TOKEN_WITH_NONCE -> plainWith(claims, "nonce");
        case PLAIN_ID_TOKEN_WITH_AT_HASH -> plainWith(claims, "at_hash");
        case PLAIN_ID_TOKEN_WITH_C_HASH -> plainWith(claims, "c_hash");
        case KEYCLOAK_REFRESH_TOKEN -> claims.put("typ", "Refresh");
        case KEYCLOAK_OFFLINE_TOKEN -> claims.put("typ", "Offline");
        case KEYCLOAK_LOGOUT_TOKEN -> claims.put("typ", "Logout");
        case LOGOUT_TOKEN_BY_HEADER_TYPE -> draft.header.put("typ", "logout+jwt");
        case LOGOUT_TOKEN_BY_EVENTS -> claims.put("events", Map.of("backchannel-logout", Map.of()));
        case DPOP_BOUND_TOKEN -> claims.put("cnf", Map.of("jkt", "thumbprint"));
        case KEYCLOAK_DPOP_TOKEN -> claims.put("typ", "DPoP");
      }
      return draft;
    }

    private static void plainWith(Map<String, Object> claims, String mark) {
      claims.remove("typ");
      claims.put(mark, "mark");
    }

    boolean isAccessToken() {
      return EnumSet.range(KEYCLOAK_ACCESS_TOKEN, OLD_KEYCLOAK_ACCESS_TOKEN_WITH_NONCE)
          .contains(this);
    }
  }

  /** A rule, and what breaks it. */
  record Violation(String sentence, TokenRule rule, Consumer<Draft> change) {
    static Violation claim(String sentence, TokenRule rule, String name, Object value) {
      return new Violation(sentence, rule, draft -> draft.claims.put(name, value));
    }

    static Violation without(String sentence, TokenRule rule, String name) {
      return new Violation(sentence, rule, draft -> draft.claims.remove(name));
    }

    static Violation header(String sentence, TokenRule rule, String name, Object value) {
      return new Violation(sentence, rule, draft -> draft.header.put(name, value));
    }
  }

  private static Verdict verdict(String token) {
    return verdict(token, BearerFixture.issuer(_ -> {}));
  }

  private static Verdict verdict(String token, BearerConfig.IssuerConfig config) {
    return new AccessTokenValidator(config).validate(token, KEYS, NOW * 1000);
  }

  static List<Violation> violations() {
    List<Violation> all = new ArrayList<>();
    all.addAll(violationsOfHeader());
    all.addAll(violationsOfIssuerAndAudience());
    all.addAll(violationsOfPersonAndTime());
    return all;
  }

  private static List<Violation> violationsOfHeader() {
    return List.of(
        Violation.header("A55 alg none", TokenRule.ALGORITHM, "alg", "none"),
        Violation.header("A55 alg None", TokenRule.ALGORITHM, "alg", "None"),
        Violation.header("A56 alg HS256", TokenRule.ALGORITHM, "alg", "HS256"),
        Violation.header("A57 an empty kid", TokenRule.KEY_ID, "kid", ""),
        Violation.header("A57 a kid of 257", TokenRule.KEY_ID, "kid", "k".repeat(257)),
        Violation.header("A57 jku", TokenRule.HEADER_PARAMETER, "jku", "https://evil.example/k"),
        Violation.header("A57 x5u", TokenRule.HEADER_PARAMETER, "x5u", "https://evil.example/c"),
        Violation.header("A57 x5c", TokenRule.HEADER_PARAMETER, "x5c", List.of("MIIB")),
        Violation.header("A57 jwk", TokenRule.HEADER_PARAMETER, "jwk", Map.of("kty", "RSA")),
        Violation.header("A57 crit", TokenRule.HEADER_PARAMETER, "crit", List.of("exp")),
        Violation.header("A62 zip", TokenRule.HEADER_PARAMETER, "zip", "DEF"),
        Violation.header("A62 p2c", TokenRule.HEADER_PARAMETER, "p2c", Integer.MAX_VALUE),
        Violation.header("another typ", TokenRule.TYPE, "typ", "dpop+jwt"),
        Violation.header("a typ that is a number", TokenRule.TYPE, "typ", 1));
  }

  private static List<Violation> violationsOfIssuerAndAudience() {
    return List.of(
        Violation.without("A58 no iss", TokenRule.ISSUER, "iss"),
        Violation.claim("A58 a slash more", TokenRule.ISSUER, "iss", ISSUER + "/"),
        Violation.claim(
            "A58 another case", TokenRule.ISSUER, "iss", ISSUER.replace("realms", "Realms")),
        Violation.claim(
            "A58 another realm", TokenRule.ISSUER, "iss", "https://id.example/realms/other"),
        Violation.without("A59 no aud", TokenRule.AUDIENCE, "aud"),
        Violation.claim("A59 another aud", TokenRule.AUDIENCE, "aud", "other"),
        Violation.claim("A59 aud begins alike", TokenRule.AUDIENCE, "aud", "orders2"),
        Violation.claim("A59 aud in another case", TokenRule.AUDIENCE, "aud", "Orders"),
        Violation.claim("A59 only others in aud", TokenRule.AUDIENCE, "aud", List.of("a", "b")),
        Violation.claim("A59 an empty aud", TokenRule.AUDIENCE, "aud", List.of()),
        Violation.claim(
            "A59 an aud not all strings", TokenRule.AUDIENCE, "aud", List.of("orders", 1)));
  }

  private static List<Violation> violationsOfPersonAndTime() {
    return List.of(
        Violation.without("A60 no sub", TokenRule.SUBJECT, "sub"),
        Violation.claim("A60 an empty sub", TokenRule.SUBJECT, "sub", ""),
        Violation.claim("A60 a sub that is a number", TokenRule.SUBJECT, "sub", 7),
        Violation.claim("A60 a sub of 256", TokenRule.SUBJECT, "sub", "s".repeat(256)),
        Violation.claim("A60 a sub with a line break", TokenRule.SUBJECT, "sub", "a\nb"),
        Violation.without("A60 no exp", TokenRule.EXPIRY, "exp"),
        Violation.claim("A60 an exp past the skew", TokenRule.EXPIRY, "exp", NOW - 30),
        Violation.claim("A60 an exp that is a string", TokenRule.EXPIRY, "exp", "" + (NOW + 60)),
        Violation.without("A60 no iat", TokenRule.ISSUED_AT, "iat"),
        Violation.claim("A60 iat ahead", TokenRule.ISSUED_AT, "iat", NOW + 31),
        Violation.claim("A60 nbf ahead", TokenRule.NOT_BEFORE, "nbf", NOW + 31),
        Violation.claim("A60 an nbf that is a string", TokenRule.NOT_BEFORE, "nbf", "later"));
  }

  static Stream<Arguments> matrix() {
    return Stream.of(Kind.values())
        .filter(Kind::isAccessToken)
        .flatMap(kind ->
            violations().stream()
                .map(each -> arguments(kind, named(each.sentence, each), each.rule)));
  }

  @ParameterizedTest(name = "{1} as a bearer: {0} breaks {2}")
  @MethodSource("matrix")
  @DisplayName("Kind of token × rule: as a bearer, no kind may break any rule")
  void noKindMayBreakAnyRule(Kind kind, Violation violation, TokenRule rule) {
    Draft draft = kind.draft();
    violation.change.accept(draft);
    assertThat(verdict(draft.signed())).isEqualTo(new Verdict.Refused(rule));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "KEYCLOAK_ACCESS_TOKEN, ",
    "RFC_9068_ACCESS_TOKEN, ",
    "PLAIN_ACCESS_TOKEN, ",
    "ACCESS_TOKEN_WITHOUT_HEADER_TYPE, ",
    "OLD_KEYCLOAK_ACCESS_TOKEN_WITH_NONCE, ",
    "KEYCLOAK_ID_TOKEN, KIND",
    "PLAIN_ID_TOKEN_WITH_NONCE, KIND",
    "PLAIN_ID_TOKEN_WITH_AT_HASH, KIND",
    "PLAIN_ID_TOKEN_WITH_C_HASH, KIND",
    "KEYCLOAK_REFRESH_TOKEN, KIND",
    "KEYCLOAK_OFFLINE_TOKEN, KIND",
    "KEYCLOAK_LOGOUT_TOKEN, KIND",
    "LOGOUT_TOKEN_BY_HEADER_TYPE, TYPE",
    "LOGOUT_TOKEN_BY_EVENTS, KIND",
    "DPOP_BOUND_TOKEN, KIND",
    "KEYCLOAK_DPOP_TOKEN, KIND"
  })
  @DisplayName("A64 as a bearer only access tokens are taken, by type and claims")
  void onlyAccessTokensAreTaken(Kind kind, @Nullable TokenRule rule) {
    Verdict verdict = verdict(kind.draft().signed());
    if (rule == null) {
      assertThat(verdict).isInstanceOf(Verdict.Accepted.class);
    } else {
      assertThat(verdict).isEqualTo(new Verdict.Refused(rule));
    }
  }

  @Nested
  @DisplayName("Where one becomes the other")
  class Neighbours {
    private Verdict with(Consumer<Map<String, Object>> change) {
      Draft draft = Draft.keycloak();
      change.accept(draft.claims);
      return verdict(draft.signed());
    }

    @Test
    @DisplayName("A59 as a bearer one audience of ours among others is enough, whatever azp says")
    void anAudienceMoreIsNoHarm() {
      assertThat(with(c -> c.put("aud", List.of("other", "orders"))))
          .isInstanceOf(Verdict.Accepted.class);
      assertThat(with(c -> c.put("aud", "orders"))).isInstanceOf(Verdict.Accepted.class);
      assertThat(with(c -> c.remove("azp"))).isInstanceOf(Verdict.Accepted.class);
    }

    @Test
    @DisplayName("A60 as a bearer the clocks may differ by 30 seconds, and not one more")
    void theSkewIsExact() {
      assertThat(with(c -> c.put("exp", NOW - 29))).isInstanceOf(Verdict.Accepted.class);
      assertThat(with(c -> c.put("iat", NOW + 30))).isInstanceOf(Verdict.Accepted.class);
      assertThat(with(c -> c.put("nbf", NOW + 30))).isInstanceOf(Verdict.Accepted.class);
      assertThat(with(c -> c.put("sub", "s".repeat(255)))).isInstanceOf(Verdict.Accepted.class);
    }

    @Test
    @DisplayName("A signature that is cut or of another key is refused")
    void aSpoiledSignatureIsRefused() {
      String token = Draft.keycloak().signed();
      String spoiled = token.substring(0, token.length() - 8) + "AAAAAAAA";
      assertThat(verdict(spoiled)).isEqualTo(new Verdict.Refused(TokenRule.SIGNATURE));
      SigningKey other = SigningKey.rsa("k1");
      Draft draft = Draft.keycloak();
      assertThat(verdict(other.sign("RS256", draft.header, draft.claims)))
          .isEqualTo(new Verdict.Refused(TokenRule.SIGNATURE));
    }

    @Test
    void anAlgorithmThatIsNotOfTheIssuersListIsRefused() {
      String token = Draft.keycloak().signed();
      assertThat(verdict(token, BearerFixture.issuer(c -> c.algorithms = List.of("ES256"))))
          .isEqualTo(new Verdict.Refused(TokenRule.ALGORITHM));
    }
  }

  @Nested
  @DisplayName("RFC 9068, section 4: where only at+jwt is configured")
  class OnlyAtJwt {
    private final BearerConfig.IssuerConfig config =
        BearerFixture.issuer(draft -> draft.types = List.of("at+jwt"));

    @Test
    void itIsTakenByEitherSpelling() {
      for (String type : List.of("at+jwt", "AT+JWT", "application/at+jwt")) {
        Draft draft = Draft.keycloak();
        draft.header.put("typ", type);
        assertThat(verdict(draft.signed(), config)).isInstanceOf(Verdict.Accepted.class);
      }
    }

    @Test
    void aTokenWithoutTypeIsAJwtAndRefused() {
      Draft draft = Draft.keycloak();
      assertThat(verdict(draft.signed(), config)).isEqualTo(new Verdict.Refused(TokenRule.TYPE));
      draft.header.remove("typ");
      assertThat(verdict(draft.signed(), config)).isEqualTo(new Verdict.Refused(TokenRule.TYPE));
      assertThat(verdict(draft.signed())).isInstanceOf(Verdict.Accepted.class);
    }
  }

  @ParameterizedTest(name = "{0} gives {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"scope":"a b"}                   | a,b
          {"scope":"a  b "}                 | a,b
          {"scope":["a","b c"]}             | a,b,c
          {"scp":"a b"}                     | a,b
          {"scp":["a","b"],"scope":"c"}     | a,b,c
          {"scope":1,"scp":{"a":true}}      | ''
          {"scope":""}                      | ''
          {"scope":"a\\tb"}                 | a\tb
          {}                                | ''
          """)
  @DisplayName("RFC 9068, section 2.2.3: scopes are words with a space between, or a list")
  void scopesAreReadFromBothClaims(String json, String expected) {
    JsonObject claims =
        Objects.requireNonNull(JsonObject.parse(json.getBytes(StandardCharsets.UTF_8)));
    assertThat(AccessTokenValidator.scopes(claims))
        .isEqualTo(expected.isEmpty() ? Set.of() : Set.of(expected.split(",", -1)));
  }

  @Test
  void aHeaderIsJudgedByTheSameRulesInEveryOrder() {
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("typ", "JWT");
    header.put("kid", "k1");
    header.put("alg", "RS256");
    assertThat(verdict(new Draft(header, BearerFixture.claims(ISSUER)).signed()))
        .isInstanceOf(Verdict.Accepted.class);
  }
}
