package dev.limen.login;

import dev.limen.check.Reason;
import dev.limen.oidc.TokenOutcome;
import dev.limen.oidc.UnverifiedGrant;
import dev.limen.session.RefreshLease;
import dev.limen.session.Session;
import dev.limen.session.SessionLookup;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One renewal of one session, from the look at the store to the end of the lease.
 *
 * <pre>
 *   read ── moved on? use that
 *    └─ turn ── lease ── somebody else's? give the turn back, wait, read
 *                 └─ read again ── moved on? use that
 *                      └─ intent ── present ── granted ── commit ── renewed
 *                                     │                     └─ moved on? use that
 *                                     ├─ refused ── read again ── moved on? use that, else end it
 *                                     ├─ unverified ── keep what came and the lease
 *                                     └─ anything else ── keep the session, try again later
 * </pre>
 *
 * <p>Invariant: a refresh token is presented under a lease and after its intent was noted, and the
 * record is written or deleted under that same lease or not at all (I2, I3). The lease ends with
 * the flight, unless tokens were granted that the store does not hold yet: then nobody else may
 * present what they cost. Source: RFC 9700, section 4.14.2 (refresh token rotation); the order of
 * steps is modelled in refresh.pml. One flight is used by one caller.
 */
final class RefreshFlight {
  /**
   * Looks at a store where somebody else renews: with the pauses between them some 19 s, so that
   * whoever waits takes over from a holder that died.
   */
  static final int MAX_LOOKS = 40;

  /** Attempts at storing, or at ending, while the record moves but its generation does not. */
  private static final int MAX_ATTEMPTS = 3;

  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long MAX_PAUSE_MILLIS = 500;
  private static final int MAX_DOUBLINGS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(RefreshFlight.class);

  private final Ground ground;
  private final RefreshSteps steps;
  private final RefreshState state;
  private final Session asked;
  private final long nowMillis;

  /**
   * What a flight stands on.
   *
   * @param steps of the protocol
   * @param state that all flights share
   * @param tokenRequest at the provider
   * @param timing of tokens
   * @param maxInFlight turns at one provider
   */
  record Ground(
      RefreshSteps steps,
      RefreshState state,
      Refresher.TokenRequest tokenRequest,
      RefreshTiming timing,
      int maxInFlight) {}

  RefreshFlight(Ground ground, Session asked, long nowMillis) {
    this.ground = ground;
    this.steps = ground.steps;
    this.state = ground.state;
    this.asked = asked;
    this.nowMillis = nowMillis;
  }

  /** All of it. */
  CompletionStage<RefreshResult> renew() {
    return look(1);
  }

  /** Only what was granted already; a refresh token that is not spent stays so. */
  CompletionStage<RefreshResult> storeWhatWasGranted() {
    return read(stored ->
        state.unstored.of(stored) == null
            ? done(pending())
            : underLease().thenApply(result -> result == null ? pending() : result));
  }

  private CompletionStage<RefreshResult> look(int number) {
    return read(stored -> consider(stored, number));
  }

  private CompletionStage<RefreshResult> read(
      Function<Session, CompletionStage<RefreshResult>> next) {
    return steps
        .readAgain(asked, nowMillis)
        .thenCompose(lookup ->
            switch (lookup) {
              case SessionLookup.Found found -> next.apply(found.session());
              case SessionLookup.None none -> done(state.ended(asked.key(), none.reason()));
            });
  }

  /** Whether there is anything to do that needs the lease, and whether it may be done now. */
  private CompletionStage<RefreshResult> consider(Session stored, int look) {
    RefreshResult known = withoutAsking(stored);
    if (known != null) {
      return done(known);
    }
    String provider = stored.identity().provider();
    boolean asksNobody =
        stored.tokens().refreshToken() == null
            || state.unstored.of(stored) instanceof TokenOutcome.Granted;
    Reason pause = asksNobody ? null : state.backoff.pause(stored.key(), provider, nowMillis);
    if (pause != null) {
      return done(new RefreshResult.Failed(pause));
    }
    return state
        .turnsAt(provider)
        .take(ground.maxInFlight)
        .thenCompose(turns -> attempt(this::inTurn).whenComplete((_, _) -> turns.end()))
        .thenCompose(result -> result == null ? waitForTheWinner(look) : done(result));
  }

  /** What is known without the provider; null if it has to be asked, or something ended. */
  private @Nullable RefreshResult withoutAsking(Session stored) {
    boolean isExpired = ground.timing.isExpired(stored, nowMillis);
    if (stored.generation() > asked.generation() && !isExpired) {
      return state.renewed("adopted", stored);
    }
    return stored.tokens().refreshToken() == null && !isExpired && state.unstored.of(stored) == null
        ? state.renewed("not_refreshable", stored)
        : null;
  }

