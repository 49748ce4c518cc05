package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import dev.limen.crypto.RandomBytes;
import dev.limen.metrics.Counter;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns what a provider says about itself and which keys it signs with, and keeps it fresh.
 *
 * <p>Invariant: what was good stays until something as good replaces it, and there is no default
 * key of any kind (CVE-2026-31837); keys older than {@link #MAX_KEYS_AGE_MILLIS} are not used any
 * more. Whatever tokens ask for, keys are read again for an unknown one at most once in {@link
 * #UNKNOWN_KEY_PAUSE_MILLIS}, by one thread. Safe for all threads.
 *
 * <pre>
 *   unknown --good--> known --good, after discovery.refresh--> known
 *      |  ^             |  ^
 *     bad |            bad | good
 *      v  |             v  |
 *   (pause: doubles from 250 ms to 10 s, give or take a quarter; then again)
 * </pre>
 */
final class ProviderKnowledge {
  /** Bytes of a discovery document. */
  static final int MAX_DOCUMENT_BYTES = 256 * 1024;

  /** Bytes of a key set. */
  static final int MAX_KEYS_BYTES = 512 * 1024;

  static final long FIRST_PAUSE_MILLIS = 250;
  static final long LONGEST_PAUSE_MILLIS = 10_000;
  static final long UNKNOWN_KEY_PAUSE_MILLIS = 10_000;
  static final long MAX_KEYS_AGE_MILLIS = Duration.ofHours(24).toMillis();

  private static final Logger LOG = LoggerFactory.getLogger(ProviderKnowledge.class);

  private final ProviderConfig config;
  private final BackChannel backChannel;
  private final BackChannel.Limit documentLimit;
  private final BackChannel.Limit keysLimit;
  private final Counter requests;
  private final InstantSource time;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Held while keys are read for an unknown one; guards the time of the last such reading. */
  private final ReentrantLock unknownKeyLock = new ReentrantLock();

  private @Nullable Long lastUnknownKeyAtMillis;

  /** Only for {@link #learn}'s thread. */
  private @Nullable Problem lastProblem;

  /** Only for {@link #learn}'s thread. */
  private boolean isSaidToBeKnown;

  private volatile @Nullable ProviderMetadata metadata;
  private volatile @Nullable KeySet keys;

  ProviderKnowledge(
      ProviderConfig config, BackChannel backChannel, Counter requests, InstantSource time) {
    this.config = config;
    this.backChannel = backChannel;
    this.requests = requests;
    this.time = time;
    Duration total = config.timeouts().jwks();
    this.documentLimit = new BackChannel.Limit(MAX_DOCUMENT_BYTES, total);
    this.keysLimit = new BackChannel.Limit(MAX_KEYS_BYTES, total);
  }

  /** What came of the wish to read the keys again. */
  enum KeysReading {
    /** They were read after those that the wish was about. */
    NEWER,
    /** They were read for an unknown key a moment ago. */
    TOO_SOON,
    /** The provider does not give them. */
    FAILED
  }

  /** What the provider says about itself, once it and the keys are known; else null. */
  @Nullable ProviderMetadata metadata() {
    return keys == null ? null : metadata;
  }

  /** The keys, or null while none are known that may still be used. */
  @Nullable KeySet keys() {
    KeySet known = keys;
    return known != null && time.millis() - known.readAtMillis() <= MAX_KEYS_AGE_MILLIS
        ? known
        : null;
  }

  /** Reads all again and again until it is closed; for a virtual thread of its own. */
  void learn() {
    int failures = 0;
    do {
      Problem problem = readAll();
      say(problem);
      failures = problem == null ? 0 : failures + 1;
    } while (!isClosedWithin(failures == 0 ? refreshPauseMillis() : pauseMillis(failures)));
  }

  /** Reads all once, and says what that showed. */
  ProviderSurvey survey() {
    Problem problem = readAll();
    String issuer = config.oidcConfig().issuerURL().toString();
    ProviderMetadata known = metadata;
    KeySet published = keys;
    if (problem != null || known == null || published == null) {
      return new ProviderSurvey(issuer, 0, 0, problem == null ? "no answer" : problem.text);
    }
    return new ProviderSurvey(issuer, known.endpointCount(), published.size(), null);
  }

  /**
   * Reads the keys again because none of {@code known} can have signed something. Who comes while
   * another reads waits for it.
   */
  KeysReading readKeysAfter(KeySet known) {
    unknownKeyLock.lock();
    try {
      if (keys != known) {
        return KeysReading.NEWER;
      }
      long now = time.millis();
      Long last = lastUnknownKeyAtMillis;
      // A clock that was set back must not forbid a reading for longer than the pause.
      if (last != null && now >= last && now - last < UNKNOWN_KEY_PAUSE_MILLIS) {
        return KeysReading.TOO_SOON;
      }
      lastUnknownKeyAtMillis = now;
      ProviderMetadata provider = metadata;
      return provider != null && readKeys(provider.jwksUri()) == null
          ? KeysReading.NEWER
          : KeysReading.FAILED;
    } finally {
      unknownKeyLock.unlock();
    }
  }

  /** Ends {@link #learn}. */
  void close() {
    closed.countDown();
  }

  /** Why a reading changed nothing. */
  private record Problem(boolean isRefused, String text) {
    static Problem away(String endpoint, Answer answer) {
      return new Problem(
          false, endpoint + " " + answer.outcome().label() + " status=" + answer.status());
    }
  }

  private @Nullable Problem readAll() {
    try {
      Problem problem = readDocument(ProviderMetadata.documentOf(config.oidcConfig()));
      ProviderMetadata known = metadata;
      return problem != null || known == null ? problem : readKeys(known.jwksUri());
    } catch (RuntimeException e) {
      // A defect; the loop has to go on, or the provider would stay unknown for ever.
      return new Problem(true, e.getClass().getSimpleName());
    }
  }

  private @Nullable Problem readDocument(URI document) {
    Answer answer = backChannel.get(document, documentLimit);
    JsonObject json = answer.json();
    if (json == null || answer.status() != 200) {
      return counted("discovery", answer);
    }
    try {
      metadata = ProviderMetadata.read(json, config.oidcConfig());
      count("discovery", Outcome.OK);
      return null;
    } catch (MetadataRefusedException e) {
      count("discovery", Outcome.REFUSED);
      return new Problem(true, String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Problem readKeys(URI jwksUri) {
    Answer answer = backChannel.get(jwksUri, keysLimit);
    JsonObject json = answer.json();
    if (json == null || answer.status() != 200) {
      return counted("jwks", answer);
    }
    try {
      keys = KeySet.read(json, time.millis());
      count("jwks", Outcome.OK);
      return null;
    } catch (MetadataRefusedException e) {
      count("jwks", Outcome.REFUSED);
      return new Problem(true, String.valueOf(e.getMessage()));
    }
  }

  private Problem counted(String endpoint, Answer answer) {
    count(endpoint, answer.outcome() == Outcome.OK ? Outcome.UNEXPECTED_STATUS : answer.outcome());
    return Problem.away(endpoint, answer);
  }

  private void count(String endpoint, Outcome outcome) {
    requests.increment(config.id(), endpoint, outcome.label());
  }

  /** One line when it goes away, one for each thing it says that cannot be used, one when known. */
  private void say(@Nullable Problem problem) {
    if (closed.getCount() == 0) {
      return;
    }
    Problem last = lastProblem;
    lastProblem = problem;
    if (problem == null) {
      if (last != null || !isSaidToBeKnown) {
        isSaidToBeKnown = true;
        LOG.info("provider {} is known: issuer={}", config.id(), config.oidcConfig().issuerURL());
      }
    } else if (problem.isRefused && !problem.equals(last)) {
      LOG.error("provider {} cannot be used, trying again: {}", config.id(), problem.text);
    } else if (!problem.isRefused && (last == null || last.isRefused)) {
      LOG.warn("provider {} is away, trying again: {}", config.id(), problem.text);
    }
  }

  private boolean isClosedWithin(long millis) {
    try {
      return closed.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private long refreshPauseMillis() {
    return jittered(config.discovery().refresh().toMillis());
  }

  static long pauseMillis(int failures) {
    int doublings = Math.min(failures - 1, 16);
    return Math.min(jittered(FIRST_PAUSE_MILLIS << doublings), LONGEST_PAUSE_MILLIS);
  }

  /** Give or take a quarter, so that replicas which start together do not stay together. */
  private static long jittered(long millis) {
    byte[] random = RandomBytes.next(2);
    double share = ((random[0] & 0xff) * 256 + (random[1] & 0xff)) / 65_536.0;
    return Math.round(millis * (0.75 + share / 2));
  }
}
