package dev.limen.session.memory;

import static dev.limen.session.SessionFixtures.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import dev.limen.session.SessionStoreContract;
import dev.limen.session.StoreUnavailableException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What the store in this process adds to what every store promises. */
class MemoryStoreTest extends SessionStoreContract {
  private static final long HOUR = 3_600_000;

  private final MemoryStore store = new MemoryStore();

  @Override
  protected SessionStore store() {
    return store;
  }

  @Test
  void theNumberOfSessionsFollowsWhatHappens() {
    SealedSession one = session(SessionSecret.random().key(), 1, "one");
    SealedSession two = session(SessionSecret.random().key(), 1, "two");
    answer(store.create(one));
    answer(store.create(one));
    answer(store.create(two));
    assertThat(store.count()).isEqualTo(2);

    answer(store.replace(session(one.key(), 2, "renewed"), 1));
    assertThat(store.count()).isEqualTo(2);

    answer(store.revocations().bury(one.key(), LIFE));
    answer(store.revocations().bury(one.key(), LIFE));
    assertThat(store.count()).isEqualTo(1);
  }

  @Test
  void aSweepForgetsWhatHasReachedItsEndAndNothingBefore() {
    SessionKey early = SessionSecret.random().key();
    SessionKey late = SessionSecret.random().key();
    answer(store.create(endingAt(early, 2_000)));
    answer(store.create(endingAt(late, 2_001)));

    assertThat(store.sweep(1_999)).isZero();
    assertThat(store.sweep(2_000)).isEqualTo(1);

    assertThat(answer(store.load(early))).isNull();
    assertThat(answer(store.load(late))).isNotNull();
    assertThat(store.count()).isEqualTo(1);
  }

  @Test
  void atTheLimitALoginFitsAndOnePastItIsRefusedAndNobodyIsForgotten() {
    MemoryStore small = new MemoryStore(HOUR, 2);
    SealedSession one = session(SessionSecret.random().key(), 1, "one");
    SealedSession two = session(SessionSecret.random().key(), 1, "two");
    assertThat(answer(small.create(one))).isTrue();
    assertThat(answer(small.create(two))).isTrue();

    assertThatThrownBy(
            () -> answer(small.create(session(SessionSecret.random().key(), 1, "three"))))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessage("store create failed: full, maxSessions=2");

    assertThat(answer(small.load(one.key()))).isNotNull();
    assertThat(answer(small.load(two.key()))).isNotNull();
    assertThat(small.count()).isEqualTo(2);
  }

  @Test
  void aFullStoreMakesRoomOfWhatHasReachedItsEnd() {
    MemoryStore small = new MemoryStore(HOUR, 1);
    answer(small.create(endingAt(SessionSecret.random().key(), 500)));

    assertThat(answer(small.create(session(SessionSecret.random().key(), 1, "two")))).isTrue();

    assertThat(small.count()).isEqualTo(1);
  }

  @Test
  void aFullStoreOfIdleSessionsTakesANewLogin() {
    MemoryStore small = new MemoryStore(HOUR, 2);
    answer(small.create(seenAt(0)));
    answer(small.create(seenAt(0)));

    assertThat(answer(small.create(seenAt(HOUR + 1)))).isTrue();

    assertThat(small.count()).isEqualTo(1);
  }

  @Test
  void aSessionMayBeIdleForAsLongAsItMayAndNotAMillisecondMore() {
    MemoryStore idling = new MemoryStore(HOUR, 10);
    SealedSession session = seenAt(1_000);
    answer(idling.create(session));

    assertThat(idling.sweep(1_000 + HOUR)).isZero();
    answer(idling.touch(session.key(), 2_000));
    assertThat(idling.sweep(1_000 + HOUR + 1)).isZero();
    assertThat(idling.count()).isEqualTo(1);

    assertThat(idling.sweep(2_000 + HOUR + 1)).isEqualTo(1);
    assertThat(idling.count()).isZero();
  }

  @Test
  void aFullStoreIsSearchedForRoomOnceASecondAndNotByEveryLogin() {
    MemoryStore small = new MemoryStore(HOUR, 1);
    answer(small.create(seenAt(1_000)));
    assertThatIsRefused(small, seenAt(1_000 + HOUR));

    assertThatIsRefused(small, seenAt(1_000 + HOUR + MemoryStore.SWEEP_INTERVAL_MILLIS - 1));

    SealedSession later = seenAt(1_000 + HOUR + MemoryStore.SWEEP_INTERVAL_MILLIS);
    assertThat(answer(small.create(later))).isTrue();
  }

  @Test
  void aClockThatIsSetBackDoesNotEndTheSearchForRoom() {
    MemoryStore small = new MemoryStore(HOUR, 1);
    SealedSession held = seenAt(9 * HOUR);
    answer(small.create(held));
    assertThatIsRefused(small, seenAt(9 * HOUR));
    answer(small.revocations().bury(held.key(), LIFE));
    answer(small.create(seenAt(HOUR)));

    assertThat(answer(small.create(seenAt(3 * HOUR)))).isTrue();
  }

  @Test
  void everyAnswerIsThereAtOnce() {
    assertThat(store.load(SessionSecret.random().key()).toCompletableFuture()).isDone();
    assertThat(store.ping().toCompletableFuture()).isDone();
  }

  @Test
  void aNoteOfUseThatComesLateDoesNotGoBack() {
    SealedSession session = session(SessionSecret.random().key(), 1, "one");
    answer(store.create(session));

    answer(store.touch(session.key(), 5_000));
    answer(store.touch(session.key(), 4_000));

    assertThatHolds(session.key(), session.seenAt(5_000));
  }

  private static void assertThatIsRefused(MemoryStore full, SealedSession session) {
    assertThatThrownBy(() -> answer(full.create(session)))
        .cause()
        .isInstanceOf(StoreUnavailableException.class)
        .hasMessageContaining("full");
  }

  private static SealedSession seenAt(long seenAtMillis) {
    return new SealedSession(
        SessionSecret.random().key(), new byte[1], new byte[1], 1, 1, Long.MAX_VALUE, seenAtMillis);
  }

  private static SealedSession endingAt(SessionKey key, long endMillis) {
    return new SealedSession(key, new byte[1], new byte[1], 1, 1, endMillis, 100);
  }
}
