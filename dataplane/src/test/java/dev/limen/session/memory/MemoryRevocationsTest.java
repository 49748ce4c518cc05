package dev.limen.session.memory;

import static dev.limen.session.SessionFixtures.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.session.RevocationContract;
import dev.limen.session.RevocationStore.IndexEntry;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Revocations in this process, and what bounds them. */
class MemoryRevocationsTest extends RevocationContract {
  private static final Duration LIFE = Duration.ofHours(1);

  private final MemoryStore store = new MemoryStore();
  private final MemoryRevocations small = new MemoryRevocations(_ -> false, _ -> -1, 2, 2);

  @Override
  protected SessionStore store() {
    return store;
  }

  private long watermark(String name) {
    return answer(small.marks(SessionSecret.random().key(), List.of(name))).watermark();
  }

  @Test
  void atTheLimitAWatermarkIsRaisedAndOnePastItIsRefusedAndNoneIsForgotten() {
    answer(small.raise("w:1", 0, LIFE));
    answer(small.raise("w:2", 0, LIFE));

    assertThatThrownBy(() -> answer(small.raise("w:3", 0, LIFE)))
        .hasMessageEndingWith("store revoke failed: full, maxWatermarks=2");

    answer(small.raise("w:1", 0, LIFE));
    assertThat(watermark("w:1")).isGreaterThan(watermark("w:2")).isPositive();
    assertThat(watermark("w:3")).isZero();
  }

  @Test
  void aWatermarkIsForgottenWhenItsLifeIsOverAndNotBefore() {
    answer(small.raise("w:1", 0, LIFE));
    small.sweep(1_000);

    small.sweep(1_000 + LIFE.toMillis() - 1);
    assertThat(watermark("w:1")).isPositive();
    small.sweep(1_000 + LIFE.toMillis());
    assertThat(watermark("w:1")).isZero();
  }

  @Test
  void ofTombstonesTheOldestMakesRoomForOnePastTheLimit() {
    List<SessionKey> keys =
        List.of(
            SessionSecret.random().key(),
            SessionSecret.random().key(),
            SessionSecret.random().key());
    small.bury(keys.get(0), LIFE);
    small.bury(keys.get(1), LIFE);
    assertThat(small.hasTombstone(keys.get(0))).isTrue();

    small.bury(keys.get(2), LIFE);

    assertThat(keys.stream().map(small::hasTombstone)).containsExactly(false, true, true);
  }

  @Test
  void anIndexForgetsASessionWithItsRecord() {
    MemoryRevocations marks = (MemoryRevocations) store.revocations();
    for (int end = 1; end <= 3; end++) {
      SessionKey key = SessionSecret.random().key();
      answer(marks.add(new IndexEntry(key, end), List.of("u:a", "i:b"), LIFE));
      answer(store.create(new SealedSession(key, new byte[1], new byte[1], 1, 1, end, 0)));
    }
    assertThat(marks.indexed()).isEqualTo(6);

    store.sweep(1);
    assertThat(marks.indexed()).isEqualTo(4);
    SessionKey last = answer(marks.list(List.of("u:a"), 1)).getFirst().entry().key();
    answer(store.delete(last, 1, LIFE));
    assertThat(marks.indexed()).isEqualTo(2);
  }

  @Test
  void anIndexForgetsASessionThatAFullStoreRefused() {
    MemoryStore full = new MemoryStore(LIFE.toMillis(), 0);
    MemoryRevocations marks = (MemoryRevocations) full.revocations();
    SessionKey key = SessionSecret.random().key();
    answer(marks.add(new IndexEntry(key, 1), List.of("u:a"), LIFE));

    assertThatThrownBy(
            () -> answer(full.create(new SealedSession(key, new byte[1], new byte[1], 1, 1, 9, 0))))
        .hasMessageContaining("full");

    assertThat(marks.indexed()).isZero();
  }
}
