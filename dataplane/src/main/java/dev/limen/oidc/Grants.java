package dev.limen.oidc;

import dev.limen.check.Reason;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Counter;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.Tokens;
import java.net.URI;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a code or a refresh token into an identity and tokens, or into a reason why not.
 *
 * <p>Invariant: nothing is granted without an ID token that keeps every rule; only on a refresh may
 * there be none, and then the one of before stays (OpenID Connect Core, section 12.2). Nothing is
 * presented while what comes for it could not be judged, and what came for a refresh token is
 * thrown away only when it is about somebody else: the refresh token that bought it is spent.
 *
 * <p>Its methods wait: for virtual threads only. Safe for all threads.
 */
final class Grants {
  private static final Logger LOG = LoggerFactory.getLogger(Grants.class);

  private static final TokenOutcome AWAY =
      new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE);

  /** To a browser it is the same: the provider does not serve what is needed. */
  private static final Reason KEY_UNKNOWN = Reason.PROVIDER_UNAVAILABLE;

  private final ProviderConfig config;
  private final TokenEndpoint endpoint;
  private final ProviderKnowledge knowledge;
  private final Counter requests;
  private final InstantSource time;
  private final IdTokenValidator validator;
  private final KeycloakRoles roles;
  private final Identities identities;

  /** The last outcome that was logged, so that an outage is a line and not a flood. */
  private final AtomicReference<Outcome> lastSaid = new AtomicReference<>(Outcome.OK);

  Grants(
      ProviderConfig config,
      TokenEndpoint endpoint,
      ProviderKnowledge knowledge,
      Counter requests,
      InstantSource time) {
    this.config = config;
    this.endpoint = endpoint;
    this.knowledge = knowledge;
    this.requests = requests;
    this.time = time;
    TokenVerifier verifier = TokenVerifier.of(config);
    this.validator = new IdTokenValidator(config, verifier);
    this.roles = new KeycloakRoles(config, verifier);
    this.identities = Identities.of(config);
  }

  TokenOutcome redeem(String code, String codeVerifier, String redirectUri, SentRequest sent) {
    ProviderMetadata metadata = usable();
    if (metadata == null) {
      return AWAY;
    }
    long askedAtMillis = time.millis();
    TokenAnswer answer = endpoint.redeem(metadata.tokenEndpoint(), code, codeVerifier, redirectUri);
    return switch (answer) {
      case TokenAnswer.Granted granted -> loggedIn(granted, sent, askedAtMillis);
      case TokenAnswer.InvalidGrant _ -> refused(Outcome.INVALID_GRANT, Reason.CODE_REFUSED);
      // The code is lost whatever the error was; only a fresh start can help.
      case TokenAnswer.ErrorAnswer _ -> refused(Outcome.ERROR_ANSWER, Reason.CODE_REFUSED);
      case TokenAnswer.ClientRefused _ -> clientRefused();
      case TokenAnswer.Failed failed -> unavailable(failed.outcome());
    };
  }

  /**
   * Renews the tokens of {@code session}: with what was granted before and could not be judged
   * then, if that can be accepted now; else with the newest refresh token there is.
   */
  TokenOutcome refresh(Session session, @Nullable UnverifiedGrant kept) {
    ProviderMetadata metadata = usable();
    if (metadata == null) {
      return AWAY;
    }
    String newest = session.tokens().refreshToken();
    if (kept != null) {
      TokenOutcome again = time.millis() < kept.endMillis() ? renewed(kept, session) : null;
      if (again != null && !isBroken(again)) {
        return again;
      }
      String granted = kept.answer().refreshToken();
      newest = granted == null ? newest : granted;
    }
    return newest == null
        ? new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER)
        : presented(metadata.tokenEndpoint(), newest, session);
  }

  /**
   * Whether a rule is still broken: waiting will hardly mend it, the next ID token may. A key that
   * is not published yet is worth waiting for, as long as the access token lives.
   */
  private static boolean isBroken(TokenOutcome again) {
    return again instanceof TokenOutcome.Unverified unverified
        && unverified.reason() != KEY_UNKNOWN;
  }

  /**
   * The provider's metadata while its keys are known too, else null: what is bought with a code or
   * a refresh token must be judged, and each of them can be spent only once.
   */
  private @Nullable ProviderMetadata usable() {
    return knowledge.keys() == null ? null : knowledge.metadata();
  }

  private TokenOutcome presented(URI tokenEndpoint, String refreshToken, Session session) {
    long askedAtMillis = time.millis();
    return switch (endpoint.refresh(tokenEndpoint, refreshToken)) {
      case TokenAnswer.Granted granted ->
          renewed(new UnverifiedGrant(granted, askedAtMillis), session);
      case TokenAnswer.InvalidGrant _ ->
          refused(Outcome.INVALID_GRANT, Reason.SESSION_ENDED_BY_PROVIDER);
      // Not the one word that says that the token is worth nothing: the session stays.
      case TokenAnswer.ErrorAnswer _ -> unavailable(Outcome.ERROR_ANSWER);
      case TokenAnswer.ClientRefused _ -> clientRefused();
      case TokenAnswer.Failed failed -> unavailable(failed.outcome());
    };
  }

  private TokenOutcome loggedIn(TokenAnswer.Granted granted, SentRequest sent, long askedAtMillis) {
    String idToken = granted.idToken();
    if (idToken == null) {
      return idTokenRefused(TokenRule.PRESENCE);
    }
    IdToken asked = new IdToken(idToken, new IdTokenValidator.Occasion.Login(sent));
    return switch (verdict(asked, granted.accessToken())) {
      case Verdict.Refused(TokenRule rule) -> idTokenRefused(rule);
      case Verdict.KeyUnknown _ -> unavailable(Outcome.KEY_UNAVAILABLE);
      case Verdict.Accepted(_, _, JsonObject claims) ->
          accepted(granted, asked, claims, null, askedAtMillis);
    };
  }

  private TokenOutcome renewed(UnverifiedGrant grant, Session session) {
    Identity before = session.identity();
    Tokens tokensBefore = session.tokens();
    TokenAnswer.Granted granted = grant.answer();
    String idToken = granted.idToken();
    if (idToken == null) {
      Roles found = rolesOf(granted.accessToken(), before.subject());
      granted();
      return new TokenOutcome.Granted(
          Identities.renewed(before, found),
          granted.tokens(tokensBefore.idToken(), 0, tokensBefore, grant.askedAtMillis()));
    }
    IdTokenValidator.Occasion occasion =
        new IdTokenValidator.Occasion.Refresh(
            before.issuer(), before.subject(), nonceOf(tokensBefore.idToken()));
    IdToken asked = new IdToken(idToken, occasion);
    return switch (verdict(asked, granted.accessToken())) {
      case Verdict.Refused(TokenRule rule) when rule == TokenRule.SAME_IDENTITY ->
          identityChanged();
      case Verdict.Refused(TokenRule rule) -> {
        note(rule);
        yield new TokenOutcome.Unverified(grant, Reason.ID_TOKEN_REFUSED);
      }
      case Verdict.KeyUnknown _ -> {
        count(Outcome.KEY_UNAVAILABLE);
        say(Outcome.KEY_UNAVAILABLE);
        yield new TokenOutcome.Unverified(grant, KEY_UNKNOWN);
      }
      case Verdict.Accepted(_, _, JsonObject claims) ->
          Identities.sinceSignIn(
              before, accepted(granted, asked, claims, tokensBefore, grant.askedAtMillis()));
    };
  }

  /** An ID token and what it was given for. */
  private record IdToken(String text, IdTokenValidator.Occasion occasion) {
    @Override
    public String toString() {
      return "IdToken";
    }
  }

  private TokenOutcome accepted(
      TokenAnswer.Granted granted,
      IdToken idToken,
      JsonObject claims,
      @Nullable Tokens before,
      long askedAtMillis) {
    Roles found = rolesOf(granted.accessToken(), String.valueOf(claims.text("sub")));
    Long expiry = claims.seconds("exp");
    long idTokenEnd = expiry == null ? 0 : expiry * 1000;
    granted();
    return new TokenOutcome.Granted(
        identities.of(claims, found),
        granted.tokens(idToken.text, idTokenEnd, before, askedAtMillis));
  }

  /** With the keys that are known; if none of them can have signed it, with the newest ones. */
  private Verdict verdict(IdToken idToken, String accessToken) {
    KeySet keys = knowledge.keys();
    if (keys == null) {
      return new Verdict.KeyUnknown();
    }
    Verdict verdict =
        validator.validate(idToken.text, accessToken, idToken.occasion, keys, time.millis());
    if (!(verdict instanceof Verdict.KeyUnknown)
        || knowledge.readKeysAfter(keys) != ProviderKnowledge.KeysReading.NEWER) {
      return verdict;
    }
    KeySet newer = knowledge.keys();
    Verdict second =
        newer == null
            ? verdict
            : validator.validate(idToken.text, accessToken, idToken.occasion, newer, time.millis());
    // A code cannot wait for keys that lag behind; what a refresh brought can.
    return second instanceof Verdict.KeyUnknown
            && idToken.occasion instanceof IdTokenValidator.Occasion.Login
        ? new Verdict.Refused(TokenRule.SIGNATURE)
        : second;
  }

  private Roles rolesOf(String accessToken, String subject) {
    KeySet keys = knowledge.keys();
    return keys == null ? Roles.NONE : roles.of(accessToken, subject, keys, time.millis());
  }

  private static @Nullable String nonceOf(String idToken) {
    JsonObject claims = TokenVerifier.payloadOf(idToken);
    return claims == null ? null : claims.text("nonce");
  }

  private TokenOutcome identityChanged() {
    count(Outcome.ID_TOKEN_REFUSED);
    LOG.error(
        "provider {}: alarm=identity_changed, a refresh brought an ID token about somebody else",
        config.id());
    return new TokenOutcome.Refused(Reason.IDENTITY_CHANGED);
  }

  private TokenOutcome idTokenRefused(TokenRule rule) {
    note(rule);
    return new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED);
  }

  private void note(TokenRule rule) {
    count(Outcome.ID_TOKEN_REFUSED);
    LOG.warn("provider {}: ID token refused, rule={}", config.id(), rule.label());
  }

  private TokenOutcome refused(Outcome outcome, Reason reason) {
    count(outcome);
    say(Outcome.OK);
    return new TokenOutcome.Refused(reason);
  }

  private TokenOutcome clientRefused() {
    count(Outcome.CLIENT_REFUSED);
    say(Outcome.CLIENT_REFUSED);
    return new TokenOutcome.ClientRefused();
  }

  private TokenOutcome unavailable(Outcome outcome) {
    count(outcome);
    say(outcome);
    return AWAY;
  }

  private void granted() {
    count(Outcome.OK);
    say(Outcome.OK);
  }

  private void count(Outcome outcome) {
    requests.increment(config.id(), "token", outcome.label());
  }

  private void say(Outcome outcome) {
    Outcome last = lastSaid.getAndSet(outcome);
    if (last != outcome && outcome == Outcome.OK) {
      LOG.info("provider {}: the token endpoint serves again", config.id());
    } else if (last != outcome) {
      LOG.warn("provider {}: the token endpoint does not serve: {}", config.id(), outcome.label());
    }
  }
}
