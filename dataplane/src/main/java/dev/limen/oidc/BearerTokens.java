package dev.limen.oidc;

import dev.limen.check.Defect;
import dev.limen.check.Reason;
import dev.limen.config.BearerConfig;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the access tokens that requests carry, and remembers those that were verified.
 *
 * <pre>
 *   size, shape --> remembered? --yes--> accepted, at once, without cryptography
 *                        | no
 *                     iss (a virtual thread from here on)
 *                        | one of bearer.issuers
 *                     header, signature, claims --> accepted | refused | nobody can tell now
 * </pre>
 *
 * <p>Invariant: {@link #verify} never waits, and its stages never complete exceptionally. The only
 * thing that is read of a token before its signature holds is whose it says it is, and that only
 * chooses among the configured issuers: nothing is fetched for a token of anybody else. Of a token
 * that was accepted, its digest is kept and what it said, never the token. What was refused is not
 * remembered. Safe for all threads.
 *
 * <p>Source: RFC 6750; RFC 9068, section 4; RFC 7519; RFC 8725.
 */
public final class BearerTokens implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BearerTokens.class);

  /** Longer tokens are verified each time, so that the memory has a bound as well as the number. */
  static final int MAX_REMEMBERED_LENGTH = 8 * 1024;

  /** Tokens that are being verified at once; each holds what it is long, and a virtual thread. */
  static final int MAX_UNDER_WAY = 1024;

  /** The value of the metric's label while no configured issuer is concerned. */
  private static final String NO_ISSUER = "none";

  private final Map<String, BearerIssuer> issuers = new HashMap<>();
  private final Map<String, ProviderKnowledge> own = new LinkedHashMap<>();
  private final List<Runnable> endings = new ArrayList<>();
  private final RememberedTokens remembered;
  private final ExecutorService virtualThreads;
  private final Counter outcomes;
  private final Semaphore places = new Semaphore(MAX_UNDER_WAY);

  BearerTokens(int cacheSize, ExecutorService virtualThreads, Metrics metrics) {
    this.remembered = new RememberedTokens(cacheSize);
    this.virtualThreads = virtualThreads;
    this.outcomes =
        metrics.counter(
            "limen_bearer_tokens_total",
            "Access tokens that requests carried.",
            "issuer",
            "outcome");
    showFigures(metrics);
  }

  /** From now on these are the ones whose memory is counted. */
  public void showFigures(Metrics metrics) {
    metrics.gauge(
        "limen_bearer_tokens_remembered",
        "Verified access tokens that are remembered.",
        remembered::count);
  }

  /** The same as {@link #unstarted}, begun at once. */
  public static BearerTokens start(
      BearerConfig config,
      Collection<OpenIdProvider> providers,
      Metrics metrics,
      InstantSource time) {
    BearerTokens tokens = unstarted(config, providers, metrics, time);
    tokens.begin();
    return tokens;
  }

  /**
   * Those of {@code config}, of whom nothing is asked until {@link #begin} or {@link #survey}.
   *
   * @param providers whose keys are used for the issuers that are providers too
   * @throws dev.limen.config.ConfigException if a CA file cannot be read
   */
  public static BearerTokens unstarted(
      BearerConfig config,
      Collection<OpenIdProvider> providers,
      Metrics metrics,
      InstantSource time) {
    ExecutorService virtualThreads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("oidc-bearer-", 0).factory());
    BearerTokens tokens = new BearerTokens(config.cache().size(), virtualThreads, metrics);
    try {
      for (BearerConfig.IssuerConfig each : config.issuers()) {
        OpenIdProvider provider = providerOf(each, providers);
        tokens.add(
            each,
            provider == null ? each.issuer().toString() : provider.id(),
            provider == null ? tokens.learnAbout(each, metrics, time) : provider.knowledge());
      }
      return tokens;
    } catch (RuntimeException e) {
      tokens.close();
      throw e;
    }
  }

  private static @Nullable OpenIdProvider providerOf(
      BearerConfig.IssuerConfig config, Collection<OpenIdProvider> providers) {
    for (OpenIdProvider each : providers) {
      if (each.issuer().equals(config.issuer().toString())) {
        return each;
      }
    }
    return null;
  }

  private ProviderKnowledge learnAbout(
      BearerConfig.IssuerConfig config, Metrics metrics, InstantSource time) {
    IssuerSource source = IssuerSource.of(config);
    BackChannel backChannel = new BackChannel(source, virtualThreads);
    ProviderKnowledge knowledge =
        new ProviderKnowledge(source, backChannel, ProviderKnowledge.requests(metrics), time);
    endings.add(knowledge::close);
    endings.add(backChannel::close);
    own.put(config.issuer().toString(), knowledge);
    return knowledge;
  }

  /** Begins to learn about the issuers that are no providers, once; comes back at once. */
  public void begin() {
    own.values().forEach(each -> virtualThreads.execute(each::learn));
  }

  /** The issuers that are no providers. */
  public Set<String> issuers() {
    return Collections.unmodifiableSet(own.keySet());
  }

  /** Asks {@code issuer}, one of {@link #issuers}, once, for an operator who wants to know. */
  public CompletionStage<ProviderSurvey> survey(String issuer) {
    ProviderKnowledge knowledge = Objects.requireNonNull(own.get(issuer));
    return CompletableFuture.supplyAsync(knowledge::survey, virtualThreads);
  }

  /** Before the first token comes: what is added later may not be seen. */
  void add(BearerConfig.IssuerConfig config, String name, ProviderKnowledge knowledge) {
    issuers.put(config.issuer().toString(), new BearerIssuer(name, config, knowledge));
  }

  /** Decides on one token, as it stood behind {@code Bearer}. */
  public CompletionStage<BearerOutcome> verify(String token, long nowMillis) {
    TokenRule broken = TokenVerifier.brokenShape(token);
    if (broken != null) {
      return CompletableFuture.completedStage(refused(NO_ISSUER, broken));
    }
    TokenDigest digest = token.length() <= MAX_REMEMBERED_LENGTH ? TokenDigest.of(token) : null;
    CompletionStage<BearerOutcome> answer = digest == null ? null : recalled(digest, nowMillis);
    return answer == null ? away(token, digest, nowMillis) : answer;
  }

  private @Nullable CompletionStage<BearerOutcome> recalled(TokenDigest digest, long nowMillis) {
    RememberedToken known = remembered.find(digest);
    if (known == null) {
      return null;
    }
    CompletionStage<BearerOutcome> answer = known.answer(nowMillis);
    if (answer == null) {
      remembered.forget(digest, known);
    } else {
      outcomes.increment(known.issuer().name(), "remembered");
    }
    return answer;
  }

  private CompletionStage<BearerOutcome> away(
      String token, @Nullable TokenDigest digest, long nowMillis) {
    if (!places.tryAcquire()) {
      return CompletableFuture.completedStage(unavailable(NO_ISSUER, Reason.BEARER_BUSY));
    }
    try {
      return CompletableFuture.supplyAsync(() -> judged(token, digest, nowMillis), virtualThreads)
          .exceptionally(this::defect)
          .whenComplete((_, _) -> places.release());
    } catch (RejectedExecutionException _) {
      places.release();
      return CompletableFuture.completedStage(
          unavailable(NO_ISSUER, Reason.BEARER_KEYS_UNAVAILABLE));
    }
  }

  private BearerOutcome judged(String token, @Nullable TokenDigest digest, long nowMillis) {
    JsonObject unverified = TokenVerifier.payloadOf(token);
    if (unverified == null) {
      return refused(NO_ISSUER, TokenRule.PAYLOAD);
    }
    String claimed = unverified.text("iss");
    BearerIssuer issuer = claimed == null ? null : issuers.get(claimed);
    if (issuer == null) {
      return refused(NO_ISSUER, TokenRule.ISSUER);
    }
    return switch (issuer.judge(token, nowMillis)) {
      case Verdict.Refused(TokenRule rule) -> refused(issuer.name(), rule);
      case Verdict.KeyUnknown _ -> unavailable(issuer.name(), Reason.BEARER_KEYS_UNAVAILABLE);
      case Verdict.Accepted accepted -> {
        BearerOutcome.Accepted outcome = issuer.accepted(accepted.claims());
        if (digest != null) {
          remembered.remember(
              digest, new RememberedToken(issuer, accepted.signer(), outcome), nowMillis);
        }
        outcomes.increment(issuer.name(), "accepted");
        yield outcome;
      }
    };
  }

  private BearerOutcome refused(String issuer, TokenRule rule) {
    Reason reason = reasonOf(rule);
    outcomes.increment(issuer, reason.label());
    return new BearerOutcome.Refused(reason);
  }

  private BearerOutcome unavailable(String issuer, Reason reason) {
    outcomes.increment(issuer, reason.label());
    return new BearerOutcome.Unavailable(reason);
  }

  private BearerOutcome defect(Throwable thrown) {
    LOG.error("a bearer token met a defect: {}", Defect.described(thrown));
    return unavailable(NO_ISSUER, Reason.INTERNAL_ERROR);
  }

  private static Reason reasonOf(TokenRule rule) {
    return switch (rule) {
      case PRESENCE, SIZE, SHAPE, HEADER, PAYLOAD -> Reason.BEARER_MALFORMED;
      case ISSUER -> Reason.BEARER_ISSUER_UNKNOWN;
      case KEY_PUBLISHED -> Reason.BEARER_KEY_UNKNOWN;
      case AUDIENCE -> Reason.BEARER_AUDIENCE;
      case EXPIRY -> Reason.BEARER_EXPIRED;
      case ISSUED_AT, NOT_BEFORE -> Reason.BEARER_NOT_YET_VALID;
      case HEADER_PARAMETER,
          TYPE,
          ALGORITHM,
          KEY_ID,
          SIGNATURE,
          AUTHORIZED_PARTY,
          SUBJECT,
          KIND,
          EVENT,
          JWT_ID,
          NONCE,
          AUTH_TIME,
          ACCESS_TOKEN_HASH,
          SAME_IDENTITY ->
          Reason.BEARER_REFUSED;
    };
  }

  /** Ends what was begun here; the providers go on. What is under way ends by itself. */
  @Override
  public void close() {
    endings.forEach(Runnable::run);
    virtualThreads.shutdown();
  }
}
