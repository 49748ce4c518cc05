package dev.limen.session.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import java.time.Duration;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Sessions whose keys share every short hash: nothing here is filed under less than 256 bits.
 *
 * <p>The list asks for 10,000,000 pairs, each made to collide. So many are compared, which is what
 * every map here rests on; fewer of them go through the store.
 */
class CollidingKeysTest {
  private static final int PAIRS = 10_000_000;
  private static final int STORED_PAIRS = 100_000;

  private final RandomGenerator random =
      RandomGeneratorFactory.of("Xoroshiro128PlusPlus").create(20261126);

  /** Bytes whose hash stays within an int's, whatever the next two do. */
  private byte[] someBytes() {
    byte[] bytes = new byte[SessionKey.LENGTH];
    random.nextBytes(bytes);
    bytes[10] = (byte) random.nextInt(0, 100);
    bytes[11] = (byte) random.nextInt(0, 100);
    return bytes;
  }

  /** Of a hash that multiplies by 31, one more here and 31 less in the next byte is nothing. */
  private static SessionKey colliding(byte[] bytes) {
    byte[] other = bytes.clone();
    other[10]++;
    other[11] = (byte) (other[11] - 31);
    return SessionKey.of(other);
  }

  @Test
  @DisplayName("A73 ten million pairs of keys share a short hash, and no two of them are the same")
  void noTwoKeysThatShareAHashAreTheSame() {
    byte[] bytes = someBytes();
    for (int pair = 0; pair < PAIRS; pair++) {
      bytes[pair & 7]++;
      bytes[16 + (pair >> 3 & 7)] ^= (byte) pair;
      SessionKey one = SessionKey.of(bytes);
      SessionKey other = colliding(bytes);
      if (one.hashCode() != other.hashCode() || one.equals(other) || other.equals(one)) {
        assertThat(other).as("seed 20261126").hasSameHashCodeAs(one).isNotEqualTo(one);
      }
    }
  }

  @Test
  @DisplayName("A73 two sessions whose keys share a short hash each get their own")
  void twoSessionsWhoseKeysShareAHashEachGetTheirOwn() {
    MemoryStore store = new MemoryStore();
    for (int pair = 0; pair < STORED_PAIRS; pair++) {
      byte[] bytes = someBytes();
      eachGetsItsOwn(store, SessionKey.of(bytes), colliding(bytes));
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
