package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.oidc.TokenOutcome;
import dev.limen.oidc.UnverifiedGrant;
import dev.limen.oidc.UnverifiedGrants;
import dev.limen.session.RefreshLease;
import dev.limen.session.Session;
import dev.limen.session.SessionLookup;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Refreshes that get stuck half way: what is kept, how much of it, and what becomes of it. */
final class RefresherTroubleTest {
  private static final long EXPIRED = SessionFixture.NOW + 60_000;
  private static final TokenOutcome.Unverified UNVERIFIED =
      new TokenOutcome.Unverified(UnverifiedGrants.some(), Reason.PROVIDER_UNAVAILABLE);

  private final SessionFixture fixture = new SessionFixture();
  private final Deque<CompletionStage<TokenOutcome>> answers = new ArrayDeque<>();

  /** What was to be judged again with each request; null where a refresh token was presented. */
  private final List<@Nullable UnverifiedGrant> requests = new ArrayList<>();

  private final Refresher refresher =
      new Refresher(
          this::request,
          fixture.steps,
          fixture.config,
          fixture.metrics,
          new Refresher.Limits(2, 2));

  private CompletionStage<TokenOutcome> request(Session session, @Nullable UnverifiedGrant kept) {
    requests.add(kept);
    return Objects.requireNonNull(answers.poll(), "nobody was to ask");
  }

  private void answer(TokenOutcome outcome) {
    answers.add(CompletableFuture.completedFuture(outcome));
  }

  private static TokenOutcome granted(int number) {
    return new TokenOutcome.Granted(SessionFixture.alice(), SessionFixture.tokens(number, EXPIRED));
  }

  private RefreshResult refresh(Session session, long nowMillis) {
    return refresher
        .refresh(session, nowMillis)
        .toCompletableFuture()
        .orTimeout(20, TimeUnit.SECONDS)
        .join();
  }

