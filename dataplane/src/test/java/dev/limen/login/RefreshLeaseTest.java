package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.TokenOutcome;
import dev.limen.oidc.UnverifiedGrant;
import dev.limen.session.RefreshLease;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replicas that want to renew the same session: who may, who waits, and what each may write. */
final class RefreshLeaseTest {
  private static final long EXPIRED = SessionFixture.NOW + 60_000;
  private static final TokenOutcome AWAY =
      new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE);
  private static final TokenOutcome INVALID_GRANT =
      new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER);

  private final SessionFixture fixture = new SessionFixture();
  private final Session session = fixture.create();
  private final Replica one = new Replica(fixture.sessions);
  private final Replica other = new Replica(fixture.sessions);

  /** What was presented, and by whom it is answered: by the test. */
  private final List<CompletableFuture<TokenOutcome>> requests = new ArrayList<>();

  private CompletionStage<TokenOutcome> request(Session session, @Nullable UnverifiedGrant kept) {
    CompletableFuture<TokenOutcome> answer = new CompletableFuture<>();
    requests.add(answer);
    return answer;
  }

  private static TokenOutcome granted(int number) {
    return new TokenOutcome.Granted(SessionFixture.alice(), SessionFixture.tokens(number, EXPIRED));
  }

  /** One of several processes over one store, whose clock stands still until it is told to go. */
  private final class Replica extends SessionFixture.Steps {
    final Metrics metrics = new Metrics();
    final Refresher refresher =
        new Refresher(
            RefreshLeaseTest.this::request,
            this,
            fixture.config,
            metrics,
            Refresher.Limits.STANDARD);
    @Nullable RefreshLease lease;
    Runnable meanwhile = () -> {};
    @Nullable Throwable leaseTrouble;
    @Nullable CompletionStage<Boolean> intent;
    int renewals;
    int leasesAsked;

    Replica(Sessions sessions) {
      super(sessions);
    }

    CompletableFuture<RefreshResult> refresh(Session session, long nowMillis) {
      return refresher.refresh(session, nowMillis).toCompletableFuture();
    }

    CompletableFuture<RefreshResult> refresh() {
      return refresh(session, EXPIRED);
    }

    /** Everything that was put off until now, once. */
    void letTimePass() {
      for (int i = later.size(); i > 0; i--) {
        later.remove().run();
      }
    }

    @Override
    CompletionStage<@Nullable RefreshLease> take(SessionKey key) {
      leasesAsked++;
      meanwhile.run();
      return leaseTrouble != null
          ? CompletableFuture.failedFuture(leaseTrouble)
          : super.take(key).<@Nullable RefreshLease>thenApply(taken -> lease = taken);
    }

    @Override
    CompletionStage<Boolean> renew(RefreshLease lease) {
      renewals++;
      return super.renew(lease);
    }

    @Override
    CompletionStage<Boolean> intend(RefreshLease lease, long generation) {
      return intent == null ? super.intend(lease, generation) : intent;
    }

    /** The lease ends while its holder is busy. */
    void loseTheLease() {
      fixture.sessions.release(Objects.requireNonNull(lease)).toCompletableFuture().join();
    }

    String scrape() {
      return new String(metrics.scrape(), StandardCharsets.UTF_8);
    }
  }

  private static Session renewed(CompletableFuture<RefreshResult> result) {
    assertThat(result).isCompleted();
    assertThat(result.join()).isInstanceOf(RefreshResult.Renewed.class);
    return ((RefreshResult.Renewed) result.join()).session();
  }

  /** Somebody else's lease, and what it leaves behind. */
  private RefreshLease takenElsewhere() {
    return Objects.requireNonNull(
        fixture.sessions.lease(session.key()).toCompletableFuture().join());
  }

  @Test
  @DisplayName("Single flight: a hundred checks of one session ask once for the lease")
  void aHundredChecksOfOneSessionAskOnceForTheLease() {
    List<CompletableFuture<RefreshResult>> results =
        Stream.generate(() -> one.refresh()).limit(100).toList();
    assertThat(one.leasesAsked).isEqualTo(1);
    requests.getFirst().complete(granted(2));
    assertThat(results).allSatisfy(each -> assertThat(renewed(each).generation()).isEqualTo(2));
    assertThat(requests).hasSize(1);
  }

  @Nested
  @DisplayName("I2: of two replicas one presents, and the other uses what came of it")
  class OfTwoReplicas {
    @Test
    void theLoserWaitsAndUsesTheWinnersTokens() {
      CompletableFuture<RefreshResult> winner = one.refresh();
      CompletableFuture<RefreshResult> loser = other.refresh();
      for (int look = 0; look < 5; look++) {
        other.letTimePass();
        assertThat(loser).isNotDone();
      }

      requests.getFirst().complete(granted(2));
      other.letTimePass();

      assertThat(renewed(winner).tokens().accessToken()).isEqualTo("access-2");
      assertThat(renewed(loser).tokens().accessToken()).isEqualTo("access-2");
      assertThat(requests).hasSize(1);
      assertThat(other.scrape()).contains("limen_refreshes_total{outcome=\"adopted\"} 1.0");
    }

    @Test
    void theLoserHoldsUpNobodyElseAtTheProvider() {
      var _ = one.refresh();
      var _ = other.refresh();
      assertThat(other.scrape()).contains("limen_refreshes_in_flight 0.0");
      assertThat(one.scrape()).contains("limen_refreshes_in_flight 1.0");
    }

    @Test
    void theLoserTakesOverWhereTheWinnerHadNoSuccess() {
      var _ = one.refresh();
      CompletableFuture<RefreshResult> loser = other.refresh();
      requests.getFirst().complete(AWAY);

      other.letTimePass();
      assertThat(requests).hasSize(2);
      requests.getLast().complete(granted(2));

      assertThat(renewed(loser).generation()).isEqualTo(2);
    }

    @Test
    void theLoserLooksFortyTimesAndThenTheNextCheckBegins() {
      takenElsewhere();
      CompletableFuture<RefreshResult> loser = other.refresh();
      for (int look = 1; look < RefreshFlight.MAX_LOOKS; look++) {
        assertThat(loser).isNotDone();
        other.letTimePass();
      }
      assertThat(loser).isCompletedWithValue(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      assertThat(requests).isEmpty();
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
    }

    @Test
    void theLoserSeesThatTheSessionEnded() {
      var _ = one.refresh();
      CompletableFuture<RefreshResult> loser = other.refresh();
      requests.getFirst().complete(INVALID_GRANT);
      other.letTimePass();
      assertThat(loser).isCompletedWithValue(new RefreshResult.Ended(Reason.SESSION_UNKNOWN));
    }

    @Test
    @DisplayName("Read again: what was renewed between the look and the lease is used")
    void whatWasRenewedWhileWaitingForTheLeaseIsUsed() {
      one.meanwhile = () -> fixture.renewElsewhere(session, 7, EXPIRED);
      assertThat(renewed(one.refresh()).tokens().accessToken()).isEqualTo("access-7");
      assertThat(requests).isEmpty();
    }

    @Test
    void theLeaseIsFreeOnceTheFlightIsOver() {
      var _ = one.refresh();
      requests.getLast().complete(AWAY);
      fixture.sessions.release(takenElsewhere()).toCompletableFuture().join();
      var _ = one.refresh(session, EXPIRED + 10_000);
      requests.getLast().complete(granted(2));
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
      takenElsewhere();
    }
  }

  @Nested
  @DisplayName("I3: a holder whose lease ended")
  class AHolderWhoseLeaseEnded {
    @Test
    void writesNothingAndStoresWhatItWasGrantedUnderTheNextLease() {
      CompletableFuture<RefreshResult> result = one.refresh();
      one.loseTheLease();
      RefreshLease next = takenElsewhere();

      requests.getFirst().complete(granted(2));

      assertThat(result).isCompletedWithValue(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
      fixture.sessions.release(next).toCompletableFuture().join();
      one.letTimePass();
      assertThat(fixture.stored(session).tokens().accessToken()).isEqualTo("access-2");
      assertThat(requests).hasSize(1);
    }

    @Test
    void endsNothing() {
      CompletableFuture<RefreshResult> result = one.refresh();
      one.loseTheLease();
      requests.getFirst().complete(INVALID_GRANT);
      assertThat(result).isCompletedWithValue(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      assertThat(fixture.find(session)).isInstanceOf(SessionLookup.Found.class);
    }

    @Test
    void renewsItNoMore() {
      var _ = one.refresh();
      one.letTimePass();
      one.letTimePass();
      assertThat(one.renewals).isEqualTo(2);
      one.loseTheLease();
      one.letTimePass();
      one.letTimePass();
      assertThat(one.renewals).isEqualTo(3);
    }
  }

  @Test
  void aHolderThatIsStuckRenewsTwelveTimesAndNotOnceMore() {
    var _ = one.refresh();
    for (int i = 0; i < HeldLease.MAX_RENEWALS + 3; i++) {
      one.letTimePass();
    }
    assertThat(one.renewals).isEqualTo(HeldLease.MAX_RENEWALS);
    assertThat(HeldLease.MAX_RENEWALS * HeldLease.RENEWAL_MILLIS).isEqualTo(60_000);
  }

  @Nested
  class TroubleWithTheLease {
    private final StoreUnavailableException away = new StoreUnavailableException("lease", "away");

    @Test
    void keepsTheSessionAndPresentsNothing() {
      one.leaseTrouble = away;
      assertThat(one.refresh())
          .isCompletedWithValue(new RefreshResult.Failed(Reason.STORE_UNAVAILABLE));
      assertThat(requests).isEmpty();
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
    }

    @Test
    @DisplayName(
        "Intent: where it cannot be noted, nothing is presented and the lease is given back")
    void withoutItsIntentNothingIsPresented() {
      one.intent = CompletableFuture.failedFuture(away);
      assertThat(one.refresh())
          .isCompletedWithValue(new RefreshResult.Failed(Reason.STORE_UNAVAILABLE));
      one.intent = CompletableFuture.completedFuture(false);
      assertThat(one.refresh())
          .isCompletedWithValue(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      assertThat(requests).isEmpty();
      takenElsewhere();
    }
  }

  @Nested
  @DisplayName("Facts, section 4.3, step 7: an outcome that nobody knows")
  class AnUnknownOutcome {
    /** A holder that dies after it noted its intent, in the dark whether it presented. */
    private void presentedBySomebodyWhoDied(long generation) {
      RefreshLease lease = takenElsewhere();
      fixture.sessions.intend(lease, generation).toCompletableFuture().join();
      fixture.sessions.release(lease).toCompletableFuture().join();
    }

    @Test
    void isSettledByPresentingOnceMore() {
      presentedBySomebodyWhoDied(1);
      CompletableFuture<RefreshResult> result = one.refresh();
      requests.getFirst().complete(granted(2));
      assertThat(renewed(result).generation()).isEqualTo(2);
    }

    @Test
    void isALostRotationWhereTheProviderRefuses() {
      presentedBySomebodyWhoDied(1);
      CompletableFuture<RefreshResult> result = one.refresh();
      requests.getFirst().complete(INVALID_GRANT);
      assertThat(result).isCompletedWithValue(new RefreshResult.Ended(Reason.LOST_ROTATION));
      assertThat(fixture.find(session)).isInstanceOf(SessionLookup.None.class);
      assertThat(one.scrape()).contains("limen_refreshes_total{outcome=\"lost_rotation\"} 1.0");
    }

    @Test
    void ofAnEarlierGenerationSaysNothingAboutThisOne() {
      presentedBySomebodyWhoDied(7);
      CompletableFuture<RefreshResult> result = one.refresh();
      requests.getFirst().complete(INVALID_GRANT);
      assertThat(result)
          .isCompletedWithValue(new RefreshResult.Ended(Reason.SESSION_ENDED_BY_PROVIDER));
    }

    @Test
    void isNotTakenForSomebodyElsesIdentity() {
      presentedBySomebodyWhoDied(1);
      CompletableFuture<RefreshResult> result = one.refresh();
      requests.getFirst().complete(new TokenOutcome.Refused(Reason.IDENTITY_CHANGED));
      assertThat(result).isCompletedWithValue(new RefreshResult.Ended(Reason.IDENTITY_CHANGED));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isOnesOwnToo(boolean sameReplica) {
      var _ = one.refresh();
      requests.getFirst().complete(AWAY);
      CompletableFuture<RefreshResult> again =
          (sameReplica ? one : other).refresh(session, EXPIRED + 10_000);
      requests.getLast().complete(INVALID_GRANT);
      assertThat(again).isCompletedWithValue(new RefreshResult.Ended(Reason.LOST_ROTATION));
      assertThat(requests).hasSize(2);
    }
  }

  @Nested
  @DisplayName("A provider that refuses this client")
  class AProviderThatRefusesThisClient {
    @Test
    void isMarkedBrokenUntilItAcceptsIt() {
      var _ = one.refresh();
      requests.getFirst().complete(new TokenOutcome.ClientRefused());
      assertThat(fixture.find(session)).isInstanceOf(SessionLookup.Found.class);
      assertThat(one.scrape()).contains("limen_providers_refusing_client 1.0");

      var _ = one.refresh(session, EXPIRED + 4_000);
      requests.getLast().complete(granted(2));

      assertThat(one.scrape()).contains("limen_providers_refusing_client 0.0");
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
    }

    @Test
    void leavesNoDoubtAboutTheRefreshToken() {
      var _ = one.refresh();
      requests.getFirst().complete(new TokenOutcome.ClientRefused());
      CompletableFuture<RefreshResult> again = one.refresh(session, EXPIRED + 4_000);
      requests.getLast().complete(INVALID_GRANT);
      assertThat(again)
          .isCompletedWithValue(new RefreshResult.Ended(Reason.SESSION_ENDED_BY_PROVIDER));
    }

    @Test
    void leavesADoubtThatWasThereBefore() {
      var _ = one.refresh();
      requests.getLast().complete(AWAY);
      var _ = one.refresh(session, EXPIRED + 10_000);
      requests.getLast().complete(new TokenOutcome.ClientRefused());
      CompletableFuture<RefreshResult> again = one.refresh(session, EXPIRED + 30_000);
      requests.getLast().complete(INVALID_GRANT);
      assertThat(again).isCompletedWithValue(new RefreshResult.Ended(Reason.LOST_ROTATION));
      assertThat(requests).hasSize(3);
    }
  }

  @Nested
  class AGrantThatTheStoreDidNotTake {
    @Test
    void isStoredByItselfAndNobodyElsePresentsWhatItCost() {
      fixture.store.refused.add("replace");
      var _ = one.refresh();
      requests.getFirst().complete(granted(2));
      CompletableFuture<RefreshResult> elsewhere = other.refresh();
      one.letTimePass();
      other.letTimePass();
      assertThat(elsewhere).isNotDone();
      fixture.store.refused.clear();

      one.letTimePass();
      other.letTimePass();

      assertThat(renewed(elsewhere).tokens().accessToken()).isEqualTo("access-2");
      assertThat(requests).hasSize(1);
    }

    @Test
    void isTriedForAMinuteWithNobodyAskingAndNotLonger() {
      fixture.store.refused.add("replace");
      var _ = one.refresh();
      requests.getFirst().complete(granted(2));
      for (int i = 0; i < 2 * Refresher.MAX_STORINGS; i++) {
        one.letTimePass();
      }
      assertThat(fixture.store.asked.stream().filter("replace"::equals))
          .hasSize(1 + Refresher.MAX_STORINGS);
      assertThat(requests).hasSize(1);
    }
  }

  @Nested
  @DisplayName("Facts, section 4.3, step 8: a shutdown")
  class AShutdown {
    @Test
    void endsThoseWhoWaitForAnotherReplica() {
      takenElsewhere();
      CompletableFuture<RefreshResult> loser = other.refresh();
      CompletableFuture<?> drained = other.refresher.drain(EXPIRED).toCompletableFuture();
      other.letTimePass();
      assertThat(loser).isCompletedWithValue(new RefreshResult.Failed(Reason.REFRESH_PENDING));
      assertThat(drained).isCompleted();
    }

    @Test
    void waitsForWhatIsPresentedAndGivesTheLeaseBack() {
      var _ = one.refresh();
      CompletableFuture<?> drained = one.refresher.drain(EXPIRED).toCompletableFuture();
      assertThat(drained).isNotDone();
      requests.getFirst().complete(granted(2));
      assertThat(drained).isCompleted();
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
      takenElsewhere();
    }
  }
}
