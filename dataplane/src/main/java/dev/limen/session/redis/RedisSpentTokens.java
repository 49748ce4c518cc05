package dev.limen.session.redis;

import dev.limen.session.SpentTokens;
import dev.limen.session.TokenMark;
import io.lettuce.core.SetArgs;
import java.util.concurrent.CompletionStage;

/**
 * One-time tokens that were used, for all replicas.
 *
 * <p>Invariant: of several that use a token at once one is the first ({@code SET NX}); Redis
 * forgets it when its time is over. Safe for all threads.
 */
final class RedisSpentTokens implements SpentTokens {
  private static final byte[] USED = {'1'};

  private final RedisLink link;
  private final RedisKeys keys;

  RedisSpentTokens(RedisLink link, RedisKeys keys) {
    this.link = link;
    this.keys = keys;
  }

  @Override
  public CompletionStage<Boolean> isSpent(TokenMark mark) {
    return link.answer(
        "exists",
        () ->
            link.connectionFor("exists")
                .async()
                .exists(keys.spentToken(mark))
                .thenApply(count -> count > 0));
  }

  @Override
  public CompletionStage<Boolean> spend(TokenMark mark, long untilMillis, long nowMillis) {
    return link.answer(
        "spend",
        () ->
            link.connectionFor("spend")
                .async()
                .set(keys.spentToken(mark), USED, SetArgs.Builder.nx().pxAt(untilMillis))
                .thenApply("OK"::equals));
  }
}
