package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a logout token says that a session has ended.
 *
 * <p>Invariant: claims are read only from a token whose signature holds ({@link TokenVerifier}).
 * The rules stand in {@link #broken} in their order. Immutable; safe for all threads.
 *
 * <p>Source: OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6; RFC 8725, sections 3.11
 * and 3.12: the type and the claims keep every other kind of token out.
 */
final class LogoutTokenValidator {
  /**
   * Providers let such a token live for minutes. Past this age none is taken, so that those which
   * were taken need not be remembered for longer.
   */
  static final long MAX_AGE_SECONDS = 3_600;

  /** Characters of a {@code jti} or a {@code sid}. */
  static final int MAX_ID_LENGTH = 255;

  /** The member of {@code events} that makes a token a logout token. */
  private static final String EVENT = "http://schemas.openid.net/event/backchannel-logout";

  private static final String TYPE = "logout+jwt";
  private static final String PLAIN_TYPE = "jwt";
  private static final Set<String> TYPES = Set.of(TYPE, PLAIN_TYPE);

  private final ProviderConfig config;
  private final TokenVerifier verifier;

  LogoutTokenValidator(ProviderConfig config, TokenVerifier verifier) {
    this.config = config;
    this.verifier = verifier;
  }

  /** Decides on one token. */
  Verdict validate(String token, KeySet keys, long nowMillis) {
    Verdict verdict = verifier.verify(token, TYPES, keys);
    if (!(verdict instanceof Verdict.Accepted(JsonObject header, _, JsonObject claims))) {
      return verdict;
    }
    TokenRule broken =
        isLogoutType(header) ? broken(claims, Math.floorDiv(nowMillis, 1000L)) : TokenRule.TYPE;
    return broken == null ? verdict : new Verdict.Refused(broken);
  }

  /** From when on a token with these claims is refused for its age, wall clock. */
  static long judgeableUntilMillis(JsonObject claims) {
    Long expiry = claims.seconds("exp");
    Long issuedAt = claims.seconds("iat");
    if (expiry == null || issuedAt == null) {
      throw new IllegalArgumentException("a logout token that was accepted has both times");
    }
    return 1_000 * (Math.min(expiry, issuedAt + MAX_AGE_SECONDS) + IdTokenValidator.SKEW_SECONDS);
  }

  /** Said, or not at all; the type of just any JWT only where an older provider is expected. */
  private boolean isLogoutType(JsonObject header) {
    return !header.has("typ")
        || TYPE.equals(TokenVerifier.typeOf(header))
        || config.logout().plainJwtTokens();
  }

  /** The first rule that does not hold, or null. */
  private @Nullable TokenRule broken(JsonObject claims, long now) {
    if (!config.oidcConfig().issuerURL().toString().equals(claims.text("iss"))) {
      return TokenRule.ISSUER;
    }
    List<String> audiences = claims.texts("aud");
    if (audiences == null || !audiences.contains(config.clientID())) {
      return TokenRule.AUDIENCE;
    }
    if (!IdTokenValidator.isAlive(claims, now)) {
      return TokenRule.EXPIRY;
    }
    if (!isIssuedInTime(claims, now)) {
      return TokenRule.ISSUED_AT;
    }
    if (!IdTokenValidator.hasBegun(claims, now)) {
      return TokenRule.NOT_BEFORE;
    }
    if (!isLogout(claims)) {
      return TokenRule.EVENT;
    }
    if (claims.names().contains("nonce")) {
      return TokenRule.NONCE;
    }
    if (!isAboutSomebody(claims)) {
      return TokenRule.SUBJECT;
    }
    if (!isId(claims.text("jti"))) {
      return TokenRule.JWT_ID;
    }
    return isLogoutOfKeycloak(claims) ? null : TokenRule.KIND;
  }

  private static boolean isIssuedInTime(JsonObject claims, long now) {
    Long issuedAt = claims.seconds("iat");
    return issuedAt != null
        && IdTokenValidator.isIssued(claims, now)
        && now < issuedAt + MAX_AGE_SECONDS + IdTokenValidator.SKEW_SECONDS;
  }

  /** Keycloak puts {@code revoke_offline_access} beside it, so that others may stand there. */
  private static boolean isLogout(JsonObject claims) {
    JsonObject events = claims.object("events");
    return events != null && events.object(EVENT) != null;
  }

  /** One of the two, and neither in a form that cannot be looked for. */
  private static boolean isAboutSomebody(JsonObject claims) {
    boolean saysWho = claims.has("sub");
    boolean saysWhich = claims.has("sid");
    return (saysWho || saysWhich)
        && (!saysWho || IdTokenValidator.isSubject(claims.text("sub")))
        && (!saysWhich || isId(claims.text("sid")));
  }

  private static boolean isId(@Nullable String id) {
    return id != null && !id.isEmpty() && id.length() <= MAX_ID_LENGTH;
  }

  /** What Keycloak calls {@code ID}, {@code Bearer} or {@code Refresh} in its own claim is none. */
  private boolean isLogoutOfKeycloak(JsonObject claims) {
    return config.provider() != ProviderConfig.Dialect.KEYCLOAK_OIDC
        || !claims.has("typ")
        || "Logout".equals(claims.text("typ"));
  }
}
