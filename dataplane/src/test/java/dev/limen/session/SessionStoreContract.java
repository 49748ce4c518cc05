package dev.limen.session;

import static dev.limen.session.SessionFixtures.answer;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.Revocations.Revoked;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every store promises; each has a test class that adds what is its own. */
public abstract class SessionStoreContract {
  /** Far enough away that no clock of a test machine reaches it. */
  protected static final long END = 4_000_000_000_000L;

  /** How long a tombstone of a test stands. */
  protected static final Duration LIFE = Duration.ofHours(1);

  private static final int RIVALS = 32;

  /** The store, empty or not: each test has keys of its own. */
  protected abstract SessionStore store();

  @Test
  void aSessionComesBackAsItWasFiled() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");

    assertThat(answer(store().create(session))).isTrue();

    assertThatHolds(session.key(), session);
  }

  @Test
  void anyBytesAndAnyLengthComeBack() {
    byte[] allBytes = new byte[256];
    for (int i = 0; i < allBytes.length; i++) {
      allBytes[i] = (byte) i;
    }
    byte[] longest = new byte[SealedSession.MAX_VALUE_LENGTH];
    SessionKey key = SessionSecret.random().key();
    SealedSession session = new SealedSession(key, allBytes, longest, 1, 1, END, 1_000);

    assertThat(answer(store().create(session))).isTrue();

    assertThatHolds(key, session);
  }

  @Test
  void aOneTimeTokenIsSpentOnceByWhoeverComesFirst() {
    TokenMark mark = TokenMark.of("https://id.example", SessionSecret.random().key().hex());
    assertThat(answer(store().spentTokens().isSpent(mark))).isFalse();
    List<CompletableFuture<Boolean>> rivals =
        IntStream.range(0, RIVALS)
            .mapToObj(_ -> store().spentTokens().spend(mark, END, END - 1).toCompletableFuture())
            .toList();

    assertThat(rivals.stream().filter(each -> answer(each))).hasSize(1);
    assertThat(answer(store().spentTokens().isSpent(mark))).isTrue();
    assertThat(answer(store().spentTokens().spend(mark, END, END - 1))).isFalse();
  }

  @Test
  void aKeyThatWasNeverFiledIsNoSession() {
    assertThat(answer(store().load(SessionSecret.random().key()))).isNull();
  }

  @Test
  void aTakenKeyIsRefusedAndTheFirstRecordStays() {
    SealedSession first = session(SessionSecret.random().key(), 1, "first");
    answer(store().create(first));

    assertThat(answer(store().create(session(first.key(), 1, "second")))).isFalse();

    assertThatHolds(first.key(), first);
  }

  @Test
  void aRecordIsReplacedAtTheVersionThatWasRead() {
    SealedSession first = session(SessionSecret.random().key(), 1, "first");
    SealedSession second = session(first.key(), 2, "second");
    answer(store().create(first));

    assertThat(answer(store().replace(second, 1))).isTrue();

    assertThatHolds(first.key(), second);
  }

  @Test
  void aRecordThatMovedOnIsNotReplaced() {
    SealedSession first = session(SessionSecret.random().key(), 1, "first");
    SealedSession second = session(first.key(), 2, "second");
    answer(store().create(first));
    answer(store().replace(second, 1));

    assertThat(answer(store().replace(session(first.key(), 2, "late"), 1))).isFalse();
    assertThat(answer(store().replace(session(first.key(), 4, "early"), 3))).isFalse();

    assertThatHolds(first.key(), second);
  }

  @Test
  void aReplacementNeverCreates() {
    SessionKey key = SessionSecret.random().key();

    assertThat(answer(store().replace(session(key, 2, "renewed"), 1))).isFalse();

    assertThat(answer(store().load(key))).isNull();
  }

  @Test
  void whatWasDeletedStaysAwayWhateverComesLater() {
    SealedSession first = session(SessionSecret.random().key(), 1, "first");
    answer(store().create(first));
    answer(store().revocations().bury(first.key(), LIFE));

    assertThat(answer(store().replace(session(first.key(), 2, "late"), 1))).isFalse();
    answer(store().touch(first.key(), 5_000));

    assertThat(answer(store().load(first.key()))).isNull();
  }

  @Test
  void whatIsNotThereCanBeDeleted() {
    Revoked buried = answer(store().revocations().bury(SessionSecret.random().key(), LIFE));

    assertThat(buried.ended()).isZero();
  }

  @Test
  void aRecordIsDeletedAtTheVersionThatWasRead() {
    SealedSession session = session(SessionSecret.random().key(), 3, "third");
    answer(store().create(session));
    answer(store().touch(session.key(), 5_000));

    assertThat(answer(store().delete(session.key(), 3, LIFE))).isTrue();

    assertThat(answer(store().load(session.key()))).isNull();
    assertThat(answer(store().create(session))).as("it has a tombstone").isFalse();
  }

  @Test
  void aRecordThatMovedOnIsNotDeleted() {
    SealedSession first = session(SessionSecret.random().key(), 1, "first");
    SealedSession second = session(first.key(), 2, "second");
    answer(store().create(first));
    answer(store().replace(second, 1));

    assertThat(answer(store().delete(first.key(), 1, LIFE))).isFalse();
    assertThat(answer(store().delete(first.key(), 3, LIFE))).isFalse();

    assertThatHolds(first.key(), second);
  }

  @Test
  void whatIsNotThereIsNotDeletedAtAVersion() {
    assertThat(answer(store().delete(SessionSecret.random().key(), 1, LIFE))).isFalse();
  }

  @Test
  void ofAReplacementAndADeletionAtOnceExactlyOneWins() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      SealedSession first = session(SessionSecret.random().key(), 1, "first");
      answer(store().create(first));

      List<Integer> winners =
          winners(rival ->
              rival % 2 == 0
                  ? store().delete(first.key(), 1, LIFE)
                  : store().replace(session(first.key(), 2, "rival " + rival), 1));

      assertThat(winners).hasSize(1);
      boolean isDeleted = winners.getFirst() % 2 == 0;
      assertThat(answer(store().load(first.key())) == null).isEqualTo(isDeleted);
    }
  }

  @Test
  void aTouchMovesTheNoteOfUseAndNothingElse() {
    SealedSession session = session(SessionSecret.random().key(), 1, "first");
    answer(store().create(session));

    answer(store().touch(session.key(), 5_000));

    assertThatHolds(session.key(), session.seenAt(5_000));
    assertThat(answer(store().replace(session(session.key(), 2, "second"), 1))).isTrue();
  }

  @Test
  void aTouchNeverCreates() {
    SessionKey key = SessionSecret.random().key();

    answer(store().touch(key, 5_000));

    assertThat(answer(store().load(key))).isNull();
    SealedSession session = session(key, 1, "first");
    answer(store().create(session));
    assertThatHolds(key, session);
  }

  @Test
  void ofManyReplacementsAtOnceExactlyOneWins() throws InterruptedException {
    SealedSession first = session(SessionSecret.random().key(), 1, "first");
    answer(store().create(first));

    List<Integer> winners =
        winners(rival -> store().replace(session(first.key(), 2, "rival " + rival), 1));

    assertThat(winners).hasSize(1);
    assertThatHolds(first.key(), session(first.key(), 2, "rival " + winners.getFirst()));
  }

  @Test
  void ofManyCreationsAtOnceExactlyOneWins() throws InterruptedException {
    SessionKey key = SessionSecret.random().key();

    List<Integer> winners = winners(rival -> store().create(session(key, 1, "rival " + rival)));

    assertThat(winners).hasSize(1);
    assertThatHolds(key, session(key, 1, "rival " + winners.getFirst()));
  }

  @Test
  void aStoreThatIsThereAnswersAPing() {
    answer(store().ping());
  }

  /** One of many that want the same. */
  private interface Rival {
    CompletionStage<Boolean> strike(int number);
  }

  private static List<Integer> winners(Rival rival) throws InterruptedException {
    CountDownLatch start = new CountDownLatch(1);
    List<CompletableFuture<Boolean>> outcomes =
        IntStream.range(0, RIVALS).mapToObj(_ -> new CompletableFuture<Boolean>()).toList();
    List<Thread> threads = new ArrayList<>();
    for (int number = 0; number < RIVALS; number++) {
      int own = number;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  start.await();
                  outcomes.get(own).complete(answer(rival.strike(own)));
                } catch (InterruptedException | RuntimeException e) {
                  outcomes.get(own).completeExceptionally(e);
                }
              }));
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    return IntStream.range(0, RIVALS)
        .filter(number -> outcomes.get(number).join())
        .boxed()
        .toList();
  }

  /** A record of a test; nothing in it is sealed, since no store looks inside. */
  protected static SealedSession session(SessionKey key, long version, String tokens) {
    return new SealedSession(
        key, tokens.getBytes(UTF_8), "who".getBytes(UTF_8), version, version + 10, END, 1_000);
  }

  /** Asserts that the store answers with {@code expected} for {@code key}. */
  protected void assertThatHolds(SessionKey key, SealedSession expected) {
    SealedSession loaded = SessionFixtures.present(store().load(key));
    assertThat(loaded.key()).isEqualTo(expected.key());
    assertThat(loaded.tokens()).isEqualTo(expected.tokens());
    assertThat(loaded.metadata()).isEqualTo(expected.metadata());
    assertThat(loaded.version()).isEqualTo(expected.version());
    assertThat(loaded.generation()).isEqualTo(expected.generation());
    assertThat(loaded.lastSeenAtMillis()).isEqualTo(expected.lastSeenAtMillis());
  }
}
