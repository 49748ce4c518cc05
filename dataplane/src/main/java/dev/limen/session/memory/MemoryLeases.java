package dev.limen.session.memory;

import dev.limen.session.RefreshLease;
import dev.limen.session.RefreshLeases;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Leases of one process, over a store that answers at once.
 *
 * <p>Invariant: whether a lease holds is looked at and acted on under one lock, so that it cannot
 * end in between. Notes of what was presented are kept for {@link #MAX_NOTES} sessions; the oldest
 * make room. Safe for all threads.
 */
public final class MemoryLeases implements RefreshLeases {
  /** A note that was forgotten costs nothing but the word for why a session ended. */
  static final int MAX_NOTES = 10_000;

  private final Map<SessionKey, Held> held = new HashMap<>();
  private final Map<SessionKey, Long> presented = new LinkedHashMap<>();
  private final SessionStore store;
  private final Duration length;
  private final int maxNotes;
  private long fences;

  /** Leases on renewals of the sessions in {@code store}. */
  public MemoryLeases(SessionStore store) {
    this(store, LENGTH, MAX_NOTES);
  }

  MemoryLeases(SessionStore store, Duration length, int maxNotes) {
    this.store = store;
    this.length = length;
    this.maxNotes = maxNotes;
  }

  /** A lease until one of its ends; each renewal begins a new one. */
  private static final class Held {
    final String owner;

    Held(String owner) {
      this.owner = owner;
    }
  }

  @Override
  public synchronized CompletionStage<@Nullable RefreshLease> take(SessionKey key) {
    if (held.containsKey(key)) {
      return CompletableFuture.completedFuture(null);
    }
    String owner = RefreshLease.randomOwner();
    hold(key, owner);
    return CompletableFuture.completedFuture(
        new RefreshLease(key, owner, ++fences, presented.getOrDefault(key, RefreshLease.NOTHING)));
  }

  @Override
  public synchronized CompletionStage<Boolean> renew(RefreshLease lease) {
    boolean holds = holds(lease);
    if (holds) {
      hold(lease.key(), lease.owner());
    }
    return CompletableFuture.completedFuture(holds);
  }

  @Override
  public synchronized CompletionStage<Boolean> intend(RefreshLease lease, long generation) {
    if (!holds(lease)) {
      return CompletableFuture.completedFuture(false);
    }
    presented.remove(lease.key());
    if (generation != RefreshLease.NOTHING) {
      if (presented.size() >= maxNotes) {
        presented.remove(presented.keySet().iterator().next());
      }
      presented.put(lease.key(), generation);
    }
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public synchronized CompletionStage<Boolean> replace(
      RefreshLease lease, SealedSession session, long expectedVersion) {
    return holds(lease)
        ? store.replace(session, expectedVersion)
        : CompletableFuture.completedFuture(false);
  }

  @Override
  public synchronized CompletionStage<Boolean> delete(
      RefreshLease lease, long expectedVersion, Duration life) {
    return holds(lease)
        ? store.delete(lease.key(), expectedVersion, life)
        : CompletableFuture.completedFuture(false);
  }

  @Override
  public synchronized CompletionStage<@Nullable Void> release(RefreshLease lease) {
    if (holds(lease)) {
      held.remove(lease.key());
    }
    return CompletableFuture.completedFuture(null);
  }

  private boolean holds(RefreshLease lease) {
    Held current = held.get(lease.key());
    return current != null && current.owner.equals(lease.owner());
  }

  private void hold(SessionKey key, String owner) {
    Held lease = new Held(owner);
    held.put(key, lease);
    CompletableFuture.delayedExecutor(length.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> end(key, lease));
  }

  private synchronized void end(SessionKey key, Held lease) {
    held.remove(key, lease);
  }
}
