package dev.limen.oidc;

import dev.limen.bytes.Base64Url;
import dev.limen.config.ProviderConfig;
import dev.limen.crypto.Digests;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an ID token says who somebody is.
 *
 * <p>Invariant: claims are read only from a token whose signature holds ({@link TokenVerifier}),
 * and an identity only from claims that keep every rule. The rules stand in {@link #broken} in
 * their order. Immutable; safe for all threads.
 *
 * <p>Source: OpenID Connect Core 1.0, sections 2, 3.1.3.7, 3.1.3.8 and 12.2; RFC 8725.
 */
final class IdTokenValidator {
  /** How far the provider's clock may be from ours. */
  static final long SKEW_SECONDS = 30;

  /** A token that a code just bought was made just now. */
  static final long MAX_AGE_SECONDS = 600;

  /** OpenID Connect Core, section 2: {@code sub}. */
  static final int MAX_SUBJECT_LENGTH = 255;

  private static final Set<String> TYPES = Set.of("jwt");

  private final ProviderConfig config;
  private final TokenVerifier verifier;

  IdTokenValidator(ProviderConfig config, TokenVerifier verifier) {
    this.config = config;
    this.verifier = verifier;
  }

  /** What the token endpoint gave the token for. */
  sealed interface Occasion {
    /**
     * A code was redeemed.
     *
     * @param sent what the authentication request held
     */
    record Login(SentRequest sent) implements Occasion {}

    /**
     * A refresh token was redeemed.
     *
     * @param issuer of the session
     * @param subject of the session
     * @param nonce in the ID token of before, or null
     */
    record Refresh(String issuer, String subject, @Nullable String nonce) implements Occasion {}
  }

  /**
   * Decides on one token.
   *
   * @param accessToken that came with it
   */
  Verdict validate(
      String token, String accessToken, Occasion occasion, KeySet keys, long nowMillis) {
    Verdict verdict = verifier.verify(token, TYPES, keys);
    if (!(verdict instanceof Verdict.Accepted(_, Signer signer, JsonObject claims))) {
      return verdict;
    }
    TokenRule broken = broken(claims, occasion, Math.floorDiv(nowMillis, 1000L));
    if (broken == null && !hashFits(claims, signer.algorithm(), accessToken)) {
      broken = TokenRule.ACCESS_TOKEN_HASH;
    }
    return broken == null ? verdict : new Verdict.Refused(broken);
  }

  /** The first rule that does not hold, or null. */
  private @Nullable TokenRule broken(JsonObject claims, Occasion occasion, long now) {
    // Whose identity it is comes first on a refresh: another person's is an alarm, whatever else
    // may be wrong with the token.
    if (occasion instanceof Occasion.Refresh before && !isSameIdentity(claims, before)) {
      return TokenRule.SAME_IDENTITY;
    }
    if (!config.oidcConfig().issuerURL().toString().equals(claims.text("iss"))) {
      return TokenRule.ISSUER;
    }
    if (!isForThisClient(claims)) {
      return TokenRule.AUDIENCE;
    }
    if (!isAuthorizedParty(claims)) {
      return TokenRule.AUTHORIZED_PARTY;
    }
    if (!isSubject(claims.text("sub"))) {
      return TokenRule.SUBJECT;
    }
    if (!isAlive(claims, now)) {
      return TokenRule.EXPIRY;
    }
    if (!isIssuedInTime(claims, occasion, now)) {
      return TokenRule.ISSUED_AT;
    }
    if (!hasBegun(claims, now)) {
      return TokenRule.NOT_BEFORE;
    }
    if (!isIdToken(claims)) {
      return TokenRule.KIND;
    }
    if (!hasNonceOf(claims, occasion)) {
      return TokenRule.NONCE;
    }
    return isAuthenticatedInTime(claims, occasion, now) ? null : TokenRule.AUTH_TIME;
  }

  private static boolean isSameIdentity(JsonObject claims, Occasion.Refresh before) {
    return before.issuer().equals(claims.text("iss"))
        && before.subject().equals(claims.text("sub"));
  }

  private boolean isForThisClient(JsonObject claims) {
    List<String> audiences = claims.texts("aud");
    return audiences != null && audiences.contains(config.clientID());
  }

  /** With several audiences {@code azp} says whose token it is; alone it must not say another. */
  private boolean isAuthorizedParty(JsonObject claims) {
    return claims.has("azp")
        ? config.clientID().equals(claims.text("azp"))
        : claims.textsAmong("aud").size() == 1;
  }

  /**
   * Non-empty, of bounded length, of characters that can be sent on. An unpaired surrogate would
   * become a question mark, and two people one.
   */
  static boolean isSubject(@Nullable String subject) {
    return subject != null
        && !subject.isEmpty()
        && subject.length() <= MAX_SUBJECT_LENGTH
        && subject.chars().noneMatch(Character::isISOControl)
        && StandardCharsets.UTF_8.newEncoder().canEncode(subject);
  }

  static boolean isAlive(JsonObject claims, long now) {
    Long expiry = claims.seconds("exp");
    return expiry != null && now < expiry + SKEW_SECONDS;
  }

  private static boolean isIssuedInTime(JsonObject claims, Occasion occasion, long now) {
    Long issuedAt = claims.seconds("iat");
    if (issuedAt == null || !isIssued(claims, now)) {
      return false;
    }
    return switch (occasion) {
      case Occasion.Login _ -> now <= issuedAt + MAX_AGE_SECONDS + SKEW_SECONDS;
      case Occasion.Refresh _ -> true;
    };
  }

  static boolean isIssued(JsonObject claims, long now) {
    Long issuedAt = claims.seconds("iat");
    return issuedAt != null && issuedAt <= now + SKEW_SECONDS;
  }

  static boolean hasBegun(JsonObject claims, long now) {
    Long notBefore = claims.seconds("nbf");
    return notBefore == null ? !claims.has("nbf") : notBefore <= now + SKEW_SECONDS;
  }

  /**
   * Not a logout token (which has {@code events}), nor what Keycloak calls {@code Bearer}, {@code
   * Refresh} or {@code Logout} in its own {@code typ} claim.
   */
  private boolean isIdToken(JsonObject claims) {
    boolean isKeycloak = config.provider() == ProviderConfig.Dialect.KEYCLOAK_OIDC;
    return !claims.has("events")
        && (!isKeycloak || !claims.has("typ") || "ID".equals(claims.text("typ")));
  }

  private static boolean hasNonceOf(JsonObject claims, Occasion occasion) {
    return switch (occasion) {
      case Occasion.Login login -> isSame(login.sent().nonce(), claims.text("nonce"));
      case Occasion.Refresh refresh ->
          !claims.has("nonce")
              || (refresh.nonce() != null && isSame(refresh.nonce(), claims.text("nonce")));
    };
  }

  /** Where {@code max_age} was asked for, {@code auth_time} must say that it was kept (rule 13). */
  private static boolean isAuthenticatedInTime(JsonObject claims, Occasion occasion, long now) {
    return switch (occasion) {
      case Occasion.Login(SentRequest sent) when sent.maxAgeSeconds() >= 0 -> {
        Long authTime = claims.seconds("auth_time");
        yield authTime != null
            && authTime <= now + SKEW_SECONDS
            && now <= authTime + sent.maxAgeSeconds() + SKEW_SECONDS;
      }
      case Occasion.Login _, Occasion.Refresh _ -> true;
    };
  }

  private static boolean isSame(String expected, @Nullable String found) {
    return found != null
        && Digests.constantTimeEquals(
            expected.getBytes(StandardCharsets.UTF_8), found.getBytes(StandardCharsets.UTF_8));
  }

  /** The left half of the access token's hash (section 3.1.3.6). */
  private static boolean hashFits(
      JsonObject claims, SigningAlgorithm algorithm, String accessToken) {
    if (!claims.has("at_hash")) {
      return true;
    }
    byte[] hash = algorithm.hash(accessToken.getBytes(StandardCharsets.US_ASCII));
    return isSame(Base64Url.encode(Arrays.copyOf(hash, hash.length / 2)), claims.text("at_hash"));
  }
}
