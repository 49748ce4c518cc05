package dev.limen.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.metrics.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who shares a load with whom. A load is begun when its future is in {@code begun}. */
class LoadsTest {
  private static final SessionKey KEY = SessionSecret.random().key();

  private final ManualTime time = new ManualTime();
  private final LoadTurns turns = new LoadTurns(2, new Metrics(), time, time);
  private final Loads<String> loads = new Loads<>(turns);
  private final BlockingQueue<CompletableFuture<String>> begun = new LinkedBlockingQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  @AfterEach
  void nothingIsLeft() {
    assertThat(loads.held()).isZero();
    assertThat(turns.underWay()).isZero();
    assertThat(turns.waiting()).isZero();
  }

  private static boolean waits() {
    return false;
  }

  private static boolean gone() {
    return true;
  }

  /** A store that answers when the test does. */
  private CompletionStage<String> store() {
    CompletableFuture<String> load = new CompletableFuture<>();
    count.incrementAndGet();
    begun.add(load);
    return load;
  }

  private CompletableFuture<String> ask(SessionKey key) {
    return loads.ask(key, this::store, LoadsTest::waits).toCompletableFuture();
  }

  private List<CompletableFuture<String>> ask(int times) {
    return Stream.generate(() -> ask(KEY)).limit(times).toList();
  }

  private CompletableFuture<String> askThrowing(Supplier<CompletionStage<String>> store) {
    return loads.ask(KEY, store, LoadsTest::waits).toCompletableFuture();
  }

  /** The load that is begun next, on whatever thread. */
  private CompletableFuture<String> begun() throws InterruptedException {
    CompletableFuture<String> load = begun.poll(20, TimeUnit.SECONDS);
    assertThat(load).as("a load is begun in time").isNotNull();
    return load;
  }

  private static void assertAnswer(CompletableFuture<String> asked, String answer) {
    assertThat(asked).succeedsWithin(20, TimeUnit.SECONDS).isEqualTo(answer);
  }

  private static Throwable troubleOf(CompletableFuture<String> asked) {
    return asked.handle((_, trouble) -> trouble).orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void aThousandAtOnceCostTwoLoadsAndAllAreAnswered() throws InterruptedException {
    List<CompletableFuture<String>> asked = ask(1_000);

    begun().complete("first");
    begun().complete("second");

    assertAnswer(asked.getFirst(), "first");
    asked.subList(1, 1_000).forEach(each -> assertAnswer(each, "second"));
    assertThat(count).hasValue(2);
  }

  @Test
  void whoeverComesWhileALoadIsUnderWayGetsOneThatBeganLater() throws InterruptedException {
    CompletableFuture<String> early = ask(KEY);
    CompletableFuture<String> first = begun();
    CompletableFuture<String> later = ask(KEY);

    first.complete("before the revocation");
    assertAnswer(early, "before the revocation");
    CompletableFuture<String> second = begun();
    assertThat(later).isNotDone();
    CompletableFuture<String> latest = ask(KEY);

    second.complete("after it");
    assertAnswer(later, "after it");
    begun().complete("later still");
    assertAnswer(latest, "later still");
  }

  @Test
  void whoeverWaitsForATurnTogetherSharesTheLoad() throws InterruptedException {
    CompletableFuture<String> one = ask(SessionSecret.random().key());
    CompletableFuture<String> two = ask(SessionSecret.random().key());
    List<CompletableFuture<String>> waiting = ask(3);
    assertThat(count).hasValue(2);
    assertThat(turns.waiting()).isEqualTo(1);

    begun().complete("one");
    begun().complete("two");
    begun().complete("three");

    assertAnswer(one, "one");
    assertAnswer(two, "two");
    waiting.forEach(each -> assertAnswer(each, "three"));
  }

  @Test
  void oneSessionsLoadDoesNotHoldUpAnothers() throws InterruptedException {
    CompletableFuture<String> slow = ask(KEY);
    CompletableFuture<String> held = begun();
    CompletableFuture<String> other = ask(SessionSecret.random().key());

    begun().complete("other");
    assertAnswer(other, "other");
    assertThat(slow).isNotDone();
    held.complete("slow");
    assertAnswer(slow, "slow");
  }

  @Test
  void troubleReachesAllWhoShareALoadAndNobodyWhoComesLater() throws InterruptedException {
    StoreUnavailableException away = new StoreUnavailableException("load", "away");
    List<CompletableFuture<String>> asked = ask(3);
    begun().complete("well");
    begun().completeExceptionally(away);

    assertAnswer(asked.getFirst(), "well");
    assertThat(troubleOf(asked.get(1))).isSameAs(away);
    assertThat(troubleOf(asked.get(2))).isSameAs(away);

    CompletableFuture<String> later = ask(KEY);
    begun().complete("mended");
    assertAnswer(later, "mended");
  }

  @Test
  void aStoreThatThrowsLeavesNothingBehind() throws InterruptedException {
    IllegalStateException defect = new IllegalStateException();
    assertThat(
            troubleOf(
                askThrowing(() -> {
                  throw defect;
                })))
        .isSameAs(defect);
    AssertionError error = new AssertionError();
    assertThat(
            troubleOf(
                askThrowing(() -> {
                  throw error;
                })))
        .isSameAs(error);

    CompletableFuture<String> later = ask(KEY);
    begun().complete("mended");
    assertAnswer(later, "mended");
  }

  @Test
  void whoGetsNoTurnIsToldSoWithAllWhoShareTheLoad() throws InterruptedException {
    CompletableFuture<String> one = ask(SessionSecret.random().key());
    CompletableFuture<String> two = ask(SessionSecret.random().key());
    List<CompletableFuture<String>> waiting = ask(3);

    time.pass(LoadTurns.MAX_WAIT.toNanos() + 1);
    assertThat(waiting)
        .allSatisfy(each ->
            assertThat(troubleOf(each))
                .isInstanceOfSatisfying(
                    StoreUnavailableException.class,
                    refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_OVERLOADED)));

    begun().complete("one");
    CompletableFuture<String> again = ask(KEY);
    begun().complete("two");
    begun().complete("again");
    assertAnswer(one, "one");
    assertAnswer(two, "two");
    assertAnswer(again, "again");
    assertThat(count).hasValue(3);
  }

