package dev.limen.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.bytes.Span;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How many checks wait at once. */
class WaitingRoomTest {
  private static final int SEATS = 3;
  private static final Decision DENY = new Decision.Deny(401, Reason.NO_SESSION);
  private static final CheckRequest REQUEST =
      new CheckRequest(
          new byte[0],
          new CheckRequest.Target(Span.ABSENT, Span.ABSENT, Span.ABSENT, Span.ABSENT),
          0);

  private final List<DecisionListener> asked = new ArrayList<>();
  private final List<Decision> answers = new ArrayList<>();
  private final WaitingRoom room =
      new WaitingRoom((request, listener) -> asked.add(listener), SEATS);

  private void ask() {
    room.authorize(REQUEST, answers::add);
  }

  @Test
  @DisplayName("as many wait as there are seats, one more is 503 at once and nobody is asked")
  void asManyWaitAsThereAreSeats() {
    for (int i = 0; i < SEATS; i++) {
      ask();
    }
    assertThat(answers).isEmpty();
    ask();

    assertThat(answers).containsExactly(new Decision.Unavailable(Reason.OVERLOADED));
    assertThat(asked).hasSize(SEATS);
    assertThat(room.waiting()).isEqualTo(SEATS);
  }

  @Test
  @DisplayName("an answer gives its seat back, once however often it is given")
  void anAnswerGivesItsSeatBack() {
    for (int i = 0; i < SEATS; i++) {
      ask();
    }
    asked.getFirst().onDecision(DENY);
    asked.getFirst().onDecision(DENY);
    assertThat(room.waiting()).isEqualTo(SEATS - 1);
    ask();
    ask();

    assertThat(asked).hasSize(SEATS + 1);
    assertThat(answers).last().isEqualTo(new Decision.Unavailable(Reason.OVERLOADED));
  }

  @Test
  @DisplayName("a check that is answered at once never waits")
  void aCheckThatIsAnsweredAtOnceNeverWaits() {
    WaitingRoom quick = new WaitingRoom((request, listener) -> listener.onDecision(DENY), 1);
    for (int i = 0; i < 10; i++) {
      quick.authorize(REQUEST, answers::add);
    }

    assertThat(answers).hasSize(10).containsOnly(DENY);
    assertThat(quick.waiting()).isZero();
  }

  @Test
  @DisplayName("a handler that throws gives its seat back")
  void aHandlerThatThrowsGivesItsSeatBack() {
    WaitingRoom broken =
        new WaitingRoom(
            (request, listener) -> {
              throw new IllegalStateException("planted");
            },
            1);

    assertThatThrownBy(() -> broken.authorize(REQUEST, answers::add))
        .isInstanceOf(IllegalStateException.class);
    assertThat(broken.waiting()).isZero();
  }

  @Test
  @DisplayName("who decides sees that nobody waits any more, and the seat is kept until it answers")
  void whoDecidesSeesThatNobodyWaits() {
    boolean[] gone = {false};
    room.authorize(
        REQUEST,
        new DecisionListener() {
          @Override
          public void onDecision(Decision decision) {
            answers.add(decision);
          }

          @Override
          public boolean isCancelled() {
            return gone[0];
          }
        });
    assertThat(asked.getFirst().isCancelled()).isFalse();
    gone[0] = true;

    assertThat(asked.getFirst().isCancelled()).isTrue();
    assertThat(room.waiting()).isEqualTo(1);
    asked.getFirst().onDecision(DENY);
    assertThat(room.waiting()).isZero();
  }
}