  /** Those who waited while the process began to go away end here: their tokens are not spent. */
  private CompletionStage<@Nullable RefreshResult> inTurn() {
    return state.isDraining.get() ? CompletableFuture.completedFuture(pending()) : underLease();
  }

  /** Null if somebody else holds the lease. */
  private CompletionStage<@Nullable RefreshResult> underLease() {
    return held()
        .<@Nullable RefreshResult>thenCompose(held ->
            held == null
                ? CompletableFuture.completedFuture(null)
                : attempt(() -> read(stored -> decide(held, stored)))
                    .handle((result, trouble) -> over(held, result, trouble))
                    .thenCompose(over -> over));
  }

  /**
   * The lease of an earlier flight that left something behind, if it still holds; else a new one.
   */
  private CompletionStage<@Nullable HeldLease> held() {
    HeldLease left = state.unstored.leaseOf(asked.key());
    return left == null
        ? taken()
        : left.renew()
            .<@Nullable HeldLease>thenCompose(
                holds -> holds ? CompletableFuture.completedFuture(left) : taken());
  }

  private CompletionStage<@Nullable HeldLease> taken() {
    return steps
        .take(asked.key())
        .<@Nullable HeldLease>thenApply(
            lease -> lease == null ? null : HeldLease.keeping(lease, steps));
  }

  private CompletionStage<RefreshResult> over(
      HeldLease held, @Nullable RefreshResult result, @Nullable Throwable trouble) {
    CompletionStage<RefreshResult> outcome =
        result == null
            ? CompletableFuture.failedFuture(
                trouble == null ? new IllegalStateException("no result") : trouble)
            : done(result);
    return state.unstored.leaseOf(asked.key()) == held
        ? outcome
        : held.release().thenCompose(_ -> outcome);
  }

  private CompletionStage<RefreshResult> waitForTheWinner(int look) {
    if (look >= MAX_LOOKS) {
      return done(pending());
    }
    long millis =
        Math.min(MAX_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(look - 1, MAX_DOUBLINGS));
    CompletableFuture<RefreshResult> result = new CompletableFuture<>();
    steps.later(
        jittered(millis),
        () ->
            attempt(() -> look(look + 1))
                .whenComplete((found, trouble) -> {
                  if (trouble == null) {
                    result.complete(found);
                  } else {
                    result.completeExceptionally(trouble);
                  }
                }));
    return result;
  }

  /** A quarter either way, so that replicas do not look at the same moment. */
  private static long jittered(long millis) {
    return millis - millis / 4 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
  }

  /** What the holder of the lease does with what the store holds now. */
  private CompletionStage<RefreshResult> decide(HeldLease held, Session stored) {
    RefreshResult known = withoutAsking(stored);
    if (known != null) {
      return done(known);
    }
    TokenOutcome.Bought kept = state.unstored.of(stored);
    if (kept instanceof TokenOutcome.Granted granted) {
      return store(held, stored, granted, 1).thenCompose(result -> onceMore(held, result));
    }
    if (kept == null && stored.tokens().refreshToken() == null) {
      return end(held, stored, Reason.SESSION_EXPIRED, 1);
    }
    Reason pause = state.backoff.claim(stored.key(), stored.identity().provider(), nowMillis);
    if (pause != null) {
      return done(new RefreshResult.Failed(pause));
    }
    return kept instanceof TokenOutcome.Unverified unverified
        ? present(held, stored, unverified.grant())
        : intend(held, stored);
  }

  /** What was granted a while ago may have expired by the time that it is stored. */
  private CompletionStage<RefreshResult> onceMore(HeldLease held, RefreshResult result) {
    return result instanceof RefreshResult.Renewed(Session session)
            && ground.timing.isExpired(session, nowMillis)
            && session.tokens().refreshToken() != null
        ? intend(held, session)
        : done(result);
  }

  private CompletionStage<RefreshResult> intend(HeldLease held, Session stored) {
    return steps
        .intend(held.lease(), stored.generation())
        .thenCompose(noted -> noted ? present(held, stored, null) : done(pending()));
  }

