package dev.limen.session.memory;

import dev.limen.session.RefreshLeases;
import dev.limen.session.RevocationStore;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionStore;
import dev.limen.session.SpentTokens;
import dev.limen.session.StoreUnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in this process, for one replica: gone with it.
 *
 * <p>Invariant: never more than {@link #MAX_SESSIONS}; a full store refuses a login and forgets
 * nobody who could still go on: a session is live until its end, and until it has been idle for
 * longer than it may. Every stage is complete when it is returned. What is held is sealed, as in
 * Redis, so that a heap dump alone opens no session of a browser that is not being served. Safe for
 * all threads.
 */
public final class MemoryStore implements SessionStore {
  /** About 5 KiB each, so 250 MiB. */
  public static final int MAX_SESSIONS = 50_000;

  /** Between two sweeps that logins make when the store is full: each looks at every session. */
  static final long SWEEP_INTERVAL_MILLIS = 1_000;

  private final ConcurrentMap<SessionKey, SealedSession> sessions = new ConcurrentHashMap<>();

  /** Counts what is in the map, and what is about to be: the map itself only estimates. */
  private final AtomicInteger count = new AtomicInteger();

  private final SpentTokens spentTokens = new MemorySpentTokens();
  private final AtomicLong sweptForRoomAtMillis = new AtomicLong(Long.MIN_VALUE);
  private final MemoryLeases leases = new MemoryLeases(this);
  private final MemoryRevocations revocations =
      new MemoryRevocations(this::remove, this::lastSeenAtMillis);

  private final long idleTimeoutMillis;
  private final int maxSessions;

  /** A store for {@link #MAX_SESSIONS} that are held to their end, however long they are idle. */
  public MemoryStore() {
    this(Long.MAX_VALUE, MAX_SESSIONS);
  }

  /** A store for {@link #MAX_SESSIONS} that forgets those that have been idle for longer. */
  public MemoryStore(Duration idleTimeout) {
    this(idleTimeout.toMillis(), MAX_SESSIONS);
  }

  MemoryStore(long idleTimeoutMillis, int maxSessions) {
    this.idleTimeoutMillis = idleTimeoutMillis;
    this.maxSessions = maxSessions;
  }

  @Override
  public CompletionStage<@Nullable SealedSession> load(SessionKey key) {
    return CompletableFuture.completedFuture(sessions.get(key));
  }

  @Override
  public CompletionStage<Boolean> create(SealedSession session) {
    SessionKey key = session.key();
    if (!takePlace() && !(makesRoom(session.lastSeenAtMillis()) && takePlace())) {
      revocations.forget(key);
      return CompletableFuture.failedFuture(
          new StoreUnavailableException("create", "full, maxSessions=" + maxSessions));
    }
    boolean created = sessions.putIfAbsent(key, session) == null;
    if (!created) {
      count.decrementAndGet();
    } else if (revocations.hasTombstone(key)) {
      // Looked for once the record is there: whoever buries it later finds it.
      remove(key);
      return CompletableFuture.completedFuture(false);
    }
    return CompletableFuture.completedFuture(created);
  }

  @Override
  public CompletionStage<Boolean> replace(SealedSession session, long expectedVersion) {
    SealedSession current = sessions.get(session.key());
    while (current != null && current.version() == expectedVersion) {
      if (sessions.replace(session.key(), current, session)) {
        return CompletableFuture.completedFuture(true);
      }
      current = sessions.get(session.key());
    }
    return CompletableFuture.completedFuture(false);
  }

  @Override
  public CompletionStage<@Nullable Void> touch(SessionKey key, long lastSeenAtMillis) {
    sessions.computeIfPresent(key, (_, session) -> session.seenAt(lastSeenAtMillis));
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<Boolean> delete(SessionKey key, long expectedVersion, Duration life) {
    SealedSession current = sessions.get(key);
    while (current != null && current.version() == expectedVersion) {
      if (remove(current)) {
        revocations.setTombstone(key);
        return CompletableFuture.completedFuture(true);
      }
      current = sessions.get(key);
    }
    return CompletableFuture.completedFuture(false);
  }

  @Override
  public RefreshLeases leases() {
    return leases;
  }

  @Override
  public RevocationStore revocations() {
    return revocations;
  }

  @Override
  public SpentTokens spentTokens() {
    return spentTokens;
  }

  @Override
  public CompletionStage<@Nullable Void> ping() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {}

  /** Sessions held, those about to be created included. */
  public long count() {
    return count.get();
  }

  /** Forgets sessions that have reached their end, or were idle too long; returns how many. */
  public int sweep(long nowMillis) {
    int swept = 0;
    for (SealedSession session : sessions.values()) {
      if (!isLive(session, nowMillis) && remove(session)) {
        swept++;
      }
    }
    revocations.sweep(nowMillis);
    return swept;
  }

  private boolean remove(SessionKey key) {
    SealedSession current = sessions.get(key);
    while (current != null) {
      if (remove(current)) {
        return true;
      }
      current = sessions.get(key);
    }
    return false;
  }

  private boolean remove(SealedSession session) {
    if (!sessions.remove(session.key(), session)) {
      return false;
    }
    count.decrementAndGet();
    revocations.forget(session.key());
    return true;
  }

  private long lastSeenAtMillis(SessionKey key) {
    SealedSession session = sessions.get(key);
    return session == null ? -1 : session.lastSeenAtMillis();
  }

  /** As {@code Sessions} judges them, so that nobody is forgotten who would have been let in. */
  private boolean isLive(SealedSession session, long nowMillis) {
    return nowMillis < session.expiresAtMillis()
        && nowMillis - session.lastSeenAtMillis() <= idleTimeoutMillis;
  }

  /** One login a second looks for room; in between the others are told at once that it is full. */
  private boolean makesRoom(long nowMillis) {
    long last = sweptForRoomAtMillis.get();
    boolean isDue = nowMillis < last || nowMillis >= last + SWEEP_INTERVAL_MILLIS;
    return isDue && sweptForRoomAtMillis.compareAndSet(last, nowMillis) && sweep(nowMillis) > 0;
  }

  private boolean takePlace() {
    int held = count.get();
    while (held < maxSessions) {
      if (count.compareAndSet(held, held + 1)) {
        return true;
      }
      held = count.get();
    }
    return false;
  }
}
