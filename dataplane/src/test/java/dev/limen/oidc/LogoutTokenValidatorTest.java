package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.nimbusds.jose.jwk.Curve;
import dev.limen.config.ProviderConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** OpenID Connect Back-Channel Logout 1.0, section 2.6: rule by rule. */
class LogoutTokenValidatorTest {
  private static final SigningKey KEY = SigningKey.ec("k1", Curve.P_256);
  private static final KeySet KEYS = SigningKey.keySet(KEY);
  private static final String ISSUER = "https://id.example/realms/limen";
  private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";
  private static final long NOW = 1_800_000_000L;
  private static final String LONG = "x".repeat(LogoutTokenValidator.MAX_ID_LENGTH);

  /** A token before it is signed, as Keycloak would sign it. */
  static final class Draft {
    final Map<String, Object> header = KEY.header("ES256");
    final Map<String, Object> claims = new LinkedHashMap<>();

    Draft() {
      header.put("typ", "logout+jwt");
      claims.put("iss", ISSUER);
      claims.put("sub", "alice");
      claims.put("aud", "limen");
      claims.put("iat", NOW);
      claims.put("exp", NOW + 120);
      claims.put("jti", "an-id");
      claims.put("typ", "Logout");
      claims.put("sid", "a-session");
      claims.put("events", Map.of(EVENT, Map.of(), "revoke_offline_access", true));
    }

    String signed() {
      return KEY.sign("ES256", header, claims);
    }
  }

  private static Verdict verdict(ProviderConfig config, Consumer<Draft> change) {
    Draft draft = new Draft();
    change.accept(draft);
    return new LogoutTokenValidator(config, TokenVerifier.of(config))
        .validate(draft.signed(), KEYS, NOW * 1000);
  }

  private static Verdict verdict(Consumer<Draft> change) {
    return verdict(Providers.standard(), change);
  }

  private static Arguments row(String sentence, TokenRule rule, Consumer<Draft> change) {
    return arguments(named(sentence, change), rule);
  }

  private static Arguments row(String sentence, Consumer<Draft> change) {
    return arguments(named(sentence, change));
  }

  private static Consumer<Draft> put(String name, Object value) {
    return draft -> draft.claims.put(name, value);
  }

  private static Consumer<Draft> without(String... names) {
    return draft -> draft.claims.keySet().removeAll(List.of(names));
  }

  private static Consumer<Draft> header(String name, Object value) {
    return draft -> draft.header.put(name, value);
  }

  static Stream<Arguments> violations() {
    return Stream.of(
        row("signed by nobody", TokenRule.ALGORITHM, header("alg", "none")),
        row("an algorithm that is not enabled", TokenRule.ALGORITHM, header("alg", "EdDSA")),
        row("a key that it brings along", TokenRule.HEADER_PARAMETER, header("jwk", Map.of())),
        row("the type of any JWT", TokenRule.TYPE, header("typ", "JWT")),
        row("A64: the type of an access token", TokenRule.TYPE, header("typ", "at+jwt")),
        row("a type that is no text", TokenRule.TYPE, header("typ", 1)),
        row("another issuer", TokenRule.ISSUER, put("iss", ISSUER + "/")),
        row("no issuer", TokenRule.ISSUER, without("iss")),
        row("another client", TokenRule.AUDIENCE, put("aud", "other")),
        row("no audience", TokenRule.AUDIENCE, without("aud")),
        row(
            "audiences that are not all texts",
            TokenRule.AUDIENCE,
            put("aud", List.of("limen", 1))),
        row("no end", TokenRule.EXPIRY, without("exp")),
        row("an end past the skew", TokenRule.EXPIRY, put("exp", NOW - 30)),
        row("no time of issue", TokenRule.ISSUED_AT, without("iat")),
        row("a time of issue ahead, past the skew", TokenRule.ISSUED_AT, put("iat", NOW + 31)),
        row("an hour old, past the skew", TokenRule.ISSUED_AT, put("iat", NOW - 3_630)),
        row("begins ahead, past the skew", TokenRule.NOT_BEFORE, put("nbf", NOW + 31)),
        row("A64: an ID token, which has no event", TokenRule.EVENT, without("events")),
        row("an event of another kind", TokenRule.EVENT, put("events", Map.of("other", Map.of()))),
        row("an event that is a text", TokenRule.EVENT, put("events", Map.of(EVENT, "yes"))),
        row("events that are a list", TokenRule.EVENT, put("events", List.of(EVENT))),
        row("A64: a nonce, as an ID token has", TokenRule.NONCE, put("nonce", "n")),
        row("an empty nonce", TokenRule.NONCE, put("nonce", "")),
        row("a nonce of null", TokenRule.NONCE, draft -> draft.claims.put("nonce", null)),
        row("about nobody", TokenRule.SUBJECT, without("sub", "sid")),
        row("a subject that is no text", TokenRule.SUBJECT, put("sub", 1)),
        row("an empty session", TokenRule.SUBJECT, put("sid", "")),
        row("a session that is too long", TokenRule.SUBJECT, put("sid", LONG + "x")),
        row("no id", TokenRule.JWT_ID, without("jti")),
        row("an empty id", TokenRule.JWT_ID, put("jti", "")),
        row("an id that is too long", TokenRule.JWT_ID, put("jti", LONG + "x")),
        row("what Keycloak calls an ID token", TokenRule.KIND, put("typ", "ID")));
  }

