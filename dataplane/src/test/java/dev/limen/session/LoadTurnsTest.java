package dev.limen.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.metrics.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How many loads there are at the store at a time, and how long the others wait. */
class LoadTurnsTest {
  private static final int LIMIT = SessionFixtures.config().store().maxLoads();
  private static final long FIFTY_MILLIS = Duration.ofMillis(50).toNanos();

  private final ManualTime time = new ManualTime();
  private final Metrics metrics = new Metrics();
  private final LoadTurns turns = new LoadTurns(LIMIT, metrics, time, time);

  private CompletableFuture<@Nullable Void> take() {
    return turns.take().toCompletableFuture();
  }

  private List<CompletableFuture<@Nullable Void>> take(int count) {
    return Stream.generate(this::take).limit(count).toList();
  }

  private static void assertGiven(CompletableFuture<@Nullable Void> turn) {
    assertThat(turn).succeedsWithin(20, TimeUnit.SECONDS);
  }

  private static void assertRefused(CompletableFuture<@Nullable Void> turn) {
    assertThat(turn.handle((_, trouble) -> trouble))
        .succeedsWithin(20, TimeUnit.SECONDS)
        .isInstanceOfSatisfying(
            StoreUnavailableException.class,
            refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_OVERLOADED));
  }

  private String scraped() {
    return new String(metrics.scrape(), UTF_8);
  }

  @Test
  void twoHundredAndFiftySixHaveTheirTurnAtOnceAndTheNextWaits() {
    assertThat(LIMIT).isEqualTo(256);
    assertThat(take(LIMIT)).allMatch(CompletableFuture::isDone);
    CompletableFuture<@Nullable Void> next = take();
    assertThat(next).isNotDone();
    assertThat(scraped())
        .contains("limen_store_loads_in_flight 256.0")
        .contains("limen_store_loads_waiting 1.0");

    turns.end();
    assertGiven(next);
    assertThat(scraped())
        .contains("limen_store_loads_in_flight 256.0")
        .contains("limen_store_loads_waiting 0.0");
  }

  @Test
  void aTurnThatNobodyWaitsForIsLeftForTheNext() {
    take(LIMIT);
    turns.end();
    assertThat(turns.underWay()).isEqualTo(LIMIT - 1);
    assertThat(take()).isCompleted();
    assertThat(take()).isNotDone();
  }

  @Test
  void turnsAreGivenInTheOrderOfAsking() {
    take(LIMIT);
    List<CompletableFuture<@Nullable Void>> waiting = take(5);

    for (int i = 0; i < waiting.size(); i++) {
      turns.end();
      assertGiven(waiting.get(i));
      assertThat(waiting.subList(i + 1, waiting.size())).noneMatch(CompletableFuture::isDone);
    }
  }

  @Test
  void aTurnComesAfterFiftyMillisecondsAndNotAfterOneNanosecondMore() {
    take(LIMIT);
    CompletableFuture<@Nullable Void> inTime = take();
    time.pass(1);
    CompletableFuture<@Nullable Void> behindIt = take();
    time.pass(FIFTY_MILLIS - 1);
    turns.end();
    assertGiven(inTime);

    time.pass(1);
    assertThat(behindIt).isNotDone();
    time.pass(1);
    assertRefused(behindIt);
    assertThat(turns.waiting()).isZero();
    assertThat(scraped()).contains("limen_store_loads_refused_total 1.0");
  }

  @Test
  void aTimerThatIsLateGivesNobodyATurnTooLate() {
    take(LIMIT);
    List<CompletableFuture<@Nullable Void>> late = take(2);
    time.passUnnoticed(1);
    CompletableFuture<@Nullable Void> inTime = take();
    time.passUnnoticed(FIFTY_MILLIS);

    turns.end();
    assertGiven(inTime);
    late.forEach(LoadTurnsTest::assertRefused);
    assertThat(turns.underWay()).isEqualTo(LIMIT);
  }

  @Test
  void eachWaitsItsOwnFiftyMillisecondsAndOneTimerServesAll() {
    take(LIMIT);
    CompletableFuture<@Nullable Void> early = take();
    time.pass(FIFTY_MILLIS / 2);
    CompletableFuture<@Nullable Void> later = take();
    assertThat(time.errands()).isEqualTo(1);

    time.pass(FIFTY_MILLIS / 2 + 1);
    assertRefused(early);
    assertThat(later).isNotDone();
    assertThat(time.errands()).isEqualTo(1);

    time.pass(FIFTY_MILLIS / 2);
    assertRefused(later);
    assertThat(time.errands()).as("nobody waits").isZero();
  }

  @Test
  void fourThousandAndSomeWaitAndTheNextIsRefusedAtOnce() {
    take(LIMIT);
    List<CompletableFuture<@Nullable Void>> waiting = take(LoadTurns.MAX_WAITING);
    assertThat(LoadTurns.MAX_WAITING).isEqualTo(4_096);
    assertRefused(take());
    assertThat(waiting).noneMatch(CompletableFuture::isDone);

    turns.end();
    assertGiven(waiting.getFirst());
    assertThat(take()).isNotDone();
  }

  @Test
  void thousandsThatEndAtOnceDoNotEndInsideOneAnother() {
    take(LIMIT);
    List<CompletableFuture<@Nullable Void>> ended = new ArrayList<>();
    for (CompletableFuture<@Nullable Void> each : take(LoadTurns.MAX_WAITING)) {
      ended.add(each.thenRun(turns::end));
    }

    turns.end();
    ended.forEach(LoadTurnsTest::assertGiven);
    assertThat(turns.underWay()).isEqualTo(LIMIT - 1);
  }
}
