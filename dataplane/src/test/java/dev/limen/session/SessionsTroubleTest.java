package dev.limen.session;

import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.present;
import static dev.limen.session.SessionFixtures.renewed;
import static dev.limen.session.SessionFixtures.tokens;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.metrics.Metrics;
import dev.limen.session.memory.MemoryLeases;
import dev.limen.session.memory.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A store that fails, hangs or lies. */
class SessionsTroubleTest {
  private final FaultyStore store = new FaultyStore();
  private final Metrics metrics = new Metrics();
  private final KeyRing keys = KeyRing.generated();
  private final Sessions sessions = new Sessions(store, keys, config(), metrics);

  @Test
  void aStoreThatDoesNotAnswerIsNeverNoSessionI7() {
    Session session = login();
    store.trouble = new StoreUnavailableException("any", "away");

    assertThatTroubleComes(sessions.find(session.secret(), NOW));
    assertThatTroubleComes(sessions.create(identity("bob"), tokens(1), unknown(), NOW));
    assertThatTroubleComes(renewed(sessions, session, tokens(2), identity("alice"), NOW));
    assertThatTroubleComes(sessions.end(session.key()));

    store.trouble = null;
    assertThat(answer(sessions.find(session.secret(), NOW)))
        .isEqualTo(new SessionLookup.Found(session));
    assertThat(scraped())
        .contains("limen_store_errors_total{operation=\"load\"} 1")
        .contains("limen_store_errors_total{operation=\"moment\"} 1")
        .contains("limen_store_errors_total{operation=\"replace\"} 1")
        .contains("limen_store_errors_total{operation=\"delete\"} 1");
  }

  @Test
  void troubleArrivesAsItselfAndNotWrapped() {
    store.trouble = new StoreUnavailableException("any", "away");
    List<Throwable> seen = new ArrayList<>();

    var _ =
        sessions.find(SessionSecret.random(), NOW).whenComplete((_, trouble) -> seen.add(trouble));

    assertThat(seen).hasSize(1).first().isInstanceOf(StoreUnavailableException.class);
  }

  @Test
  void nobodyHearsOfALoginBeforeItIsStoredI8() {
    store.hold = new CompletableFuture<>();

    CompletableFuture<Session> creating =
        sessions.create(identity("alice"), tokens(1), unknown(), NOW).toCompletableFuture();

    assertThat(creating).isNotDone();
    store.hold.complete(null);
    Session session = answer(creating);
    assertThat(answer(sessions.find(session.secret(), NOW)))
        .isEqualTo(new SessionLookup.Found(session));
  }

  @Test
  void aKeyThatIsTakenIsTroubleAndNotSomebodyElsesSession() {
    store.keysAreTaken = true;

    assertThatTroubleComes(sessions.create(identity("alice"), tokens(1), unknown(), NOW));
  }

  @Test
  void noLookUpDeletesAnythingI5() {
    Session session = login();
    answer(sessions.find(session.secret(), NOW + 13 * SessionFixtures.HOUR));
    answer(sessions.find(session.secret(), NOW + 2 * SessionFixtures.HOUR));

    assertThat(store.deletions).isZero();
    assertThat(answer(store.load(session.key()))).isNotNull();
  }

  @Test
  void aRecordThatDoesNotOpenIsCountedAndStaysI5() {
    Session session = login();
    SessionSecret other = SessionSecret.random();
    SealedSession record = present(store.load(session.key()));
    answer(
        store.create(
            new SealedSession(
                other.key(), record.tokens(), record.metadata(), 1, 1, NOW + 1, NOW)));

    assertThat(answer(sessions.find(other, NOW)))
        .isEqualTo(new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH));

