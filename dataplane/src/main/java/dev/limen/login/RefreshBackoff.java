package dev.limen.login;

import dev.limen.check.Reason;
import dev.limen.session.SessionKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a provider that fails from being asked again at once, by one session or by all.
 *
 * <p>Invariant: after a failure a session waits 1 s, then twice as long each time, up to 10 s; a
 * provider that failed three times in a row is left alone for 250 ms, then twice as long each time,
 * up to 4 s, and one that refuses this client for 4 s at once; then one asks, and its success
 * forgets all of it. Each pause is shorter by up to a quarter, by chance, so that what failed
 * together, here or at several replicas, does not come back together. Holds at most {@link
 * #MAX_SESSIONS} sessions; the oldest make room. Safe for all threads.
 */
final class RefreshBackoff {
  /** Sessions whose failures are remembered. */
  static final int MAX_SESSIONS = 10_000;

  private static final int FAILURES_BEFORE_PROVIDER_PAUSES = 3;
  private static final long SESSION_PAUSE_MILLIS = 1_000;
  private static final long MAX_SESSION_PAUSE_MILLIS = 10_000;
  private static final long PROVIDER_PAUSE_MILLIS = 250;
  private static final long MAX_PROVIDER_PAUSE_MILLIS = 4_000;
  private static final int MAX_DOUBLINGS = 10;

  /** Of a pause, at most. */
  private static final double JITTER = 0.25;

  private final Map<SessionKey, Failures> sessions = new LinkedHashMap<>();
  private final Map<String, Failures> providers = new HashMap<>();
  private final int maxSessions;
  private final DoubleSupplier chance;

  RefreshBackoff() {
    this(MAX_SESSIONS, RefreshBackoff::rolled);
  }

  /** {@code chance} gives numbers from 0 to 1. */
  RefreshBackoff(int maxSessions, DoubleSupplier chance) {
    this.maxSessions = maxSessions;
    this.chance = chance;
  }

  /** Why nothing should be asked at this time; null if it may. */
  synchronized @Nullable Reason pause(SessionKey key, String provider, long nowMillis) {
    Failures ofSession = sessions.get(key);
    if (ofSession != null && nowMillis < ofSession.untilMillis()) {
      return ofSession.reason();
    }
    Failures ofProvider = providers.get(provider);
    return ofProvider != null && nowMillis < ofProvider.untilMillis() ? ofProvider.reason() : null;
  }

  /**
   * The same, for whoever is about to ask. A provider that is left alone is asked by one at a time
   * once its pause is over: all others wait for as long again, or for that one's success.
   */
  synchronized @Nullable Reason claim(SessionKey key, String provider, long nowMillis) {
    Reason pause = pause(key, provider, nowMillis);
    Failures ofProvider = providers.get(provider);
    if (pause == null && ofProvider != null && ofProvider.pauseMillis() > 0) {
      providers.put(provider, ofProvider.until(nowMillis + ofProvider.pauseMillis()));
    }
    return pause;
  }

  synchronized void failed(SessionKey key, String provider, Reason reason, long nowMillis) {
    int count = next(sessions.remove(key));
    while (sessions.size() >= maxSessions) {
      sessions.remove(sessions.keySet().iterator().next());
    }
    long pause = jittered(doubled(SESSION_PAUSE_MILLIS, count - 1, MAX_SESSION_PAUSE_MILLIS));
    sessions.put(key, new Failures(count, pause, nowMillis + pause, reason));
    int inARow = next(providers.get(provider));
    long ofAll = jittered(pauseOfAll(inARow, reason));
    providers.put(provider, new Failures(inARow, ofAll, nowMillis + ofAll, reason));
  }

  /** A provider that refuses this client will do so until somebody mends it. */
  private static long pauseOfAll(int inARow, Reason reason) {
    if (reason == Reason.CLIENT_REFUSED_BY_PROVIDER) {
      return MAX_PROVIDER_PAUSE_MILLIS;
    }
    int beyond = inARow - FAILURES_BEFORE_PROVIDER_PAUSES;
    return beyond < 0 ? 0 : doubled(PROVIDER_PAUSE_MILLIS, beyond, MAX_PROVIDER_PAUSE_MILLIS);
  }

  synchronized void succeeded(SessionKey key, String provider) {
    sessions.remove(key);
    providers.remove(provider);
  }

  /** Nothing pauses any more. */
  synchronized void forgetAll() {
    sessions.clear();
    providers.clear();
  }

  synchronized int size() {
    return sessions.size();
  }

  private static int next(@Nullable Failures before) {
    return before == null ? 1 : before.count() + 1;
  }

  private static long doubled(long millis, int times, long maxMillis) {
    return Math.min(maxMillis, millis << Math.min(times, MAX_DOUBLINGS));
  }

  private static double rolled() {
    return ThreadLocalRandom.current().nextDouble();
  }

  private long jittered(long millis) {
    return millis - Math.round(JITTER * (double) millis * chance.getAsDouble());
  }

  /** Failures in a row, how long nothing is asked because of them, and until when. */
  private record Failures(int count, long pauseMillis, long untilMillis, Reason reason) {
    Failures until(long millis) {
      return new Failures(count, pauseMillis, millis, reason);
    }
  }
}
