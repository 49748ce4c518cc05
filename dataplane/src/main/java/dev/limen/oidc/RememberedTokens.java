package dev.limen.oidc;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that were verified, by their digests.
 *
 * <p>Invariant: at most {@code size} of them. Whoever looks one up takes no lock and waits for
 * nobody; only who adds one takes the lock, and that is a thread that has just verified a
 * signature. Safe for all threads.
 *
 * <p>When it is full, the oldest goes that was not used since it was last considered (second
 * chance, on one queue): close to the least recently used one, without writing to an order at every
 * hit, and a flood of tokens that are used once does not drive out those that are used often. What
 * has expired gets no second chance.
 */
final class RememberedTokens {
  /** So that who adds a token to many that are in use looks at some of them, not at all. */
  static final int MAX_CHANCES = 64;

  private final int size;
  private final Map<TokenDigest, RememberedToken> known = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();

  /** Guarded by the lock. All that are known are in it, and some that were forgotten. */
  private final ArrayDeque<Place> order = new ArrayDeque<>();

  RememberedTokens(int size) {
    this.size = size;
  }

  private record Place(TokenDigest digest, RememberedToken token) {}

  @Nullable RememberedToken find(TokenDigest digest) {
    return known.get(digest);
  }

  void remember(TokenDigest digest, RememberedToken token, long nowMillis) {
    lock.lock();
    try {
      if (size == 0 || known.containsKey(digest)) {
        return;
      }
      int chances = MAX_CHANCES;
      while (order.size() >= size) {
        evictOne(chances-- > 0, nowMillis);
      }
      known.put(digest, token);
      order.addLast(new Place(digest, token));
    } finally {
      lock.unlock();
    }
  }

  private void evictOne(boolean mayBeGivenAChance, long nowMillis) {
    Place oldest = order.removeFirst();
    boolean isKnown = known.get(oldest.digest) == oldest.token;
    if (isKnown
        && mayBeGivenAChance
        && !oldest.token.hasExpired(nowMillis)
        && oldest.token.takeUse()) {
      order.addLast(oldest);
    } else {
      known.remove(oldest.digest, oldest.token);
    }
  }

  void forget(TokenDigest digest, RememberedToken token) {
    known.remove(digest, token);
  }

  int count() {
    return known.size();
  }
}
