package dev.limen.session.memory;

import dev.limen.session.SpentTokens;
import dev.limen.session.StoreUnavailableException;
import dev.limen.session.TokenMark;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One-time tokens that were used, in this process.
 *
 * <p>Invariant: never more than {@link #MAX_TOKENS}; a full one forgets none whose time is not
 * over, and refuses. Safe for all threads.
 */
final class MemorySpentTokens implements SpentTokens {
  /** About 200 bytes each; only what a provider has signed gets in, and for an hour at most. */
  static final int MAX_TOKENS = 65_536;

  private final Map<TokenMark, Long> untilByMark = new HashMap<>();
  private final int maxTokens;

  /** Room for {@link #MAX_TOKENS}. */
  MemorySpentTokens() {
    this(MAX_TOKENS);
  }

  MemorySpentTokens(int maxTokens) {
    this.maxTokens = maxTokens;
  }

  @Override
  public synchronized CompletionStage<Boolean> isSpent(TokenMark mark) {
    return CompletableFuture.completedFuture(untilByMark.containsKey(mark));
  }

  @Override
  public synchronized CompletionStage<Boolean> spend(
      TokenMark mark, long untilMillis, long nowMillis) {
    if (untilByMark.containsKey(mark)) {
      return CompletableFuture.completedFuture(false);
    }
    if (untilByMark.size() >= maxTokens) {
      untilByMark.values().removeIf(until -> until <= nowMillis);
    }
    if (untilByMark.size() >= maxTokens) {
      return CompletableFuture.failedFuture(
          new StoreUnavailableException("spend", "full, maxTokens=" + maxTokens));
    }
    untilByMark.put(mark, untilMillis);
    return CompletableFuture.completedFuture(true);
  }
}
