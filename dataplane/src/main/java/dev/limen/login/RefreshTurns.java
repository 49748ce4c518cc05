package dev.limen.login;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Turns at one provider: a wave of sessions that expire together must not become a wave there.
 *
 * <p>Invariant: never more turns under way than the limit of whoever takes the last one; those that
 * wait have theirs in the order in which they came. How many may wait is bounded by {@link
 * Refresher#MAX_FLIGHTS}. Safe for all threads.
 */
final class RefreshTurns {
  private final Deque<CompletableFuture<RefreshTurns>> waiting = new ArrayDeque<>();
  private int underWay;

  /** A turn, at once if fewer than {@code limit} are under way; {@link #end} gives it back. */
  synchronized CompletionStage<RefreshTurns> take(int limit) {
    if (underWay < limit) {
      underWay++;
      return CompletableFuture.completedFuture(this);
    }
    CompletableFuture<RefreshTurns> turn = new CompletableFuture<>();
    waiting.add(turn);
    return turn;
  }

  /** Hands the turn to whoever waits longest. */
  void end() {
    CompletableFuture<RefreshTurns> next;
    synchronized (this) {
      next = waiting.poll();
      if (next == null) {
        underWay--;
        return;
      }
    }
    // Not on this thread: ten thousand that end at once would be ten thousand calls deep.
    next.completeAsync(() -> this);
  }

  /** Turns under way. */
  synchronized int underWay() {
    return underWay;
  }

  /** Those that wait for one. */
  synchronized int waiting() {
    return waiting.size();
  }
}