  private CompletionStage<RefreshResult> present(
      HeldLease held, Session stored, @Nullable UnverifiedGrant kept) {
    String provider = stored.identity().provider();
    return ground
        .tokenRequest
        .send(stored, kept)
        .thenCompose(outcome -> {
          if (outcome instanceof TokenOutcome.Bought || outcome instanceof TokenOutcome.Refused) {
            state.clientRefusals.accepted(provider);
          }
          return switch (outcome) {
            case TokenOutcome.Granted granted -> {
              state.backoff.succeeded(stored.key(), provider);
              yield store(held, stored, granted, 1);
            }
            case TokenOutcome.Unverified unverified -> {
              state.unstored.keep(stored, unverified, held);
              yield later(stored, unverified.reason());
            }
            case TokenOutcome.Refused refused ->
                end(
                    held,
                    stored,
                    kept == null
                            && wasInDoubt(held, stored)
                            && refused.reason() == Reason.SESSION_ENDED_BY_PROVIDER
                        ? Reason.LOST_ROTATION
                        : refused.reason(),
                    1);
            case TokenOutcome.ClientRefused _ -> clientRefused(held, stored);
            case TokenOutcome.Unavailable unavailable -> later(stored, unavailable.reason());
          };
        });
  }

  /**
   * Whether a refresh token was presented before and nobody noted what came of it: if it is refused
   * now, it was most likely that one that counted.
   */
  private static boolean wasInDoubt(HeldLease held, Session stored) {
    return held.lease().presented() == stored.generation();
  }

  /** The refresh token was not looked at: it is in no more doubt than before. */
  private CompletionStage<RefreshResult> clientRefused(HeldLease held, Session stored) {
    state.clientRefusals.refused(stored.identity().provider());
    CompletionStage<Boolean> noted =
        wasInDoubt(held, stored)
            ? CompletableFuture.completedFuture(true)
            : steps.intend(held.lease(), RefreshLease.NOTHING).exceptionally(_ -> false);
    return noted.thenCompose(_ -> later(stored, Reason.CLIENT_REFUSED_BY_PROVIDER));
  }

  private CompletionStage<RefreshResult> later(Session stored, Reason reason) {
    state.backoff.failed(stored.key(), stored.identity().provider(), reason, nowMillis);
    return done(state.failed(reason));
  }

  private CompletionStage<RefreshResult> store(
      HeldLease held, Session stored, TokenOutcome.Granted grant, int attempt) {
    state.unstored.keep(stored, grant, held);
    return steps
        .commit(held.lease(), stored, grant, nowMillis)
        .thenCompose(session -> {
          if (session == null) {
            return lost(held, stored, grant, attempt);
          }
          state.unstored.forget(stored.key());
          return done(state.renewed("renewed", session));
        });
  }

  /** The compare-and-set found something else: the winner's word counts. */
  private CompletionStage<RefreshResult> lost(
      HeldLease held, Session stored, TokenOutcome.Granted grant, int attempt) {
    return read(winner -> {
      if (winner.generation() > stored.generation()) {
        return adopted(winner);
      }
      // Kept where it stays at that: the next flight tries again.
      return attempt < MAX_ATTEMPTS ? store(held, winner, grant, attempt + 1) : done(pending());
    });
  }

  private CompletionStage<RefreshResult> adopted(Session winner) {
    state.unstored.forget(winner.key());
    return done(state.renewed("adopted", winner));
  }

  /** Ends the generation of {@code refused}, and no later one. */
  private CompletionStage<RefreshResult> end(
      HeldLease held, Session refused, Reason reason, int attempt) {
    return read(found ->
        found.generation() > refused.generation()
            ? adopted(found)
            : endRead(held, found, reason, attempt));
  }

  private CompletionStage<RefreshResult> endRead(
      HeldLease held, Session read, Reason reason, int attempt) {
    return steps
        .end(held.lease(), read)
        .thenCompose(isEnded -> {
          if (isEnded) {
            say(reason);
            return done(state.ended(read.key(), reason));
          }
          return attempt < MAX_ATTEMPTS ? end(held, read, reason, attempt + 1) : done(pending());
        });
  }

  private static void say(Reason reason) {
    if (reason == Reason.LOST_ROTATION) {
      LOG.warn(
          "lost_rotation: a session ended, since the answer to its last refresh never came; a"
              + " provider that allows a refresh token twice makes this lossless");
    }
  }

  private RefreshResult pending() {
    return state.failed(Reason.REFRESH_PENDING);
  }

  private static <T extends @Nullable Object> CompletionStage<T> attempt(Step<T> step) {
    try {
      return step.take();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** What may fail before it begins. */
  private interface Step<T extends @Nullable Object> {
    CompletionStage<T> take();
  }

  private static CompletionStage<RefreshResult> done(RefreshResult result) {
    return CompletableFuture.completedFuture(result);
  }
}
