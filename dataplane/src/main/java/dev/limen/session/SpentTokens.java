package dev.limen.session;

import java.util.concurrent.CompletionStage;

/**
 * Remembers which one-time tokens were used: the port that stores fill, for all replicas together.
 *
 * <p>Invariant: a token is first used once, whichever replica asks, until its time is over. Trouble
 * is {@link StoreUnavailableException}, and never "not used".
 */
public interface SpentTokens {
  /** Whether it was used. */
  CompletionStage<Boolean> isSpent(TokenMark mark);

  /** Notes that it is used now; false if it was before. */
  CompletionStage<Boolean> spend(TokenMark mark, long untilMillis, long nowMillis);
}
