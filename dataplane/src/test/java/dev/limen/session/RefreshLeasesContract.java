package dev.limen.session;

import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.present;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the leases of every store promise. */
public abstract class RefreshLeasesContract {
  protected static final long END = 4_000_000_000_000L;
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final Duration LIFE = Duration.ofHours(1);
  private static final int RIVALS = 32;

  private SessionKey key = SessionSecret.random().key();

  @BeforeEach
  void takeANewKey() {
    key = SessionSecret.random().key();
  }

  /** Where the records are. */
  protected abstract SessionStore store();

  /** Leases on the same records, each of which ends after {@code length}. */
  protected abstract RefreshLeases leases(Duration length);

  private RefreshLeases leases() {
    return store().leases();
  }

  private RefreshLease taken() {
    return present(leases().take(key));
  }

  private static SealedSession session(SessionKey key, long version) {
    return new SealedSession(
        key, ("tokens " + version).getBytes(UTF_8), new byte[1], version, version, END, 1_000);
  }

  private SealedSession filed() {
    SealedSession session = session(key, 1);
    assertThat(answer(store().create(session))).isTrue();
    return session;
  }

  private long versionNow() {
    return Objects.requireNonNull(answer(store().load(key))).version();
  }

  /** One that ended by itself before this comes back. */
  private RefreshLease endedOf(RefreshLeases brief) throws InterruptedException {
    RefreshLease lease = present(brief.take(key));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (answer(brief.renew(lease))) {
      assertThat(System.nanoTime()).as("it ends by itself").isLessThan(deadline);
      Thread.sleep(2 * SHORT.toMillis());
    }
    return lease;
  }

  @Test
  void oneHoldsItAndTheNextOneHasToWaitForItsEnd() {
    RefreshLease lease = taken();
    assertThat(answer(leases().take(key))).isNull();

    answer(leases().release(lease));

    assertThat(answer(leases().take(key))).isNotNull();
  }

  @Test
  void ofManyWhoWantItAtOnceExactlyOneGetsIt() {
    List<CompletableFuture<RefreshLease>> asked =
        IntStream.range(0, RIVALS)
            .mapToObj(_ ->
                CompletableFuture.supplyAsync(
                    () -> answer(leases().take(key)), Thread.ofVirtual()::start))
            .toList();

    assertThat(asked.stream().map(each -> answer(each)).filter(Objects::nonNull)).hasSize(1);
  }

  @Test
  void sessionsHaveLeasesOfTheirOwn() {
    taken();
    assertThat(answer(leases().take(SessionSecret.random().key()))).isNotNull();
  }

  @Test
  @DisplayName("I3: each lease has a greater fence than the one before, and another owner")
  void theNextLeaseHasAGreaterFenceAndAnotherOwner() {
    RefreshLease first = taken();
    answer(leases().release(first));
    RefreshLease second = taken();

    assertThat(second.fence()).isGreaterThan(first.fence());
    assertThat(second.owner()).isNotEqualTo(first.owner());
  }

  @Test
  void whoHoldsItMayRenewReplaceAndDelete() {
    filed();
    RefreshLease lease = taken();

    assertThat(answer(leases().renew(lease))).isTrue();
    assertThat(answer(leases().replace(lease, session(key, 2), 1))).isTrue();
    assertThat(versionNow()).isEqualTo(2);
    assertThat(answer(leases().delete(lease, 2, LIFE))).isTrue();
    assertThat(answer(store().load(key))).isNull();
  }

  @Test
  void aRecordThatMovedOnIsNeitherReplacedNorDeleted() {
    filed();
    RefreshLease lease = taken();

    assertThat(answer(leases().replace(lease, session(key, 4), 3))).isFalse();
    assertThat(answer(leases().delete(lease, 3, LIFE))).isFalse();

    assertThat(versionNow()).isEqualTo(1);
  }

  @Test
  @DisplayName("I4: a record that is gone is not written again, whoever holds the lease")
  void aRecordThatIsGoneStaysAway() {
    filed();
    RefreshLease lease = taken();
    answer(store().revocations().bury(key, LIFE));

    assertThat(answer(leases().replace(lease, session(key, 2), 1))).isFalse();
    assertThat(answer(leases().delete(lease, 1, LIFE))).isFalse();

    assertThat(answer(store().load(key))).isNull();
  }

  @Test
  @DisplayName("I3: a lease that was given back writes nothing, also while nobody has the next")
  void aLeaseThatWasGivenBackWritesNothing() {
    filed();
    RefreshLease lease = taken();
    answer(leases().release(lease));

    assertThatItWritesNothing(leases(), lease);
  }

  @Test
  @DisplayName("I3: a lease that was given back writes nothing, and does not end the next")
  void aLeaseThatWasGivenBackLeavesTheNextAlone() {
    filed();
    RefreshLease old = taken();
    answer(leases().release(old));
    RefreshLease next = taken();

    assertThatItWritesNothing(leases(), old);
    answer(leases().release(old));

    assertThat(answer(leases().take(key))).as("what was given back was not its own").isNull();
    assertThat(answer(leases().replace(next, session(key, 2), 1))).isTrue();
  }

  @Test
  @DisplayName("I3: a lease that ended by itself writes nothing, and somebody else gets the next")
  void aLeaseThatEndedByItselfWritesNothing() throws InterruptedException {
    filed();
    RefreshLeases brief = leases(SHORT);
    RefreshLease lease = endedOf(brief);

    assertThatItWritesNothing(brief, lease);
    assertThat(answer(brief.take(key))).isNotNull();
    assertThatItWritesNothing(brief, lease);
  }

  private void assertThatItWritesNothing(RefreshLeases leases, RefreshLease lease) {
    assertThat(answer(leases.renew(lease))).isFalse();
    assertThat(answer(leases.intend(lease, 9))).isFalse();
    assertThat(answer(leases.replace(lease, session(key, 2), 1))).isFalse();
    assertThat(answer(leases.delete(lease, 1, LIFE))).isFalse();
    assertThat(versionNow()).isEqualTo(1);
  }

  @Test
  void whatWasPresentedIsKnownToTheNextHolder() {
    RefreshLease first = taken();
    assertThat(first.presented()).isEqualTo(RefreshLease.NOTHING);
    assertThat(answer(leases().intend(first, 7))).isTrue();
    answer(leases().release(first));

    RefreshLease second = taken();

    assertThat(second.presented()).isEqualTo(7);
  }

  @Test
  void whatIsInNoDoubtIsNotToldToTheNextHolder() {
    RefreshLease first = taken();
    answer(leases().intend(first, 7));
    assertThat(answer(leases().intend(first, RefreshLease.NOTHING))).isTrue();
    answer(leases().release(first));

    assertThat(taken().presented()).isEqualTo(RefreshLease.NOTHING);
  }
}
