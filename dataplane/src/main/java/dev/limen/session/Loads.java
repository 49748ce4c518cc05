package dev.limen.session;

import dev.limen.check.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Loads of sessions, each shared by all who wait for it: a browser that asks a thousand times at
 * once costs the store two loads.
 *
 * <pre>
 *   who asks ── a load of this key is to come? ── joins it
 *            └─ one is under way? ── makes the next, which comes when that is over
 *            └─ neither? ── makes one, which comes now
 *
 *   to come ── turn ── under way ── over
 *                └─ no turn in time, or nobody waits any more: over, and the store is not asked
 * </pre>
 *
 * <p>Invariant: whoever asks gets what a load found that began after they asked, and never joins
 * one that is under way: it may have read before a revocation that was acknowledged since (I6). So
 * a key has at most one load under way and one to come. A load is over once, whatever becomes of
 * it, and what it leaves behind is nothing: trouble reaches all who share it and nobody who comes
 * later.
 *
 * <p>Only what the store said is shared. A time is not: those who share a load came at different
 * moments, so nothing that a clock decides may be decided inside of it. How many share one is
 * bounded by how many checks may be under way. Safe for all threads.
 */
final class Loads<T> {
  /**
   * The end of a load that a store never answers, so that it does not hold up its session for ever:
   * longer than two commands at the longest deadline that a store may be given.
   */
  static final Duration MAX_LIFE = Duration.ofSeconds(30);

  /** By key, those that nobody has begun; and those that were begun and are not over. */
  private final Map<SessionKey, Load<T>> toCome = new HashMap<>();

  private final Map<SessionKey, Load<T>> underWay = new HashMap<>();
  private final LoadTurns turns;
  private final Duration maxLife;

  /** Loads that have their turns among {@code turns}. */
  Loads(LoadTurns turns) {
    this(turns, MAX_LIFE);
  }

  Loads(LoadTurns turns, Duration maxLife) {
    this.turns = turns;
    this.maxLife = maxLife;
  }

  /**
   * One load, and those who wait for it.
   *
   * @param key of the session
   * @param question asks the store
   * @param answer for all who wait
   * @param isGivenUp for each of them, whether they still do
   */
  private record Load<T>(
      SessionKey key,
      Supplier<CompletionStage<T>> question,
      CompletableFuture<T> answer,
      List<BooleanSupplier> isGivenUp) {
    CompletableFuture<T> ask() {
      try {
        return question.get().toCompletableFuture();
      } catch (RuntimeException | Error e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    boolean isInVain() {
      return isGivenUp.stream().allMatch(BooleanSupplier::getAsBoolean);
    }
  }

  /**
   * What {@code question} finds, or the same question by somebody else, from now on.
   *
   * @param isGivenUp whether whoever asks does not wait any more: a load that nobody waits for is
   *     not begun. Called on any thread; must not throw
   */
  CompletionStage<T> ask(
      SessionKey key, Supplier<CompletionStage<T>> question, BooleanSupplier isGivenUp) {
    Load<T> load;
    synchronized (this) {
      Load<T> next = toCome.get(key);
      if (next != null) {
        next.isGivenUp.add(isGivenUp);
        return next.answer;
      }
      load = new Load<>(key, question, new CompletableFuture<>(), new ArrayList<>(1));
      load.isGivenUp.add(isGivenUp);
      toCome.put(key, load);
      if (underWay.containsKey(key)) {
        return load.answer;
      }
    }
    takeTurn(load);
    return load.answer;
  }

  /** Loads under way and to come. */
  synchronized int held() {
    return underWay.size() + toCome.size();
  }

  private void takeTurn(Load<T> load) {
    var _ =
        turns
            .take()
            .whenComplete((_, trouble) -> {
              if (trouble == null) {
                begin(load);
              } else {
                refuse(load, trouble);
              }
            });
  }

  private void refuse(Load<T> load, Throwable trouble) {
    synchronized (this) {
      toCome.remove(load.key);
    }
    load.answer.completeExceptionally(trouble);
  }

  private void begin(Load<T> load) {
    if (!comes(load)) {
      turns.end();
      load.answer.completeExceptionally(
          new StoreUnavailableException("load", "nobody waits for it", Reason.DEADLINE_EXCEEDED));
      return;
    }
    CompletableFuture<T> word = load.ask();
    if (!word.isDone()) {
      var _ = word.orTimeout(maxLife.toMillis(), TimeUnit.MILLISECONDS);
    }
    var _ = word.whenComplete((found, trouble) -> over(load, found, trouble));
  }

  /** From here on nobody joins it; false if nobody waits for it. */
  private synchronized boolean comes(Load<T> load) {
    toCome.remove(load.key);
    if (load.isInVain()) {
      return false;
    }
    underWay.put(load.key, load);
    return true;
  }

  private void over(Load<T> load, @Nullable T found, @Nullable Throwable trouble) {
    Load<T> next;
    synchronized (this) {
      underWay.remove(load.key);
      next = toCome.get(load.key);
    }
    turns.end();
    if (next != null) {
      // Not on this thread: a store that answers at once would keep it at work for all others.
      var _ = CompletableFuture.runAsync(() -> takeTurn(next));
    }
    if (trouble == null) {
      load.answer.complete(found);
    } else {
      load.answer.completeExceptionally(
          trouble instanceof TimeoutException ? neverAnswered(trouble) : trouble);
    }
  }

  private static StoreUnavailableException neverAnswered(Throwable trouble) {
    return new StoreUnavailableException("load", trouble);
  }
}
