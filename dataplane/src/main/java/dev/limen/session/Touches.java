package dev.limen.session;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Remembers which sessions this process lately told the store to be in use, so that many checks of
 * one session cost one write.
 *
 * <p>Invariant: at most one touch a session and {@link #intervalMillis} in this process, as long as
 * it remembers; what it forgets costs one more touch and nothing else, so it is bounded and may
 * forget all. Safe for all threads.
 */
final class Touches {
  /** Sessions remembered; about 10 MiB. */
  static final int MAX_REMEMBERED = 65_536;

  private static final long MAX_INTERVAL_MILLIS = 60_000;

  private final ConcurrentMap<SessionKey, Long> touchedAtMillis = new ConcurrentHashMap<>();
  private final long intervalMillis;
  private final int maxRemembered;

  /** Often enough that a session in use never looks idle. */
  Touches(long idleTimeoutMillis) {
    this(idleTimeoutMillis, MAX_REMEMBERED);
  }

  Touches(long idleTimeoutMillis, int maxRemembered) {
    this.maxRemembered = maxRemembered;
    this.intervalMillis = Math.min(MAX_INTERVAL_MILLIS, idleTimeoutMillis / 4);
  }

  long intervalMillis() {
    return intervalMillis;
  }

  /** Whether the caller shall touch {@code session} now; it is remembered as touched then. */
  boolean isDue(Session session, long nowMillis) {
    if (nowMillis - session.lastSeenAtMillis() < intervalMillis) {
      return false;
    }
    SessionKey key = session.key();
    Long last = touchedAtMillis.get(key);
    if (last == null) {
      makeRoom(nowMillis);
      return touchedAtMillis.putIfAbsent(key, nowMillis) == null;
    }
    return nowMillis - last >= intervalMillis && touchedAtMillis.replace(key, last, nowMillis);
  }

  int remembered() {
    return touchedAtMillis.size();
  }

  private void makeRoom(long nowMillis) {
    if (touchedAtMillis.size() < maxRemembered) {
      return;
    }
    touchedAtMillis.values().removeIf(last -> nowMillis - last >= intervalMillis);
    if (touchedAtMillis.size() >= maxRemembered) {
      touchedAtMillis.clear();
    }
  }
}