  @ParameterizedTest
  @MethodSource("violations")
  @DisplayName("A64 a logout token that breaks a rule is refused, and the rule is named")
  void aTokenThatBreaksARuleIsRefused(Consumer<Draft> change, TokenRule rule) {
    assertThat(verdict(change)).isEqualTo(new Verdict.Refused(rule));
  }

  static Stream<Arguments> neighbours() {
    return Stream.of(
        row("as Keycloak sends it", _ -> {}),
        row("a type with its prefix", header("typ", "application/logout+jwt")),
        row("a type in another case", header("typ", "Logout+JWT")),
        row("no type", draft -> draft.header.remove("typ")),
        row("one audience of several", put("aud", List.of("other", "limen"))),
        row("an end within the skew", put("exp", NOW - 29)),
        row("a time of issue within the skew", put("iat", NOW + 30)),
        row("an hour old, within the skew", put("iat", NOW - 3_629)),
        row("begun", put("nbf", NOW + 30)),
        row("the one event alone", put("events", Map.of(EVENT, Map.of()))),
        row("an event that says more", put("events", Map.of(EVENT, Map.of("why", "tired")))),
        row("the person alone", without("sid")),
        row("the session alone", without("sub")),
        row("a session as long as may be", put("sid", LONG)),
        row("an id as long as may be", put("jti", LONG)),
        row("nothing of Keycloak's own", without("typ")));
  }

  @ParameterizedTest
  @MethodSource("neighbours")
  void aTokenThatKeepsEveryRuleIsAccepted(Consumer<Draft> change) {
    assertThat(verdict(change)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void theTypeOfAnyJwtIsTakenWhereTheProviderIsKnownToSendIt() {
    ProviderConfig old = Providers.with(draft -> draft.plainJwtTokens = true);
    assertThat(verdict(old, header("typ", "JWT"))).isInstanceOf(Verdict.Accepted.class);
    assertThat(verdict(old, header("typ", "at+jwt")))
        .isEqualTo(new Verdict.Refused(TokenRule.TYPE));
    assertThat(verdict(old, without("events"))).isEqualTo(new Verdict.Refused(TokenRule.EVENT));
  }

  @Test
  void anotherProvidersOwnTypeClaimSaysNothing() {
    ProviderConfig other = Providers.with(draft -> draft.dialect = ProviderConfig.Dialect.OIDC);
    assertThat(verdict(other, put("typ", "whatever"))).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void aTokenIsRememberedAsLongAsItCouldBeTakenAgain() {
    assertThat(untilMillis(NOW, NOW + 120)).isEqualTo((NOW + 120 + 30) * 1000);
    assertThat(untilMillis(NOW, NOW + 86_400)).isEqualTo((NOW + 3_600 + 30) * 1000);
  }

  private static long untilMillis(long issuedAt, long expiry) {
    String json = "{\"iat\":" + issuedAt + ",\"exp\":" + expiry + "}";
    JsonObject claims = JsonObject.parse(json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return LogoutTokenValidator.judgeableUntilMillis(java.util.Objects.requireNonNull(claims));
  }

  @Test
  void whatNoPublishedKeyHasSignedIsNotRefusedYet() {
    SigningKey other = SigningKey.ec("k2", Curve.P_256);
    Draft draft = new Draft();
    draft.header.put("kid", "k2");
    String token = other.sign("ES256", draft.header, draft.claims);
    ProviderConfig config = Providers.standard();
    assertThat(
            new LogoutTokenValidator(config, TokenVerifier.of(config))
                .validate(token, KEYS, NOW * 1000))
        .isEqualTo(new Verdict.KeyUnknown());
  }
}
