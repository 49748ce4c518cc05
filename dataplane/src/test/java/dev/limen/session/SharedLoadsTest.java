package dev.limen.session;

import static dev.limen.session.SessionFixtures.HOUR;
import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.memory.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What checks of one session share, and what each has for itself. */
class SharedLoadsTest {
  private final MemoryStore memory = new MemoryStore();
  private final SlowMarks marks = new SlowMarks(memory.revocations());
  private final SessionStore store = new StoreWithMarks(memory, marks);
  private final KeyRing keys = KeyRing.generated();
  private final ManualTime time = new ManualTime();
  private final LoadTurns turns = new LoadTurns(1, new Metrics(), time, time);
  private final Sessions sessions = new Sessions(store, keys, config(), new Metrics(), turns);

  private Session login() {
    return answer(sessions.create(identity("alice"), tokens(1), SessionContext.UNKNOWN, NOW));
  }

  private CompletableFuture<SessionLookup> find(Session session, long nowMillis) {
    return sessions.find(session.secret(), nowMillis).toCompletableFuture();
  }

  @Test
  @DisplayName("I6 a check after a revocation does not join a load that began before it")
  void aCheckAfterARevocationDoesNotJoinALoadThatBeganBeforeIt() {
    Session session = login();
    marks.read.set(0);
    marks.hold = new CompletableFuture<>();
    CompletableFuture<SessionLookup> before = find(session, NOW);
    assertThat(marks.read).as("the marks were read, and their answer is under way").hasValue(1);

    answer(sessions.revocations().revoke(new RevocationScope.OneSession(session.key())));
    CompletableFuture<SessionLookup> after = find(session, NOW);
    assertThat(after).isNotDone();

    marks.hold.complete(null);
    assertThat(answer(before)).isEqualTo(new SessionLookup.Found(session));
    assertThat(answer(after)).isEqualTo(new SessionLookup.None(Reason.SESSION_UNKNOWN));
  }

  @Test
  void aThousandChecksAtOnceCostTheStoreTwoLoads() {
    Session session = login();
    marks.hold = new CompletableFuture<>();
    marks.read.set(0);
    List<CompletableFuture<SessionLookup>> checks =
        Stream.generate(() -> find(session, NOW)).limit(1_000).toList();

    marks.hold.complete(null);
    for (CompletableFuture<SessionLookup> each : checks) {
      assertThat(answer(each)).isEqualTo(new SessionLookup.Found(session));
    }
    assertThat(marks.read).hasValue(2);
  }

  @Test
  void whoeverSharesALoadIsJudgedByTheirOwnClock() {
    Session session = login();
    marks.hold = new CompletableFuture<>();
    List<CompletableFuture<SessionLookup>> checks = new ArrayList<>();
    for (long late : List.of(0L, HOUR, HOUR + 1, 12 * HOUR - 1, 12 * HOUR, 0L)) {
      checks.add(find(session, NOW + late));
    }

    marks.hold.complete(null);
    SessionLookup found = new SessionLookup.Found(session);
    SessionLookup idle = new SessionLookup.None(Reason.SESSION_IDLE);
    SessionLookup expired = new SessionLookup.None(Reason.SESSION_EXPIRED);
    assertThat(checks.stream().map(SessionFixtures::answer))
        .containsExactly(found, found, idle, idle, expired, found);
  }

  @Test
  void underAnotherConfigurationTurnsAreSharedAndLoadsAreNot() {
    Session session = login();
    Sessions others = sessions.with(KeyRing.generated(), config());
    marks.hold = new CompletableFuture<>();
    CompletableFuture<SessionLookup> first = find(session, NOW);
    CompletableFuture<SessionLookup> other =
        others.find(SessionSecret.random(), NOW).toCompletableFuture();
    assertThat(turns.waiting()).isEqualTo(1);

    time.pass(Duration.ofMillis(50).toNanos() + 1);
    assertThat(other.handle((_, trouble) -> trouble))
        .succeedsWithin(20, TimeUnit.SECONDS)
        .isInstanceOfSatisfying(
            StoreUnavailableException.class,
            refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_OVERLOADED));
    marks.hold.complete(null);
    assertThat(answer(first)).isEqualTo(new SessionLookup.Found(session));
    assertThat(answer(find(session, NOW))).isEqualTo(new SessionLookup.Found(session));
  }

  /** Marks that are read at once, and told when a test lets them. */
  private static final class SlowMarks implements RevocationStore {
    private final RevocationStore marks;
    private final AtomicInteger read = new AtomicInteger();
    private CompletableFuture<@Nullable Void> hold = CompletableFuture.completedFuture(null);

    SlowMarks(RevocationStore marks) {
      this.marks = marks;
    }

    @Override
    public CompletionStage<Marks> marks(SessionKey key, List<String> watermarks) {
      read.incrementAndGet();
      return marks.marks(key, watermarks).thenCombine(hold, (found, _) -> found);
    }

    @Override
    public CompletionStage<Long> moment() {
      return marks.moment();
    }

    @Override
    public CompletionStage<Revocations.Revoked> raise(
        String watermark, long atLeast, Duration life) {
      return marks.raise(watermark, atLeast, life);
    }

    @Override
    public CompletionStage<Revocations.Revoked> bury(SessionKey key, Duration life) {
      return marks.bury(key, life);
    }

    @Override
    public SessionIndex index() {
      return marks.index();
    }
  }
}
