package dev.limen.oidc;

import dev.limen.config.BearerConfig.IssuerConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a token that a request carries is an access token for what stands behind Limen.
 *
 * <p>Invariant: claims are read only from a token whose signature holds ({@link TokenVerifier}).
 * The rules stand in {@link #broken} in their order. Immutable; safe for all threads.
 *
 * <p>Source: RFC 9068, sections 2.2 and 4; RFC 8725, sections 3.8 to 3.12; OpenID Connect Core 1.0,
 * section 2; Back-Channel Logout 1.0, section 2.4.
 */
final class AccessTokenValidator {
  /*
   * What stands in an ID token, and in no access token: the nonce of a login, and hashes of what
   * came along with it (OpenID Connect Core, sections 2 and 3.3.2.11). Keycloak before 25 copied
   * the nonce into its access tokens, so a token that says what it is may have one.
   */
  private static final List<String> MARKS_OF_ID_TOKENS = List.of("nonce", "at_hash", "c_hash");

  private final String issuer;
  private final Set<String> audiences;
  private final Set<String> types;
  private final TokenVerifier verifier;

  AccessTokenValidator(IssuerConfig config) {
    this.issuer = config.issuer().toString();
    this.audiences = Set.copyOf(config.audiences());
    this.types = Set.copyOf(config.types());
    this.verifier = TokenVerifier.of(config.enabledSigningAlgs());
  }

  /** Decides on one token. */
  Verdict validate(String token, KeySet keys, long nowMillis) {
    Verdict verdict = verifier.verify(token, types, keys);
    if (!(verdict instanceof Verdict.Accepted accepted)) {
      return verdict;
    }
    TokenRule broken = broken(accepted, Math.floorDiv(nowMillis, 1000L));
    return broken == null ? verdict : new Verdict.Refused(broken);
  }

  /** The first rule that does not hold, or null. */
  private @Nullable TokenRule broken(Verdict.Accepted accepted, long now) {
    JsonObject claims = accepted.claims();
    if (!issuer.equals(claims.text("iss"))) {
      return TokenRule.ISSUER;
    }
    if (!isAccessToken(accepted.header(), claims)) {
      return TokenRule.KIND;
    }
    if (!isForUs(claims)) {
      return TokenRule.AUDIENCE;
    }
    if (!IdTokenValidator.isSubject(claims.text("sub"))) {
      return TokenRule.SUBJECT;
    }
    if (!IdTokenValidator.isAlive(claims, now)) {
      return TokenRule.EXPIRY;
    }
    if (!IdTokenValidator.isIssued(claims, now)) {
      return TokenRule.ISSUED_AT;
    }
    return IdTokenValidator.hasBegun(claims, now) ? null : TokenRule.NOT_BEFORE;
  }

  /**
   * Not a logout token or another security event ({@code events}); not what Keycloak calls {@code
   * ID}, {@code Refresh}, {@code Offline} or {@code Logout} in its own {@code typ} claim; not an ID
   * token. Nor a token that is bound to a key of its holder ({@code cnf}; RFC 8705, RFC 9449):
   * whoever stole it must not get through by calling it a bearer token.
   */
  private static boolean isAccessToken(JsonObject header, JsonObject claims) {
    boolean isBearer = "Bearer".equals(claims.text("typ"));
    if (claims.has("events") || claims.has("cnf") || (claims.has("typ") && !isBearer)) {
      return false;
    }
    return isBearer
        || "at+jwt".equals(TokenVerifier.typeOf(header))
        || MARKS_OF_ID_TOKENS.stream().noneMatch(claims::has);
  }

  /** One of ours among them is enough: an access token may be for several services. */
  private boolean isForUs(JsonObject claims) {
    List<String> named = claims.texts("aud");
    return named != null && named.stream().anyMatch(audiences::contains);
  }

  /**
   * What the token allows: {@code scope}, words with a space between (RFC 9068, section 2.2.3), and
   * {@code scp}, which is the same at Entra ID and a list at Okta.
   */
  static Set<String> scopes(JsonObject claims) {
    Set<String> scopes = new HashSet<>();
    for (String name : List.of("scope", "scp")) {
      for (String text : claims.textsAmong(name)) {
        scopes.addAll(List.of(text.split(" ", -1)));
      }
    }
    scopes.remove("");
    return scopes;
  }
}
