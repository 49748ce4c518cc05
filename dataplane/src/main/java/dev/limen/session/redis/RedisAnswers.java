package dev.limen.session.redis;

import dev.limen.session.StoreUnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Calls to Redis whose trouble arrives as the store's own.
 *
 * <p>Invariant: whatever goes wrong, thrown or failed, is {@link StoreUnavailableException}, and
 * not wrapped; the breaker hears of each end before the caller does.
 */
final class RedisAnswers {
  private RedisAnswers() {}

  /** One or more commands. */
  interface Call<T extends @Nullable Object> {
    CompletionStage<T> begin();
  }

  static <T extends @Nullable Object> CompletionStage<T> answer(
      String operation, Call<T> call, RedisBreaker breaker) {
    CompletableFuture<T> answered = new CompletableFuture<>();
    try {
      var _ =
          call.begin()
              .whenComplete((word, trouble) -> {
                breaker.heard(trouble);
                if (trouble == null) {
                  answered.complete(word);
                } else {
                  answered.completeExceptionally(ownTrouble(operation, trouble));
                }
              });
    } catch (RuntimeException e) {
      answered.completeExceptionally(ownTrouble(operation, e));
    }
    return answered;
  }

  private static StoreUnavailableException ownTrouble(String operation, Throwable trouble) {
    Throwable cause = trouble.getCause();
    Throwable own = trouble instanceof CompletionException && cause != null ? cause : trouble;
    return own instanceof StoreUnavailableException unavailable
        ? unavailable
        : new StoreUnavailableException(operation, own);
  }
}