  @Test
  void aLoadThatNobodyWaitsForIsNotBegun() throws InterruptedException {
    CompletableFuture<String> first = ask(KEY);
    CompletableFuture<String> gone =
        loads.ask(KEY, this::store, LoadsTest::gone).toCompletableFuture();

    begun().complete("first");
    assertAnswer(first, "first");
    assertThat(troubleOf(gone))
        .isInstanceOfSatisfying(
            StoreUnavailableException.class,
            vain -> assertThat(vain.reason()).isEqualTo(Reason.DEADLINE_EXCEEDED));
    assertThat(count).hasValue(1);
  }

  @Test
  void aLoadThatSomebodyWaitsForIsBegunWhoeverHasGone() throws InterruptedException {
    CompletableFuture<String> first = ask(KEY);
    List<CompletableFuture<String>> shared = new ArrayList<>();
    for (BooleanSupplier each :
        List.<BooleanSupplier>of(LoadsTest::gone, LoadsTest::waits, LoadsTest::gone)) {
      shared.add(loads.ask(KEY, this::store, each).toCompletableFuture());
    }

    begun().complete("first");
    begun().complete("second");
    assertAnswer(first, "first");
    shared.forEach(each -> assertAnswer(each, "second"));
  }

  @Test
  void aLoadThatTheStoreNeverAnswersEndsAsTroubleAndTheNextComes() throws InterruptedException {
    Loads<String> impatient = new Loads<>(turns, Duration.ofMillis(1));
    CompletableFuture<String> never =
        impatient.ask(KEY, CompletableFuture::new, LoadsTest::waits).toCompletableFuture();
    CompletableFuture<String> next =
        impatient.ask(KEY, () -> done("next"), LoadsTest::waits).toCompletableFuture();

    assertThat(troubleOf(never)).isInstanceOf(StoreUnavailableException.class);
    assertAnswer(next, "next");
    assertThat(impatient.held()).isZero();
  }

  @Test
  void tenThousandWhoShareALoadFitOnTheStack() throws InterruptedException {
    Supplier<CompletionStage<String>> atOnce =
        () -> {
          count.incrementAndGet();
          return done("at once");
        };
    CompletableFuture<String> first = ask(KEY);
    List<CompletableFuture<String>> asked = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      // Each asks again as soon as it is answered, as a refresh does.
      asked.add(
          loads
              .ask(KEY, atOnce, LoadsTest::waits)
              .thenCompose(_ -> loads.ask(KEY, atOnce, LoadsTest::waits))
              .toCompletableFuture());
    }

    begun().complete("first");
    assertAnswer(first, "first");
    asked.forEach(each -> assertAnswer(each, "at once"));
  }

  @Test
  void aStoreThatAnswersAtOnceIsAskedOnTheThreadThatAsks() {
    Thread asking = Thread.currentThread();
    List<Thread> threads = new ArrayList<>();
    CompletableFuture<String> asked =
        loads
            .ask(
                KEY,
                () -> {
                  threads.add(Thread.currentThread());
                  return done("at once");
                },
                LoadsTest::waits)
            .toCompletableFuture();
    assertThat(asked).isCompletedWithValue("at once");
    assertThat(threads).containsExactly(asking);
  }

  @Test
  void theNextLoadIsBegunOnAnotherThreadThanTheOneThatEndedTheLast() throws InterruptedException {
    BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
    CompletableFuture<String> first = ask(KEY);
    CompletableFuture<String> next =
        loads
            .ask(
                KEY,
                () -> {
                  threads.add(Thread.currentThread());
                  return done("next");
                },
                LoadsTest::waits)
            .toCompletableFuture();

    begun().complete("first");
    assertAnswer(first, "first");
    assertAnswer(next, "next");
    assertThat(threads).doesNotContain(Thread.currentThread());
  }

  private static CompletionStage<String> done(String answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
