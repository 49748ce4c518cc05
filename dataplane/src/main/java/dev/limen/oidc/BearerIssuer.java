package dev.limen.oidc;

import dev.limen.config.BearerConfig.IssuerConfig;
import dev.limen.oidc.ProviderKnowledge.KeysReading;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * One issuer of access tokens, with its keys and its rules.
 *
 * <p>Invariant: for keys that nobody has heard of, at most {@link #MAX_WAITING} tokens wait, for
 * one reading; everybody else is answered at once. Safe for all threads.
 *
 * <p>A key that is not known may be a new one, so the set is read again, at most once in {@link
 * ProviderKnowledge#UNKNOWN_KEY_PAUSE_MILLIS}. A token is refused for its key only when the set was
 * read after the key was asked for: when the issuer does not give its keys, nobody can tell, and
 * that is not the token's fault.
 */
final class BearerIssuer {
  /** Tokens, each on a virtual thread, that wait for one reading of keys. */
  static final int MAX_WAITING = 256;

  private final String name;
  private final ProviderKnowledge knowledge;
  private final AccessTokenValidator validator;
  private final Identities identities;
  private final Semaphore places = new Semaphore(MAX_WAITING);

  /**
   * An issuer of that name.
   *
   * @param name a provider's id, else the issuer as configured
   */
  BearerIssuer(String name, IssuerConfig config, ProviderKnowledge knowledge) {
    this.name = name;
    this.knowledge = knowledge;
    this.validator = new AccessTokenValidator(config);
    this.identities =
        new Identities(name, config.issuer().toString(), ClaimNames.of(config), false);
  }

  String name() {
    return name;
  }

  /** The keys, or null while none are known that may still be used. */
  @Nullable KeySet keys() {
    return knowledge.keys();
  }

  /**
   * Judges one token; may wait for the issuer's keys. {@link Verdict.KeyUnknown} says that nobody
   * can tell at the moment.
   */
  Verdict judge(String token, long nowMillis) {
    KeySet keys = knowledge.keys();
    if (keys == null) {
      return new Verdict.KeyUnknown();
    }
    Verdict verdict = validator.validate(token, keys, nowMillis);
    return verdict instanceof Verdict.KeyUnknown
        ? judgedByNewerKeys(token, keys, nowMillis)
        : verdict;
  }

  private Verdict judgedByNewerKeys(String token, KeySet known, long nowMillis) {
    if (knowledge.hasJustRead(known)) {
      return new Verdict.Refused(TokenRule.KEY_PUBLISHED);
    }
    if (!places.tryAcquire()) {
      return new Verdict.KeyUnknown();
    }
    KeySet newer;
    try {
      newer = knowledge.readKeysAfter(known) == KeysReading.NEWER ? knowledge.keys() : null;
    } finally {
      places.release();
    }
    if (newer == null) {
      return new Verdict.KeyUnknown();
    }
    Verdict verdict = validator.validate(token, newer, nowMillis);
    return verdict instanceof Verdict.KeyUnknown
        ? new Verdict.Refused(TokenRule.KEY_PUBLISHED)
        : verdict;
  }

  /** What an accepted token says. */
  BearerOutcome.Accepted accepted(JsonObject claims) {
    Long expiry = claims.seconds("exp");
    if (expiry == null) {
      throw new IllegalArgumentException("an accepted token says when it expires");
    }
    return new BearerOutcome.Accepted(
        identities.of(claims, KeycloakRoles.in(claims)),
        AccessTokenValidator.scopes(claims),
        new Claims(claims),
        (expiry + IdTokenValidator.SKEW_SECONDS) * 1000);
  }
}
