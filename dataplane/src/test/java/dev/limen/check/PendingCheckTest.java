package dev.limen.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One question, one answer. */
@Timeout(30)
class PendingCheckTest {
  private static final Decision DENY = new Decision.Deny(401, Reason.NO_SESSION);

  private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
  private final List<String> written = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    loop.shutdownNow();
  }

  private PendingCheck ask(CheckHandler handler, long millis) throws Exception {
    CheckRequest request =
        new CheckRequest(
            new byte[0],
            new CheckRequest.Target(0, 0, 0, 0),
            System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis));
    return loop.submit(
            () -> {
              PendingCheck pending = new PendingCheck(loop, this::write);
              pending.ask(handler, request);
              return pending;
            })
        .get();
  }

  private void write(Decision decision) {
    written.add(Decision.label(decision));
    threads.add(Thread.currentThread());
  }

  private void settle() throws Exception {
    loop.submit(() -> {}).get();
  }

  @Test
  @DisplayName("an answer on the asking thread is written before ask returns")
  void anAnswerOnTheAskingThreadIsWrittenAtOnce() throws Exception {
    ask((request, listener) -> listener.onDecision(DENY), 10_000);

    assertThat(written).containsExactly("no_session");
  }

  @Test
  @DisplayName("an answer from another thread is written on the asking one")
  void anAnswerFromAnotherThreadIsWrittenOnTheAskingOne() throws Exception {
    PendingCheck pending = ask((request, listener) -> {}, 10_000);
    pending.onDecision(DENY);
    settle();

    assertThat(written).containsExactly("no_session");
    assertThat(threads).doesNotContain(Thread.currentThread());
  }

  @Test
  @DisplayName("only the first answer is written")
  void onlyTheFirstAnswerIsWritten() throws Exception {
    PendingCheck pending =
        ask(
            (request, listener) -> {
              listener.onDecision(DENY);
              listener.onDecision(DENY);
              throw new IllegalStateException("planted");
            },
            10_000);
    pending.onDecision(DENY);
    settle();

    assertThat(written).containsExactly("no_session");
  }

  @Test
  @DisplayName("a handler that throws is an internal error")
  void aHandlerThatThrowsIsAnInternalError() throws Exception {
    ask(
        (request, listener) -> {
          throw new IllegalStateException("planted");
        },
        10_000);

    assertThat(written).containsExactly("internal_error");
  }

  @Test
  @DisplayName("past the deadline the answer is that it took too long")
  void pastTheDeadlineTheAnswerIsThatItTookTooLong() throws Exception {
    PendingCheck pending = ask((request, listener) -> {}, 0);
    for (int i = 0; i < 2_000 && written.isEmpty(); i++) {
      loop.schedule(() -> {}, 1, TimeUnit.MILLISECONDS).get();
    }
    pending.onDecision(DENY);
    settle();

    assertThat(written).containsExactly("deadline_exceeded");
  }

  @Test
  @DisplayName("nothing is written to who is gone")
  void nothingIsWrittenToWhoIsGone() throws Exception {
    PendingCheck pending = ask((request, listener) -> {}, 10_000);
    loop.submit(pending::cancel).get();
    pending.onDecision(DENY);
    settle();

    assertThat(written).isEmpty();
  }

  @Test
  @DisplayName("a writer that throws is given 503 once more, and never a third answer")
  void aWriterThatThrowsIsGiven503OnceMore() throws Exception {
    loop.submit(
            () -> {
              PendingCheck pending =
                  new PendingCheck(
                      loop,
                      decision -> {
                        write(decision);
                        throw new IllegalStateException("planted");
                      });
              pending.onDecision(DENY);
            })
        .get();

    assertThat(written).containsExactly("no_session", "internal_error");
  }

  @Test
  @DisplayName("no decision at all is an internal error")
  @SuppressWarnings("NullAway") // What is tested breaks the contract.
  void noDecisionAtAllIsAnInternalError() throws Exception {
    ask((request, listener) -> listener.onDecision(null), 10_000);

    assertThat(written).containsExactly("internal_error");
  }

  @Test
  @DisplayName("who cancels learns whether the answer was still to come")
  void whoCancelsLearnsWhetherTheAnswerWasToCome() throws Exception {
    PendingCheck waiting = ask((request, listener) -> {}, 10_000);
    PendingCheck answered = ask((request, listener) -> listener.onDecision(DENY), 10_000);

    assertThat(loop.submit(waiting::cancel).get()).isTrue();
    assertThat(loop.submit(waiting::cancel).get()).isFalse();
    assertThat(loop.submit(answered::cancel).get()).isFalse();
  }

  @Test
  @DisplayName("an answer after the loop has ended harms nobody")
  void anAnswerAfterTheLoopHasEndedHarmsNobody() throws Exception {
    PendingCheck pending = ask((request, listener) -> {}, 10_000);
    loop.shutdownNow();
    pending.onDecision(DENY);

    assertThat(written).isEmpty();
  }

  @Test
  @DisplayName("A87 who decides sees that the client is gone, or that its time is over")
  void whoDecidesSeesThatTheClientIsGone() throws Exception {
    PendingCheck waiting = ask((request, listener) -> {}, 10_000);
    assertThat(waiting.isCancelled()).isFalse();
    loop.submit(waiting::cancel).get();
    PendingCheck late = ask((request, listener) -> {}, 0);
    for (int i = 0; i < 2_000 && written.isEmpty(); i++) {
      loop.schedule(() -> {}, 1, TimeUnit.MILLISECONDS).get();
    }

    assertThat(waiting.isCancelled()).isTrue();
    assertThat(late.isCancelled()).isTrue();
  }
}