    assertThat(scraped()).contains("limen_session_seal_mismatches_total 1");
    assertThat(store.deletions).isZero();
  }

  @Test
  void aKeyThatIsGoneIsCountedAndNothingIsDeletedI5() {
    Session session = login();
    Sessions others =
        new Sessions(
            store, KeyRing.of(List.of(new KeyRing.Key("other", new byte[32]))), config(), metrics);

    assertThatThrownBy(() -> answer(others.find(session.secret(), NOW)))
        .cause()
        .isInstanceOf(UnknownKeyException.class)
        .hasMessage("the key ring (cookie.secrets) holds no key with id=mem1");

    assertThat(scraped()).contains("limen_sealing_keys_unknown_total 1");
    assertThat(store.deletions).isZero();
  }

  @Test
  void aTouchThatFailsDoesNotFailTheCheck() {
    Session session = login();
    store.touchTrouble = new StoreUnavailableException("touch", "away");

    assertThat(answer(sessions.find(session.secret(), NOW + 60_000)))
        .isEqualTo(new SessionLookup.Found(session));
  }

  @Test
  void fiveHundredChecksOfOneSessionTouchItOnceAMinute() {
    Session session = login();
    store.touchesAreLost = true;

    IntStream.range(0, 500).forEach(_ -> answer(sessions.find(session.secret(), NOW + 60_000)));
    assertThat(store.touches).isEqualTo(1);
    answer(sessions.find(session.secret(), NOW + 119_999));
    assertThat(store.touches).isEqualTo(1);
    answer(sessions.find(session.secret(), NOW + 120_000));
    assertThat(store.touches).isEqualTo(2);
  }

  @Test
  void nothingOfASessionIsInAnyText() {
    Session session = login();

    assertThat(
            session
                + " "
                + session.identity()
                + " "
                + session.tokens()
                + " "
                + session.context()
                + " "
                + answer(store.load(session.key()))
                + " "
                + new SessionLookup.Found(session))
        .doesNotContain("alice", "Alice", "access-1", "refresh-1", "id-1", session.key().hex());
  }

  private Session login() {
    return answer(sessions.create(identity("alice"), tokens(1), unknown(), NOW));
  }

  private String scraped() {
    return new String(metrics.scrape(), UTF_8);
  }

  private static SessionContext unknown() {
    return SessionContext.UNKNOWN;
  }

  private static void assertThatTroubleComes(CompletionStage<?> stage) {
    assertThatThrownBy(() -> answer(stage)).cause().isInstanceOf(StoreUnavailableException.class);
  }

  /** The store in memory, with faults to switch on; for one thread. */
  private static final class FaultyStore implements SessionStore {
    private final MemoryStore memory = new MemoryStore();
    private final RefreshLeases leases = new MemoryLeases(this);
    private @Nullable StoreUnavailableException trouble;
    private @Nullable StoreUnavailableException touchTrouble;
    private @Nullable CompletableFuture<@Nullable Void> hold;
    private boolean keysAreTaken;
    private boolean touchesAreLost;
    private int touches;
    private int deletions;

    @Override
    public CompletionStage<@Nullable SealedSession> load(SessionKey key) {
      return trouble == null ? memory.load(key) : CompletableFuture.failedFuture(trouble);
    }

    @Override
    public CompletionStage<Boolean> create(SealedSession session) {
      if (trouble != null) {
        return CompletableFuture.failedFuture(trouble);
      }
      if (keysAreTaken) {
        return CompletableFuture.completedFuture(false);
      }
      CompletionStage<Boolean> created = memory.create(session);
      return hold == null ? created : hold.thenCompose(_ -> created);
    }

    @Override
    public CompletionStage<Boolean> replace(SealedSession session, long expectedVersion) {
      return trouble == null
          ? memory.replace(session, expectedVersion)
          : CompletableFuture.failedFuture(trouble);
    }

    @Override
    public CompletionStage<@Nullable Void> touch(SessionKey key, long lastSeenAtMillis) {
      touches++;
      if (touchTrouble != null) {
        return CompletableFuture.failedFuture(touchTrouble);
      }
      return touchesAreLost
          ? CompletableFuture.completedFuture(null)
          : memory.touch(key, lastSeenAtMillis);
    }

    @Override
    public CompletionStage<Boolean> delete(SessionKey key, long expectedVersion, Duration life) {
      deletions++;
      return trouble == null
          ? memory.delete(key, expectedVersion, life)
          : CompletableFuture.failedFuture(trouble);
    }

    @Override
    public RevocationStore revocations() {
      return new TroubledRevocations(
          memory.revocations(),
          operation -> {
            deletions += operation.equals("delete") ? 1 : 0;
            return trouble;
          });
    }

    @Override
    public RefreshLeases leases() {
      return leases;
    }

    @Override
    public SpentTokens spentTokens() {
      return memory.spentTokens();
    }

    @Override
    public CompletionStage<@Nullable Void> ping() {
      return memory.ping();
    }

    @Override
    public void close() {}
  }
}
