package dev.limen.oidc;

import dev.limen.check.Reason;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Counter;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.Tokens;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a code or a refresh token into an identity and tokens, or into a reason why not.
 *
 * <p>Invariant: nothing is granted without an ID token that keeps every rule; only on a refresh may
 * there be none, and then the one of before stays (OpenID Connect Core, section 12.2). A key that
 * cannot be had is no verdict on a token.
 *
 * <p>Its methods wait: for virtual threads only. Safe for all threads.
 */
final class Grants {
  private static final Logger LOG = LoggerFactory.getLogger(Grants.class);

  /** How long an access token is taken to live when neither it nor an ID token says so. */
  static final long UNSAID_LIFETIME_MILLIS = 60_000;

  private static final TokenOutcome AWAY =
      new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE);

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
    ProviderMetadata metadata = knowledge.metadata();
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

  TokenOutcome refresh(Session session) {
    ProviderMetadata metadata = knowledge.metadata();
    if (metadata == null) {
      return AWAY;
    }
    String refreshToken = session.tokens().refreshToken();
    if (refreshToken == null) {
      return new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER);
    }
    long askedAtMillis = time.millis();
    TokenAnswer answer = endpoint.refresh(metadata.tokenEndpoint(), refreshToken);
    return switch (answer) {
      case TokenAnswer.Granted granted -> renewed(granted, session, askedAtMillis);
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
    return idToken == null
        ? idTokenRefused(TokenRule.PRESENCE)
        : accepted(
            granted,
            new IdToken(idToken, new IdTokenValidator.Occasion.Login(sent)),
            null,
            askedAtMillis);
  }

  private TokenOutcome renewed(TokenAnswer.Granted granted, Session session, long askedAtMillis) {
    Identity before = session.identity();
    Tokens tokensBefore = session.tokens();
    String idToken = granted.idToken();
    if (idToken == null) {
      Roles found = rolesOf(granted.accessToken(), before.subject());
      granted();
      return new TokenOutcome.Granted(
          Identities.renewed(before, found),
          granted.tokens(
              tokensBefore.idToken(),
              tokensBefore,
              askedAtMillis,
              askedAtMillis + UNSAID_LIFETIME_MILLIS));
    }
    IdTokenValidator.Occasion occasion =
        new IdTokenValidator.Occasion.Refresh(
            before.issuer(), before.subject(), nonceOf(tokensBefore.idToken()));
    return Identities.sinceSignIn(
        before, accepted(granted, new IdToken(idToken, occasion), tokensBefore, askedAtMillis));
  }

  /** An ID token and what it was given for. */
  private record IdToken(String text, IdTokenValidator.Occasion occasion) {
    @Override
    public String toString() {
      return "IdToken";
    }
  }

  private TokenOutcome accepted(
      TokenAnswer.Granted granted, IdToken idToken, @Nullable Tokens before, long askedAtMillis) {
    return switch (verdict(idToken, granted.accessToken())) {
      case Verdict.Refused(TokenRule rule) -> idTokenRefused(rule);
      case Verdict.KeyUnknown _ -> unavailable(Outcome.KEY_UNAVAILABLE);
      case Verdict.Accepted(_, _, JsonObject claims) -> {
        Roles found = rolesOf(granted.accessToken(), String.valueOf(claims.text("sub")));
        Long expiry = claims.seconds("exp");
        long unsaid = expiry == null ? askedAtMillis : expiry * 1000;
        granted();
        yield new TokenOutcome.Granted(
            identities.of(claims, found),
            granted.tokens(idToken.text, before, askedAtMillis, unsaid));
      }
    };
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
    return second instanceof Verdict.KeyUnknown ? new Verdict.Refused(TokenRule.SIGNATURE) : second;
  }

  private Roles rolesOf(String accessToken, String subject) {
    KeySet keys = knowledge.keys();
    return keys == null ? Roles.NONE : roles.of(accessToken, subject, keys, time.millis());
  }

  private static @Nullable String nonceOf(String idToken) {
    JsonObject claims = TokenVerifier.payloadOf(idToken);
    return claims == null ? null : claims.text("nonce");
  }

  private TokenOutcome idTokenRefused(TokenRule rule) {
    count(Outcome.ID_TOKEN_REFUSED);
    if (rule == TokenRule.SAME_IDENTITY) {
      LOG.error(
          "provider {}: alarm=identity_changed, a refresh brought an ID token about somebody else",
          config.id());
      return new TokenOutcome.Refused(Reason.IDENTITY_CHANGED);
    }
    LOG.warn("provider {}: ID token refused, rule={}", config.id(), rule.label());
    return new TokenOutcome.Refused(Reason.ID_TOKEN_REFUSED);
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
