package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.oidc.TokenOutcome;
import dev.limen.session.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How many renewals there are at one provider at a time. */
final class RefreshTurnsTest {
  private static final long EXPIRED = SessionFixture.NOW + 60_000;
  private static final int LIMIT = 64;

  private final SessionFixture fixture = new SessionFixture();
  private final ConcurrentLinkedQueue<CompletableFuture<TokenOutcome>> presented =
      new ConcurrentLinkedQueue<>();
  private final Refresher refresher =
      new Refresher(
          (_, _) -> {
            CompletableFuture<TokenOutcome> answer = new CompletableFuture<>();
            presented.add(answer);
            return answer;
          },
          fixture.steps,
          fixture.config,
          fixture.metrics,
          Refresher.Limits.STANDARD);

  private List<CompletableFuture<RefreshResult>> refreshes(int count) {
    List<Session> sessions = Stream.generate(fixture::create).limit(count).toList();
    return sessions.stream()
        .map(session -> refresher.refresh(session, EXPIRED).toCompletableFuture())
        .toList();
  }

  private static TokenOutcome granted() {
    return new TokenOutcome.Granted(SessionFixture.alice(), SessionFixture.tokens(2, EXPIRED));
  }

  private void awaitPresented(int count) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (presented.size() < count) {
      assertThat(System.nanoTime()).as("presented in time").isLessThan(end);
      Thread.sleep(1);
    }
  }

  @Test
  void sixtyFourArePresentedAndTheNextWaitsForItsTurn() throws InterruptedException {
    assertThat(fixture.config.refresh().maxInFlight()).isEqualTo(LIMIT);
    List<CompletableFuture<RefreshResult>> results = refreshes(LIMIT + 1);
    assertThat(presented).hasSize(LIMIT);

    presented.element().complete(granted());
    awaitPresented(LIMIT + 1);

    presented.forEach(answer -> answer.complete(granted()));
    for (CompletableFuture<RefreshResult> result : results) {
      assertThat(result.orTimeout(20, TimeUnit.SECONDS).join())
          .isInstanceOf(RefreshResult.Renewed.class);
    }
    assertThat(presented).hasSize(LIMIT + 1);
  }

  @Test
  void thousandsThatWaitInVainEndOneAfterTheOther() {
    List<CompletableFuture<RefreshResult>> results = refreshes(5_000);
    CompletableFuture<?> drained = refresher.drain(EXPIRED).toCompletableFuture();

    presented.forEach(answer -> answer.complete(granted()));

    assertThat(drained.orTimeout(60, TimeUnit.SECONDS)).succeedsWithin(60, TimeUnit.SECONDS);
    assertThat(presented).as("no refresh token of those who waited is spent").hasSize(LIMIT);
    assertThat(results.getLast())
        .isCompletedWithValue(new RefreshResult.Failed(Reason.REFRESH_PENDING));
  }

  @Test
  void turnsAreGivenInTheOrderOfAsking() {
    RefreshTurns turns = new RefreshTurns();
    var _ = turns.take(1);
    List<CompletableFuture<RefreshTurns>> waiting = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      waiting.add(turns.take(1).toCompletableFuture());
    }
    assertThat(turns.waiting()).isEqualTo(3);

    for (CompletableFuture<RefreshTurns> next : waiting) {
      assertThat(next).isNotDone();
      turns.end();
      assertThat(next).succeedsWithin(20, TimeUnit.SECONDS);
      assertThat(turns.underWay()).isEqualTo(1);
    }
    turns.end();
    assertThat(turns.underWay()).isZero();
    assertThat(turns.take(1).toCompletableFuture()).isCompleted();
  }
}
