package dev.limen.session;

import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the store, and counts where it does not answer.
 *
 * <p>Invariant: whatever goes wrong on the way arrives as itself, not wrapped, and a store that
 * throws instead of failing is no different. Safe for all threads.
 */
final class StoreCalls {
  private final Counter errors;

  StoreCalls(Metrics metrics) {
    this.errors =
        metrics.counter(
            "limen_store_errors_total", "Calls that the session store did not answer", "operation");
  }

  /** What the store's word comes to. */
  <T extends @Nullable Object, R extends @Nullable Object> CompletionStage<R> ask(
      String operation, Supplier<CompletionStage<T>> question, Function<T, R> answer) {
    return askThen(
        operation, question, word -> CompletableFuture.<R>completedFuture(answer.apply(word)));
  }

  /** What the store's word leads to. */
  <T extends @Nullable Object, R extends @Nullable Object> CompletionStage<R> askThen(
      String operation,
      Supplier<CompletionStage<T>> question,
      Function<T, CompletionStage<R>> next) {
    CompletableFuture<R> answered = new CompletableFuture<>();
    try {
      var _ =
          question
              .get()
              .whenComplete((word, trouble) -> {
                if (trouble != null) {
                  errors.increment(operation);
                  answered.completeExceptionally(unwrapped(trouble));
                } else {
                  follow(answered, () -> next.apply(word));
                }
              });
    } catch (StoreUnavailableException e) {
      errors.increment(operation);
      answered.completeExceptionally(e);
    }
    return answered;
  }

  /** What a word comes to whose trouble was counted where it came from. */
  static <T extends @Nullable Object, R extends @Nullable Object> CompletionStage<R> told(
      CompletionStage<T> telling, Function<T, R> answer) {
    CompletableFuture<R> answered = new CompletableFuture<>();
    follow(answered, () -> telling.thenApply(answer));
    return answered;
  }

  private static <R extends @Nullable Object> void follow(
      CompletableFuture<R> answered, Supplier<CompletionStage<R>> next) {
    try {
      var _ =
          next.get()
              .whenComplete((answer, trouble) -> {
                if (trouble != null) {
                  answered.completeExceptionally(unwrapped(trouble));
                } else {
                  answered.complete(answer);
                }
              });
    } catch (RuntimeException | Error e) {
      answered.completeExceptionally(e);
    }
  }

  private static Throwable unwrapped(Throwable trouble) {
    Throwable cause = trouble.getCause();
    return trouble instanceof CompletionException && cause != null ? cause : trouble;
  }
}
