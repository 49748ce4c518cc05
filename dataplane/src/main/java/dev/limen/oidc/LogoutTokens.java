package dev.limen.oidc;

import dev.limen.check.Reason;
import dev.limen.config.ProviderConfig;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Judges the logout tokens that claim to be from one provider.
 *
 * <p>Invariant: what cannot be judged for want of keys is not refused, so that the provider sends
 * it again; anybody may send one, so that at most {@link #MAX_UNDER_WAY} are judged at once and a
 * flood of bad ones is one line in the log.
 *
 * <p>Its methods wait: for virtual threads only. Safe for all threads.
 */
final class LogoutTokens {
  /** Nobody logs so many people out in the time of one signature. */
  static final int MAX_UNDER_WAY = 64;

  private static final Logger LOG = LoggerFactory.getLogger(LogoutTokens.class);
  private static final String ACCEPTED = "accepted";
  private static final String UNAVAILABLE = "unavailable";

  private final String provider;
  private final LogoutTokenValidator validator;
  private final ProviderKnowledge knowledge;
  private final InstantSource time;
  private final Counter tokens;
  private final Semaphore underWay = new Semaphore(MAX_UNDER_WAY);

  /** The last outcome that was logged. */
  private final AtomicReference<String> lastSaid = new AtomicReference<>(ACCEPTED);

  LogoutTokens(
      ProviderConfig config, ProviderKnowledge knowledge, Metrics metrics, InstantSource time) {
    this.provider = config.id();
    this.validator = new LogoutTokenValidator(config, TokenVerifier.of(config));
    this.knowledge = knowledge;
    this.time = time;
    this.tokens =
        metrics.counter(
            "limen_logout_tokens_total",
            "Logout tokens, by provider and by what became of them: accepted, unavailable, or the"
                + " rule that they break",
            "provider",
            "outcome");
  }

  /** What {@code token} says. */
  LogoutOutcome judge(String token) {
    if (!underWay.tryAcquire()) {
      return unavailable();
    }
    try {
      return meaning(verdict(token));
    } finally {
      underWay.release();
    }
  }

  /** Null if nobody can tell now. */
  private @Nullable Verdict verdict(String token) {
    KeySet keys = knowledge.keys();
    if (keys == null) {
      return null;
    }
    Verdict verdict = validator.validate(token, keys, time.millis());
    if (!(verdict instanceof Verdict.KeyUnknown)) {
      return verdict;
    }
    // Keys that were read a moment ago may lack one that is a moment old, so that only keys which
    // were read for this very token prove that nobody has signed it.
    KeySet newer =
        knowledge.readKeysAfter(keys) == ProviderKnowledge.KeysReading.NEWER
            ? knowledge.keys()
            : null;
    return newer == null ? null : validator.validate(token, newer, time.millis());
  }

  private LogoutOutcome meaning(@Nullable Verdict verdict) {
    return switch (verdict) {
      case null -> unavailable();
      case Verdict.KeyUnknown _ -> refused(TokenRule.KEY_PUBLISHED);
      case Verdict.Refused(TokenRule rule) -> refused(rule);
      case Verdict.Accepted(_, _, JsonObject claims) -> {
        note(ACCEPTED);
        yield new LogoutOutcome.Accepted(
            String.valueOf(claims.text("iss")),
            claims.text("sub"),
            claims.text("sid"),
            String.valueOf(claims.text("jti")),
            LogoutTokenValidator.judgeableUntilMillis(claims));
      }
    };
  }

  private LogoutOutcome refused(TokenRule rule) {
    note(rule.label());
    return new LogoutOutcome.Refused(rule.label());
  }

  private LogoutOutcome unavailable() {
    note(UNAVAILABLE);
    return new LogoutOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE);
  }

  private void note(String outcome) {
    tokens.increment(provider, outcome);
    String last = lastSaid.getAndSet(outcome);
    if (!outcome.equals(last) && !outcome.equals(ACCEPTED)) {
      LOG.warn("provider {}: logout token not taken: {}", provider, outcome);
    }
  }
}
