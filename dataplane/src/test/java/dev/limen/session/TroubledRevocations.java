package dev.limen.session;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Marks that fail when a test says so.
 *
 * @param marks that answer otherwise
 * @param trouble by operation (moment, marks, revoke, delete, index), null for none
 */
@NullMarked
public record TroubledRevocations(
    RevocationStore marks, Function<String, @Nullable RuntimeException> trouble)
    implements RevocationStore {
  private <T extends @Nullable Object> CompletionStage<T> ask(
      String operation, Supplier<CompletionStage<T>> question) {
    RuntimeException failure = trouble.apply(operation);
    return failure == null ? question.get() : CompletableFuture.failedFuture(failure);
  }

  @Override
  public CompletionStage<Long> moment() {
    return ask("moment", marks::moment);
  }

  @Override
  public CompletionStage<Marks> marks(SessionKey key, List<String> watermarks) {
    return ask("marks", () -> marks.marks(key, watermarks));
  }

  @Override
  public CompletionStage<Revocations.Revoked> raise(String name, long atLeast, Duration life) {
    return ask("revoke", () -> marks.raise(name, atLeast, life));
  }

  @Override
  public CompletionStage<Revocations.Revoked> bury(SessionKey key, Duration life) {
    return ask("delete", () -> marks.bury(key, life));
  }

  @Override
  public SessionIndex index() {
    SessionIndex index = marks.index();
    return new SessionIndex() {
      @Override
      public CompletionStage<@Nullable Void> add(
          IndexEntry entry, List<String> names, Duration life) {
        return TroubledRevocations.this.<@Nullable Void>ask(
            "index", () -> index.add(entry, names, life));
      }

      @Override
      public CompletionStage<List<Listed>> list(List<String> names, int most) {
        return ask("index", () -> index.list(names, most));
      }

      @Override
      public CompletionStage<@Nullable Void> remove(List<SessionKey> keys, List<String> names) {
        return TroubledRevocations.this.<@Nullable Void>ask(
            "index", () -> index.remove(keys, names));
      }

      @Override
      public CompletionStage<Integer> deleteRecords(List<SessionKey> keys) {
        return ask("index", () -> index.deleteRecords(keys));
      }
    };
  }
}
