package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.oidc.TokenOutcome;
import dev.limen.oidc.UnverifiedGrant;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionLookup;
import dev.limen.session.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Renewing tokens: single flight, no rollback, nothing ended but by the provider itself. */
final class RefresherTest {
  private static final long NOW = SessionFixture.NOW;
  private static final long EXPIRED = NOW + 60_000;

  private final SessionFixture fixture = new SessionFixture();

  /** The generations whose refresh tokens were presented, in order. */
  private final List<Long> presented = new ArrayList<>();

  /** What the provider answers, one for each request; a request without one is never answered. */
  private final List<CompletableFuture<TokenOutcome>> answers = new ArrayList<>();

  private final Refresher refresher =
      new Refresher(
          this::request, fixture.steps, fixture.config, fixture.metrics, Refresher.Limits.STANDARD);

  private CompletionStage<TokenOutcome> request(Session session, @Nullable UnverifiedGrant kept) {
    synchronized (presented) {
      presented.add(session.generation());
      return presented.size() <= answers.size()
          ? answers.get(presented.size() - 1)
          : new CompletableFuture<>();
    }
  }

  private CompletableFuture<TokenOutcome> nextAnswer() {
    CompletableFuture<TokenOutcome> answer = new CompletableFuture<>();
    answers.add(answer);
    return answer;
  }

  private static TokenOutcome granted(int number) {
    return granted(SessionFixture.alice(), SessionFixture.tokens(number, EXPIRED));
  }

  private static TokenOutcome granted(Identity identity, Tokens tokens) {
    return new TokenOutcome.Granted(identity, tokens);
  }

  private CompletableFuture<RefreshResult> refresh(Session session) {
    return refresher.refresh(session, EXPIRED).toCompletableFuture();
  }

  private static Session renewed(CompletableFuture<RefreshResult> result) {
    assertThat(result).isCompleted();
    assertThat(result.join()).isInstanceOf(RefreshResult.Renewed.class);
    return ((RefreshResult.Renewed) result.join()).session();
  }

  /** What another replica does meanwhile. */
  private Session renewElsewhere(Session session, int number) {
    return fixture.renewElsewhere(session, number, EXPIRED);
  }

  @Test
  void grantedTokensAreStoredAndTheGenerationMovesOn() {
    Session session = fixture.create();
    nextAnswer().complete(granted(2));
    Session renewed = renewed(refresh(session));
    assertThat(renewed.tokens().accessToken()).isEqualTo("access-2");
    assertThat(renewed.generation()).isEqualTo(2);
    assertThat(fixture.stored(session).tokens().accessToken()).isEqualTo("access-2");
    assertThat(refresher.underWay()).isZero();
  }

  @Test
  void theNextRefreshWorks() {
    Session session = fixture.create();
    nextAnswer().complete(granted(2));
    nextAnswer().complete(granted(3));
    Session second = renewed(refresh(session));
    Session third = renewed(refresher.refresh(second, EXPIRED + 60_000).toCompletableFuture());
    assertThat(third.tokens().accessToken()).isEqualTo("access-3");
    assertThat(presented).containsExactly(1L, 2L);
  }