  private void drain() {
    refresher.drain(EXPIRED).toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  private Session renewElsewhere(Session session) {
    return fixture.renewElsewhere(session, 7, EXPIRED);
  }

  @Nested
  class AGrantThatNobodyCouldJudge {
    private final Session session = fixture.create();

    @Test
    void isJudgedAgainAfterThePause() {
      answer(UNVERIFIED);
      assertThat(refresh(session, EXPIRED))
          .isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      assertThat(refresh(session, EXPIRED + 749)).isInstanceOf(RefreshResult.Failed.class);
      answer(granted(2));
      assertThat(refresh(session, EXPIRED + 1_000)).isInstanceOf(RefreshResult.Renewed.class);
      assertThat(requests).containsExactly(null, UNVERIFIED.grant());
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
    }

    @Test
    void isForgottenWhereAnotherReplicaRenewed() {
      answer(UNVERIFIED);
      refresh(session, EXPIRED);
      Session renewed = renewElsewhere(session);
      answer(granted(3));
      assertThat(refresh(renewed, EXPIRED + 61_000)).isInstanceOf(RefreshResult.Renewed.class);
      assertThat(requests).containsExactly(null, null);
    }
  }

  @Test
  void aGrantThatHasExpiredByTheTimeThatItIsStoredIsRenewedAtOnce() {
    Session session = fixture.create();
    fixture.store.refused.add("replace");
    answer(granted(2));
    assertThat(refresh(session, EXPIRED))
        .isEqualTo(new RefreshResult.Failed(Reason.STORE_UNAVAILABLE));
    fixture.store.refused.clear();
    answer(
        new TokenOutcome.Granted(
            SessionFixture.alice(), SessionFixture.tokens(3, EXPIRED + 60_000)));
    assertThat(refresh(session, EXPIRED + 60_000))
        .isInstanceOfSatisfying(
            RefreshResult.Renewed.class,
            renewed -> assertThat(renewed.session().tokens().accessToken()).isEqualTo("access-3"));
    assertThat(fixture.stored(session).generation()).isEqualTo(3);
  }

  @Nested
  @DisplayName("I3: a compare-and-set that finds the same generation in a record that moved")
  class ARecordThatMoves {
    private final Session session = fixture.create();

    @Test
    void isTriedThreeTimes() {
      fixture.store.losses = 2;
      answer(granted(2));
      assertThat(refresh(session, EXPIRED)).isInstanceOf(RefreshResult.Renewed.class);
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
    }

    @Test
    void isNotTriedAFourthTimeButTheGrantIsKept() {
      fixture.store.losses = 3;
      answer(granted(2));
      assertThat(refresh(session, EXPIRED))
          .isEqualTo(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      assertThat(refresh(session, EXPIRED)).isInstanceOf(RefreshResult.Renewed.class);
      assertThat(requests).as("nothing is presented twice").hasSize(1);
      assertThat(fixture.stored(session).tokens().accessToken()).isEqualTo("access-2");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void isEndedWithinThreeTimes(int losses) {
      fixture.store.losses = losses;
      answer(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(refresh(session, EXPIRED))
          .isEqualTo(
              losses < 3
                  ? new RefreshResult.Ended(Reason.SESSION_ENDED_BY_PROVIDER)
                  : new RefreshResult.Failed(Reason.REFRESH_PENDING));
      assertThat(fixture.find(session) instanceof SessionLookup.Found).isEqualTo(losses == 3);
    }

    @Test
    @DisplayName("I5: what another replica stored after the last look is not deleted")
    void isNotEndedOnceItWasRenewedElsewhere() {
      fixture.store.meanwhile = () -> renewElsewhere(session);
      answer(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(refresh(session, EXPIRED)).isInstanceOf(RefreshResult.Renewed.class);
      assertThat(fixture.stored(session).tokens().accessToken()).isEqualTo("access-7");
    }

    @Test
    void thatIsGoneHasEnded() {
      fixture.store.meanwhile =
          () -> fixture.sessions.end(session.key()).toCompletableFuture().join();
      answer(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(refresh(session, EXPIRED))
          .isEqualTo(new RefreshResult.Ended(Reason.SESSION_UNKNOWN));
    }
  }

  @Nested
  class Limits {
    @Test
    void flightsBeyondTheLimitArePendingAndThoseUnderWayCanBeJoined() {
      List<Session> all = List.of(fixture.create(), fixture.create(), fixture.create());
      List<CompletableFuture<TokenOutcome>> open = new ArrayList<>();
      for (Session _ : all) {
        CompletableFuture<TokenOutcome> answer = new CompletableFuture<>();
        open.add(answer);
        answers.add(answer);
      }
      CompletionStage<RefreshResult> first = refresher.refresh(all.get(0), EXPIRED);
      CompletionStage<RefreshResult> second = refresher.refresh(all.get(1), EXPIRED);
      CompletionStage<RefreshResult> joined = refresher.refresh(all.get(0), EXPIRED);
      assertThat(refresh(all.get(2), EXPIRED))
          .isEqualTo(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      open.forEach(answer -> answer.complete(granted(2)));
      for (CompletionStage<RefreshResult> result : List.of(first, second, joined)) {
        assertThat(result.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join())
            .isInstanceOf(RefreshResult.Renewed.class);
      }
      assertThat(refresh(all.get(2), EXPIRED)).isInstanceOf(RefreshResult.Renewed.class);
    }

    @Test
    void grantsAreKeptUpToTheLimitAndThenTheOldestGoes() {
      UnstoredGrants grants = new UnstoredGrants(2);
      List<Session> all = List.of(fixture.create(), fixture.create(), fixture.create());
      grants.keep(all.get(0), UNVERIFIED, held(all.get(0)));
      grants.keep(all.get(1), UNVERIFIED, held(all.get(1)));
      grants.keep(all.get(0), UNVERIFIED, held(all.get(0)));
      assertThat(grants.sessions()).containsExactly(all.get(1), all.get(0));
      grants.keep(all.get(2), UNVERIFIED, held(all.get(2)));
      assertThat(grants.sessions()).containsExactly(all.get(0), all.get(2));
      assertThat(grants.of(all.get(1))).isNull();
    }

    private HeldLease held(Session session) {
      return HeldLease.keeping(
          new RefreshLease(session.key(), RefreshLease.randomOwner(), 1, RefreshLease.NOTHING),
          fixture.steps);
    }

    @Test
    void areTheDocumentedOnes() {
      assertThat(Refresher.Limits.STANDARD).isEqualTo(new Refresher.Limits(10_000, 2_000));
    }
  }

  @Nested
  @DisplayName("Facts, section 4.3, step 8: a shutdown")
  class ADrain {
    private final Session session = fixture.create();

    @Test
    void waitsForRefreshesUnderWayAndBeginsNone() {
      CompletableFuture<TokenOutcome> slow = new CompletableFuture<>();
      answers.add(slow);
      CompletionStage<RefreshResult> underWay = refresher.refresh(session, EXPIRED);
      CompletableFuture<?> drained = refresher.drain(EXPIRED).toCompletableFuture();
      assertThat(drained).isNotDone();
      assertThat(refresh(fixture.create(), EXPIRED))
          .isEqualTo(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      slow.complete(granted(2));
      assertThat(drained).isCompleted();
      assertThat(underWay.toCompletableFuture()).isCompleted();
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
      assertThat(requests).hasSize(1);
    }

    @Test
    void storesWhatWasGrantedAndNotStored() {
      fixture.store.refused.add("replace");
      answer(granted(2));
      refresh(session, EXPIRED);
      fixture.store.refused.clear();
      drain();
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
      assertThat(requests).hasSize(1);
    }

    @Test
    void triesThatOnceAndNoMore() {
      fixture.store.refused.add("replace");
      answer(granted(2));
      refresh(session, EXPIRED);
      drain();
      assertThat(fixture.store.asked.stream().filter("replace"::equals)).hasSize(2);
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
    }

    @Test
    void judgesWhatNobodyCouldJudgeWithoutAPause() {
      answer(UNVERIFIED);
      refresh(session, EXPIRED);
      answer(granted(2));
      drain();
      assertThat(requests).containsExactly(null, UNVERIFIED.grant());
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
    }

    @Test
    void presentsNoRefreshTokenThatIsNotSpent() {
      answer(UNVERIFIED);
      refresh(session, EXPIRED);
      renewElsewhere(session);
      refresher.drain(EXPIRED + 61_000).toCompletableFuture().join();
      assertThat(requests).hasSize(1);
    }

    @Test
    void ofAQuietHouseIsOverAtOnce() {
      assertThat(refresher.drain(EXPIRED).toCompletableFuture()).isCompleted();
    }
  }
}
