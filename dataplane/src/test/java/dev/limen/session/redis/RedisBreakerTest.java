package dev.limen.session.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a slow Redis is not asked any more, and how it is found out that it is well again. */
class RedisBreakerTest {
  private final Throwable late = new RedisCommandTimeoutException("planted");

  private final Deque<Runnable> due = new ArrayDeque<>();
  private final List<Long> pauses = new ArrayList<>();
  private final List<CompletableFuture<String>> probes = new ArrayList<>();
  private long nanos = -5;
  private final RedisBreaker breaker =
      new RedisBreaker(
          new RedisBreaker.Time() {
            @Override
            public long nanoTime() {
              return nanos;
            }

            @Override
            public void later(long millis, Runnable task) {
              pauses.add(millis);
              due.add(task);
            }
          },
          () -> {
            CompletableFuture<String> probe = new CompletableFuture<>();
            probes.add(probe);
            return probe;
          });

  private void hear(int times, @Nullable Throwable trouble) {
    for (int i = 0; i < times; i++) {
      breaker.heard(trouble);
    }
  }

  private void open() {
    hear(RedisBreaker.LEAST_CALLS, late);
    assertThat(breaker.isOpen()).isTrue();
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  @Test
  void itIsClosedAtFortyNineLateAnswersInAHundredAndOpenAtFifty() {
    hear(51, null);
    hear(48, late);
    assertThat(breaker.isOpen()).isFalse();
    breaker.heard(late);
    assertThat(breaker.isOpen()).as("49 of 100").isFalse();

    // Beside the one that is too many, the hundred were forgotten.
    pass(RedisBreaker.WINDOW);
    hear(50, null);
    hear(49, late);
    assertThat(breaker.isOpen()).as("49 of 99").isFalse();
    breaker.heard(late);
    assertThat(breaker.isOpen()).as("50 of 100").isTrue();
  }

  @Test
  void oneCallLessThanTheLeastOpensNothingThoughEachWasLate() {
    hear(RedisBreaker.LEAST_CALLS - 1, late);
    assertThat(breaker.isOpen()).isFalse();
    breaker.heard(late);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void whatIsTwoSecondsOldIsForgottenAndWhatIsLessOldIsNot() {
    hear(RedisBreaker.LEAST_CALLS - 1, late);
    pass(RedisBreaker.WINDOW);
    breaker.heard(late);
    assertThat(breaker.isOpen()).isFalse();

    hear(RedisBreaker.LEAST_CALLS - 2, late);
    pass(RedisBreaker.WINDOW.multipliedBy(9).dividedBy(10));
    breaker.heard(late);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void aWindowThatSlidesForgetsSliceBySlice() {
    // Ten calls in each fifth of a second, four of them late.
    for (int slice = 0; slice < 30; slice++) {
      hear(6, null);
      hear(4, late);
      pass(RedisBreaker.WINDOW.dividedBy(10));
      assertThat(breaker.isOpen()).isFalse();
    }
    // 60 of the last 100 were good; each fifth of late ones takes six of those away.
    hear(10, late);
    pass(RedisBreaker.WINDOW.dividedBy(10));
    assertThat(breaker.isOpen()).as("46 of 100").isFalse();
    hear(10, late);
    assertThat(breaker.isOpen()).as("52 of 100").isTrue();
  }

  @Test
  void anErrorOfTheServerIsAnAnswerInTime() {
    Throwable full =
        new CompletionException(new RedisCommandExecutionException("OOM command not allowed"));
    hear(100, full);
    assertThat(breaker.isOpen()).isFalse();
    hear(99, late);
    assertThat(breaker.isOpen()).as("99 of 199").isFalse();
    breaker.heard(late);
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void whatNeverReachedTheServerIsNoCall() {
    hear(100, new RedisException("Request queue size exceeded"));
    hear(100, new RedisConnectionException("refused"));
    hear(100, new IllegalStateException());
    assertThat(breaker.isOpen()).isFalse();
    hear(RedisBreaker.LEAST_CALLS, late);
    assertThat(breaker.isOpen()).as("none of them stands for a good answer").isTrue();
  }

  @Test
  void aDeadlineIsKnownBehindWhateverItIsWrappedIn() {
    hear(RedisBreaker.LEAST_CALLS, new CompletionException(new RedisException(late)));
    assertThat(breaker.isOpen()).isTrue();
  }

  @Test
  void oneProbeAtATimeFindsOutAfterPausesThatGrow() {
    open();
    hear(100, late);
    for (int i = 1; i <= 8; i++) {
      assertThat(due).hasSize(1);
      assertThat(probes).hasSize(i - 1);
      due.remove().run();
      assertThat(probes).hasSize(i);
      assertThat(due).as("nobody else asks meanwhile").isEmpty();
      probes.getLast().completeExceptionally(late);
    }
    long least = RedisBreaker.MIN_PAUSE.toMillis();
    assertThat(pauses.get(0)).isBetween(least, 2 * least);
    assertThat(pauses.get(1)).isBetween(2 * least, 4 * least);
    assertThat(pauses.get(2)).isBetween(4 * least, 8 * least);
    long most = RedisBreaker.MAX_PAUSE.toMillis();
    assertThat(pauses.subList(3, pauses.size()))
        .allSatisfy(pause -> assertThat(pause).isBetween(most / 2, most));
  }

  @Test
  void oneProbeThatIsAnsweredClosesItAndThePausesBeginAnew() {
    open();
    due.remove().run();
    probes.getLast().completeExceptionally(late);
    due.remove().run();
    assertThat(breaker.isOpen()).isTrue();
    probes.getLast().complete("PONG");
    assertThat(breaker.isOpen()).isFalse();
    assertThat(due).isEmpty();

    hear(RedisBreaker.LEAST_CALLS - 1, late);
    assertThat(breaker.isOpen()).as("what opened it before counts no more").isFalse();
    breaker.heard(late);
    assertThat(breaker.isOpen()).isTrue();
    assertThat(pauses.getLast()).isLessThanOrEqualTo(2 * RedisBreaker.MIN_PAUSE.toMillis());
  }

  @Test
  void aProbeThatIsAnsweredWithAnErrorClosesItToo() {
    open();
    due.remove().run();
    probes.getLast().completeExceptionally(new RedisCommandExecutionException("LOADING"));
    assertThat(breaker.isOpen()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLostConnectionClosesItAtOnceAndEndsTheProbes(boolean isUnderWay) {
    open();
    if (isUnderWay) {
      due.remove().run();
    }
    breaker.reset();
    assertThat(breaker.isOpen()).isFalse();
    if (isUnderWay) {
      probes.getLast().completeExceptionally(late);
      assertThat(due).isEmpty();
    } else {
      due.remove().run();
      assertThat(probes).isEmpty();
    }
    assertThat(breaker.isOpen()).isFalse();
  }

  @Test
  void aProbeOfAnEarlierTimeDoesNotCloseWhatOpenedSince() {
    open();
    due.remove().run();
    breaker.reset();
    open();
    probes.getFirst().complete("PONG");
    assertThat(breaker.isOpen()).isTrue();
    assertThat(due).hasSize(1);
  }
}