  @Nested
  @DisplayName("I2: a single presentation")
  class SinglePresentation {
    @Test
    void fiveHundredChecksOnOneExpiredSessionMakeOneTokenRequest() throws Exception {
      Session session = fixture.create();
      CompletableFuture<TokenOutcome> answer = nextAnswer();
      List<CompletableFuture<RefreshResult>> results = new ArrayList<>();
      CountDownLatch start = new CountDownLatch(1);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 500; i++) {
          CompletableFuture<RefreshResult> result = new CompletableFuture<>();
          threads.execute(() -> {
            await(start);
            var _ = refresh(session).thenAccept(result::complete);
          });
          results.add(result);
        }
        start.countDown();
        answer.completeAsync(() -> granted(2), threads);
        CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
            .get(20, TimeUnit.SECONDS);
      }
      assertThat(results)
          .allSatisfy(
              each -> assertThat(renewed(each).tokens().accessToken()).isEqualTo("access-2"));
      assertThat(presented).containsExactly(1L);
      assertThat(refresher.underWay()).isZero();
    }

    @Test
    void aLateComerWithTheOldSessionUsesWhatIsStored() {
      Session session = fixture.create();
      nextAnswer().complete(granted(2));
      renewed(refresh(session));
      assertThat(renewed(refresh(session)).tokens().accessToken()).isEqualTo("access-2");
      assertThat(presented).containsExactly(1L);
    }

    @Test
    void whatAnotherReplicaRenewedIsUsedWithoutAskingTheProvider() {
      Session session = fixture.create();
      renewElsewhere(session, 2);
      assertThat(renewed(refresh(session)).tokens().accessToken()).isEqualTo("access-2");
      assertThat(presented).isEmpty();
    }

    @Test
    void whatAnotherReplicaRenewedAndHasExpiredTooIsRenewedFromThere() {
      Session session = fixture.create();
      renewElsewhere(session, 2);
      nextAnswer().complete(granted(3));
      long later = EXPIRED + 60_000;
      Session third = renewed(refresher.refresh(session, later).toCompletableFuture());
      assertThat(third.tokens().accessToken()).isEqualTo("access-3");
      assertThat(presented).containsExactly(2L);
    }

    @Test
    void aCheckThatStopsWaitingDoesNotStopTheRefresh() {
      Session session = fixture.create();
      CompletableFuture<TokenOutcome> answer = nextAnswer();
      CompletableFuture<RefreshResult> impatient = refresh(session);
      CompletableFuture<RefreshResult> patient = refresh(session);
      impatient.cancel(true);
      answer.complete(granted(2));
      assertThat(renewed(patient).generation()).isEqualTo(2);
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
    }

    @Test
    void sessionsDoNotWaitForEachOther() {
      Session one = fixture.create();
      Session other = fixture.create();
      answers.add(new CompletableFuture<>());
      nextAnswer().complete(granted(2));
      CompletableFuture<RefreshResult> waits = refresh(one);
      assertThat(renewed(refresh(other)).generation()).isEqualTo(2);
      assertThat(waits).isNotDone();
      assertThat(refresher.underWay()).isEqualTo(1);
    }
  }

  @Nested
  @DisplayName("I3 and I4: no rollback, no resurrection")
  class CompareAndSet {
    @Test
    void theLoserUsesTheWinnersTokens() {
      Session session = fixture.create();
      CompletableFuture<TokenOutcome> answer = nextAnswer();
      CompletableFuture<RefreshResult> result = refresh(session);
      renewElsewhere(session, 7);
      answer.complete(granted(2));
      assertThat(renewed(result).tokens().accessToken()).isEqualTo("access-7");
      assertThat(fixture.stored(session).tokens().accessToken()).isEqualTo("access-7");
    }

    @Test
    void aSessionThatWasEndedMeanwhileStaysEnded() {
      Session session = fixture.create();
      CompletableFuture<TokenOutcome> answer = nextAnswer();
      CompletableFuture<RefreshResult> result = refresh(session);
      fixture.sessions.end(session.key()).toCompletableFuture().join();
      answer.complete(granted(2));
      assertThat(result).isCompletedWithValue(new RefreshResult.Ended(Reason.SESSION_UNKNOWN));
      assertThat(fixture.find(session)).isInstanceOf(SessionLookup.None.class);
    }

    @Test
    void aSessionThatWasEndedBeforeIsNotPresented() {
      Session session = fixture.create();
      fixture.sessions.end(session.key()).toCompletableFuture().join();
      assertThat(refresh(session))
          .isCompletedWithValue(new RefreshResult.Ended(Reason.SESSION_UNKNOWN));
      assertThat(presented).isEmpty();
    }
  }

  @Nested
  @DisplayName("I5: no destructive loss")
  class NoDestructiveLoss {
    private final Session session = fixture.create();

    private RefreshResult resultOf(TokenOutcome outcome) {
      nextAnswer().complete(outcome);
      return refresh(session).join();
    }

    @Test
    void aDefinitiveRefusalEndsTheSession() {
      assertThat(resultOf(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER)))
          .isEqualTo(new RefreshResult.Ended(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(fixture.find(session)).isInstanceOf(SessionLookup.None.class);
    }

    @Test
    void aRefusalOfAGenerationThatIsNoLongerStoredEndsNothing() {
      CompletableFuture<TokenOutcome> answer = nextAnswer();
      CompletableFuture<RefreshResult> result = refresh(session);
      renewElsewhere(session, 7);
      answer.complete(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER));
      assertThat(renewed(result).tokens().accessToken()).isEqualTo("access-7");
      assertThat(fixture.stored(session).generation()).isEqualTo(2);
    }

    @Test
    void aRefusalOfTheClientKeepsTheSession() {
      assertThat(resultOf(new TokenOutcome.ClientRefused()))
          .isEqualTo(new RefreshResult.Failed(Reason.CLIENT_REFUSED_BY_PROVIDER));
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
    }

    @Test
    void aProviderThatDoesNotAnswerKeepsTheSession() {
      assertThat(resultOf(new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE)))
          .isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
    }

    @Test
    void anExceptionKeepsTheSession() {
      nextAnswer().completeExceptionally(new IllegalStateException("unexpected"));
      assertThat(refresh(session))
          .isCompletedWithValue(new RefreshResult.Failed(Reason.INTERNAL_ERROR));
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
      assertThat(refresher.underWay()).isZero();
    }

    @Test
    void anExceptionBeforeTheRequestKeepsTheSession() {
      Refresher broken =
          new Refresher(
              (_, _) -> {
                throw new IllegalStateException("unexpected");
              },
              fixture.steps,
              fixture.config,
              new dev.limen.metrics.Metrics(),
              Refresher.Limits.STANDARD);
      assertThat(broken.refresh(session, EXPIRED).toCompletableFuture())
          .isCompletedWithValue(new RefreshResult.Failed(Reason.INTERNAL_ERROR));
      assertThat(broken.underWay()).isZero();
    }

    @Test
    void aStoreThatCannotBeReadKeepsTheSessionAndAsksNobody() {
      fixture.store.refused.add("load");
      assertThat(refresh(session))
          .isCompletedWithValue(new RefreshResult.Failed(Reason.STORE_UNAVAILABLE));
      assertThat(presented).isEmpty();
    }

    @Test
    void aStoreThatCannotDeleteKeepsTheSession() {
      fixture.store.refused.add("delete");
      assertThat(resultOf(new TokenOutcome.Refused(Reason.SESSION_ENDED_BY_PROVIDER)))
          .isEqualTo(new RefreshResult.Failed(Reason.STORE_UNAVAILABLE));
      assertThat(fixture.stored(session).generation()).isEqualTo(1);
    }

    @Test
    void tokensThatCouldNotBeStoredAreStoredNextTimeWithoutAskingAgain() {
      fixture.store.refused.add("replace");
      assertThat(resultOf(granted(2)))
          .isEqualTo(new RefreshResult.Failed(Reason.STORE_UNAVAILABLE));
      fixture.store.refused.clear();
      assertThat(renewed(refresh(session)).tokens().accessToken()).isEqualTo("access-2");
      assertThat(fixture.stored(session).tokens().accessToken()).isEqualTo("access-2");
      assertThat(presented).containsExactly(1L);
    }

    @Test
    void tokensThatCouldNotBeStoredAreOfNoUseAfterTheSessionEnded() {
      fixture.store.refused.add("replace");
      resultOf(granted(2));
      fixture.store.refused.clear();
      fixture.sessions.end(session.key()).toCompletableFuture().join();
      assertThat(refresh(session).join()).isInstanceOf(RefreshResult.Ended.class);
      assertThat(fixture.find(session)).isInstanceOf(SessionLookup.None.class);
    }
  }

  @Test
  @DisplayName("A65: the reason of a refusal reaches the answer and the metric")
  void theReasonOfARefusalIsSaid() {
    Session session = fixture.create();
    nextAnswer().complete(new TokenOutcome.Refused(Reason.IDENTITY_CHANGED));
    assertThat(refresh(session))
        .isCompletedWithValue(new RefreshResult.Ended(Reason.IDENTITY_CHANGED));
    assertThat(fixture.find(session)).isInstanceOf(SessionLookup.None.class);
    assertThat(new String(fixture.metrics.scrape(), java.nio.charset.StandardCharsets.UTF_8))
        .contains("limen_refreshes_total{outcome=\"identity_changed\"} 1.0");
  }

  @Nested
  class WithoutARefreshToken {
    private final Session session =
        fixture.create(new Tokens("i", "a", null, NOW + 60_000, 0, NOW));

    @Test
    void anExpiredSessionHasEnded() {
      assertThat(refresh(session))
          .isCompletedWithValue(new RefreshResult.Ended(Reason.SESSION_EXPIRED));
      assertThat(fixture.find(session)).isInstanceOf(SessionLookup.None.class);
      assertThat(presented).isEmpty();
    }

    @Test
    void aSessionThatIsStillGoodGoesOn() {
      CompletableFuture<RefreshResult> result =
          refresher.refresh(session, NOW + 1_000).toCompletableFuture();
      assertThat(renewed(result).generation()).isEqualTo(1);
    }
  }

  @Nested
  class AProviderThatFails {
    private final Session session = fixture.create();
    private final TokenOutcome away = new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE);

    private RefreshResult at(Session session, long nowMillis) {
      return refresher
          .refresh(session, nowMillis)
          .toCompletableFuture()
          .orTimeout(20, TimeUnit.SECONDS)
          .join();
    }

    @Test
    void isLeftAloneByTheSessionForAWhile() {
      nextAnswer().complete(away);
      nextAnswer().complete(granted(2));
      at(session, EXPIRED);
      assertThat(at(session, EXPIRED + 749))
          .isEqualTo(new RefreshResult.Failed(Reason.PROVIDER_UNAVAILABLE));
      assertThat(presented).hasSize(1);
      assertThat(at(session, EXPIRED + 1_000)).isInstanceOf(RefreshResult.Renewed.class);
    }

    @Test
    void isLeftAloneByAllSessionsOnceItFailedThreeTimes() {
      for (int i = 0; i < 3; i++) {
        nextAnswer().complete(away);
        at(fixture.create(), EXPIRED);
      }
      assertThat(at(session, EXPIRED + 187)).isInstanceOf(RefreshResult.Failed.class);
      assertThat(presented).hasSize(3);
      nextAnswer().complete(granted(2));
      assertThat(at(session, EXPIRED + 250)).isInstanceOf(RefreshResult.Renewed.class);
    }

    @Test
    void isNotHammeredByManySessions() {
      for (int i = 0; i < 200; i++) {
        nextAnswer().complete(away);
      }
      for (int i = 0; i < 200; i++) {
        at(fixture.create(), EXPIRED + i * 50L);
      }
      assertThat(presented).hasSizeLessThan(12);
    }

    @Test
    void doesNotKeepASessionFromWhatAnotherReplicaRenewed() {
      nextAnswer().complete(away);
      at(session, EXPIRED);
      renewElsewhere(session, 7);
      assertThat(at(session, EXPIRED + 1)).isInstanceOf(RefreshResult.Renewed.class);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
