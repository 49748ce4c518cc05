package dev.limen.session.memory;

import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.present;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.RefreshLease;
import dev.limen.session.RefreshLeases;
import dev.limen.session.RefreshLeasesContract;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionSecret;
import dev.limen.session.SessionStore;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the leases of one process add to what all leases promise. */
class MemoryLeasesTest extends RefreshLeasesContract {
  private final MemoryStore store = new MemoryStore();

  @Override
  protected SessionStore store() {
    return store;
  }

  @Override
  protected RefreshLeases leases(Duration length) {
    return new MemoryLeases(store, length, MemoryLeases.MAX_NOTES);
  }

  @Test
  void notesAreKeptUpToTheLimitAndThenTheOldestGoes() {
    MemoryLeases two = new MemoryLeases(store, RefreshLeases.LENGTH, 2);
    List<SessionKey> keys =
        Stream.generate(SessionSecret::random).map(SessionSecret::key).limit(3).toList();
    for (SessionKey key : keys) {
      RefreshLease lease = present(two.take(key));
      answer(two.intend(lease, 5));
      answer(two.release(lease));
    }

    assertThat(keys)
        .map(key -> present(two.take(key)).presented())
        .containsExactly(RefreshLease.NOTHING, 5L, 5L);
  }
}
