package dev.limen.oidc;

import dev.limen.crypto.RandomBytes;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns what an issuer says about itself and which keys it signs with, and keeps it fresh: of a
 * provider, or of one at which nobody signs in and only access tokens come from.
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
 *   (pause: doubles from 250 ms to 10 s, give or take a quarter; then again, as soon as
 *    {@link Presence} finds that a provider which is known is away)
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

  private final IssuerSource source;
  private final BackChannel backChannel;
  private final BackChannel.Limit documentLimit;
  private final BackChannel.Limit keysLimit;
  private final Counter requests;
  private final InstantSource time;
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Held while keys are read for an unknown one; guards writing when that was last. */
  private final ReentrantLock unknownKeyLock = new ReentrantLock();

  private volatile @Nullable Long lastUnknownKeyAtMillis;

  /** Whether that reading is over, and keys came of it. */
  private volatile boolean wasReadForUnknownKey;

  /** Numbers the readings of keys in the order in which they begin. */
  private final AtomicLong readings = new AtomicLong();

  /** The number of the reading that {@link #keys} came from; guarded by this. */
  private long newestReading;

  /** Only for {@link #learn}'s thread. */
  private @Nullable Problem lastProblem;

  /** Only for {@link #learn}'s thread. */
  private boolean isSaidToBeKnown;

  private volatile @Nullable ProviderMetadata metadata;
  private volatile @Nullable URI jwksUri;
  private volatile @Nullable KeySet keys;

  ProviderKnowledge(
      IssuerSource source, BackChannel backChannel, Counter requests, InstantSource time) {
    this.source = source;
    this.jwksUri = source.jwksURL();
    this.backChannel = backChannel;
    this.requests = requests;
    this.time = time;
    Duration total = source.answer();
    this.documentLimit = new BackChannel.Limit(MAX_DOCUMENT_BYTES, total);
    this.keysLimit = new BackChannel.Limit(MAX_KEYS_BYTES, total);
  }

  /** How many requests went to providers, and what came of them. */
  static Counter requests(Metrics metrics) {
    return metrics.counter(
        "limen_provider_requests_total",
        "Requests to an OpenID Provider.",
        "provider",
        "endpoint",
        "outcome");
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

  /**
   * What the provider says about itself, once it and the keys are known; else null, as always for
   * an issuer at which nobody signs in.
   */
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
    } while (!isClosedBeforeReading(failures));
  }

  /** Reads all once, and says what that showed. */
  ProviderSurvey survey() {
    Problem problem = readAll();
    String issuer = source.issuer().toString();
    ProviderMetadata known = metadata;
    KeySet published = keys;
    boolean isWhole = published != null && (known != null || !source.signsPeopleIn());
    if (problem != null || published == null || !isWhole) {
      return new ProviderSurvey(issuer, 0, 0, problem == null ? "no answer" : problem.text);
    }
    int endpoints = known == null ? 0 : known.endpointCount();
    return new ProviderSurvey(issuer, endpoints, published.size(), null);
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
      Long last = lastUnknownKeyAtMillis;
      if (last != null && isWithinPause(last)) {
        return KeysReading.TOO_SOON;
      }
      wasReadForUnknownKey = false;
      lastUnknownKeyAtMillis = time.millis();
      URI at = jwksUri;
      wasReadForUnknownKey = at != null && readKeys(at) == null;
      return wasReadForUnknownKey ? KeysReading.NEWER : KeysReading.FAILED;
    } finally {
      unknownKeyLock.unlock();
    }
  }

  /**
   * Whether there is nothing newer to be had than {@code known}, since keys were read for an
   * unknown one a moment ago. Never waits, as {@link #readKeysAfter} does while another reads.
   */
  boolean hasJustRead(KeySet known) {
    Long last = lastUnknownKeyAtMillis;
    return last != null && isWithinPause(last) && wasReadForUnknownKey && keys == known;
  }

  /** A clock that was set back must not forbid a reading for longer than the pause. */
  private boolean isWithinPause(long lastMillis) {
    long now = time.millis();
    return now >= lastMillis && now - lastMillis < UNKNOWN_KEY_PAUSE_MILLIS;
  }

  /** Ends {@link #learn}. */
  void close() {
    closed.countDown();
    backChannel.presence().stopWaiting();
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
      Problem problem =
          source.jwksURL() == null ? readDocument(ProviderMetadata.documentOf(source)) : null;
      URI at = jwksUri;
      return problem != null || at == null ? problem : readKeys(at);
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
      believe(json);
      count("discovery", Outcome.OK);
      return null;
    } catch (MetadataRefusedException e) {
      count("discovery", Outcome.REFUSED);
      return new Problem(true, String.valueOf(e.getMessage()));
    }
  }

  private void believe(JsonObject document) throws MetadataRefusedException {
    if (source.signsPeopleIn()) {
      ProviderMetadata read = ProviderMetadata.read(document, source);
      metadata = read;
      jwksUri = read.jwksUri();
    } else {
      jwksUri = ProviderMetadata.jwksUri(document, source);
    }
  }

  /** Two readings may overlap: what was asked for first never replaces what was asked for later. */
  private synchronized void replaceKeys(KeySet read, long reading) {
    if (reading > newestReading) {
      newestReading = reading;
      keys = read;
    }
  }

  private @Nullable Problem readKeys(URI jwksUri) {
    long reading = readings.incrementAndGet();
    Answer answer = backChannel.get(jwksUri, keysLimit);
    JsonObject json = answer.json();
    if (json == null || answer.status() != 200) {
      return counted("jwks", answer);
    }
    try {
      replaceKeys(KeySet.read(json, time.millis()), reading);
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
    requests.increment(source.name(), endpoint, outcome.label());
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
        LOG.info("provider {} is known: issuer={}", source.name(), source.issuer());
      }
    } else if (problem.isRefused && !problem.equals(last)) {
      LOG.error("provider {} cannot be used, trying again: {}", source.name(), problem.text);
    } else if (!problem.isRefused && (last == null || last.isRefused)) {
      LOG.warn("provider {} is away, trying again: {}", source.name(), problem.text);
    }
  }

  /** Waits for the time to read again; what is known is read again soon where nobody answers. */
  private boolean isClosedBeforeReading(int failures) {
    if (failures > 0) {
      return isClosedWithin(pauseMillis(failures));
    }
    Presence presence = backChannel.presence();
    try {
      long pause = presence.isAwayWithin(refreshPauseMillis()) ? pauseMillis(presence.spells()) : 0;
      return isClosedWithin(pause);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
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
    return jittered(source.refresh().toMillis());
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
