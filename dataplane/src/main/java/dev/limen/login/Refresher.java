package dev.limen.login;

import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.oidc.TokenOutcome;
import dev.limen.oidc.UnverifiedGrant;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Renews a session's tokens: one at a time for each session in this process, whoever asks.
 *
 * <pre>
 *   read again ── moved on? use that        (somebody else was first, perhaps another replica)
 *      └─ same generation ── present the refresh token ── granted ── compare-and-set ── renewed
 *                                  │                                     └─ moved on? use that
 *                                  ├─ refused ── read again ── moved on? use that, else end it
 *                                  ├─ unverified ── keep what came, judge it again later
 *                                  └─ anything else ── keep it, try again later
 * </pre>
 *
 * <p>Invariants: a generation of the refresh token is presented by one flight at a time, and not
 * again once it was answered (I2); a session is ended only for a definitive refusal of the
 * generation that is stored (I5), or because it has nothing to be renewed with; tokens that were
 * granted and could not be stored or judged are kept for later, since the stored ones are spent. A
 * flight belongs to nobody: a check that stops waiting does not stop it. Safe for all threads.
 */
public final class Refresher {
  /** Flights at one time; each lasts as long as the provider's whole answer at most. */
  static final int MAX_FLIGHTS = 10_000;

  private final ConcurrentMap<SessionKey, CompletableFuture<RefreshResult>> flights;
  private final UnstoredGrants unstored;
  private final RefreshBackoff backoff;
  private final RefreshTiming timing;
  private final Sessions sessions;
  private final TokenRequest tokenRequest;
  private final Counter refreshes;
  private final int maxFlights;
  private final AtomicBoolean isDraining;

  /** Renews at {@code providers}, by id, and stores in {@code sessions}. */
  public Refresher(
      Map<String, OpenIdProvider> providers,
      Sessions sessions,
      SessionConfig config,
      Metrics metrics) {
    this(tokenRequestAt(Map.copyOf(providers)), sessions, config, metrics, Limits.STANDARD);
  }

  Refresher(
      TokenRequest tokenRequest,
      Sessions sessions,
      SessionConfig config,
      Metrics metrics,
      Limits limits) {
    this.flights = new ConcurrentHashMap<>();
    this.backoff = new RefreshBackoff();
    this.isDraining = new AtomicBoolean();
    this.tokenRequest = tokenRequest;
    this.sessions = sessions;
    this.timing = new RefreshTiming(config.refresh().ahead());
    this.refreshes =
        metrics.counter("limen_refreshes_total", "Refreshes, by what became of them", "outcome");
    this.maxFlights = limits.flights;
    this.unstored = new UnstoredGrants(limits.grants);
  }

  /**
   * How much is held at one time.
   *
   * @param flights renewals under way
   * @param grants that wait to be stored or judged
   */
  record Limits(int flights, int grants) {
    static final Limits STANDARD = new Limits(MAX_FLIGHTS, UnstoredGrants.MAX_GRANTS);
  }

  /** Redeems a session's refresh token at its provider. */
  interface TokenRequest {
    /** {@link OpenIdProvider#refresh}. */
    CompletionStage<TokenOutcome> send(Session session, @Nullable UnverifiedGrant kept);
  }

  private Refresher(
      Refresher old, TokenRequest tokenRequest, Sessions sessions, SessionConfig config) {
    this.flights = old.flights;
    this.unstored = old.unstored;
    this.backoff = old.backoff;
    this.tokenRequest = tokenRequest;
    this.sessions = sessions;
    this.timing = new RefreshTiming(config.refresh().ahead());
    this.refreshes = old.refreshes;
    this.maxFlights = old.maxFlights;
    this.isDraining = old.isDraining;
  }

  /**
   * The same, under another configuration. What is under way is shared: a token that one of the two
   * presents is not presented by the other.
   */
  public Refresher with(
      Map<String, OpenIdProvider> providers, Sessions sessions, SessionConfig config) {
    return new Refresher(this, tokenRequestAt(Map.copyOf(providers)), sessions, config);
  }

  /** Whether the tokens should be renewed behind the answer to this check. */
  public boolean isDue(Session session, long nowMillis) {
    return timing.isDue(session, nowMillis);
  }

  /** Whether the access token has expired, so that a check has to wait for its renewal. */
  public boolean isExpired(Session session, long nowMillis) {
    return timing.isExpired(session, nowMillis);
  }

  /**
   * Renews {@code session}, or joins the flight that does; never completes exceptionally. What
   * waits for the stage may give up at any time.
   */
  public CompletionStage<RefreshResult> refresh(Session session, long nowMillis) {
    SessionKey key = session.key();
    CompletableFuture<RefreshResult> flight = new CompletableFuture<>();
    if (flights.size() >= maxFlights && !flights.containsKey(key)) {
      return done(failed(Reason.REFRESH_PENDING));
    }
    CompletableFuture<RefreshResult> underWay = flights.putIfAbsent(key, flight);
    if (underWay != null) {
      return underWay.minimalCompletionStage();
    }
    // Looked at only now: whoever drains waits for all that is in the map by then.
    CompletionStage<RefreshResult> result =
        isDraining.get()
            ? done(failed(Reason.REFRESH_PENDING))
            : attempt(new Flight(session, nowMillis)::readAgain);
    result.thenAccept(answer -> {
      // First out of the map: whoever comes now reads the store, which has the result.
      flights.remove(key, flight);
      flight.complete(answer);
    });
    return flight.minimalCompletionStage();
  }

  /**
   * Begins no more renewals, and completes when those under way have ended and what was granted and
   * not stored was tried once more: a refresh token that is spent is worth its session.
   */
  public CompletionStage<@Nullable Void> drain(long nowMillis) {
    isDraining.set(true);
    return CompletableFuture.allOf(flights.values().toArray(CompletableFuture<?>[]::new))
        .<@Nullable Void>thenCompose(_ -> {
          backoff.forgetAll();
          return CompletableFuture.allOf(
              unstored.sessions().stream()
                  .map(session -> attempt(new Flight(session, nowMillis)::lastAttempt))
                  .map(CompletionStage::toCompletableFuture)
                  .toArray(CompletableFuture<?>[]::new));
        });
  }

  /** Flights at this moment. */
  int underWay() {
    return flights.size();
  }

  private CompletionStage<RefreshResult> attempt(Supplier<CompletionStage<RefreshResult>> flight) {
    CompletionStage<RefreshResult> result;
    try {
      result = flight.get();
    } catch (RuntimeException e) {
      result = CompletableFuture.failedFuture(e);
    }
    return result.exceptionally(trouble -> failed(Trouble.reasonOf(trouble)));
  }

  private static TokenRequest tokenRequestAt(Map<String, OpenIdProvider> providers) {
    return (session, kept) -> {
      OpenIdProvider provider = providers.get(session.identity().provider());
      return provider == null
          ? CompletableFuture.completedFuture(
              new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE))
          : provider.refresh(session, kept);
    };
  }

  private RefreshResult renewed(String outcome, Session session) {
    refreshes.increment(outcome);
    return new RefreshResult.Renewed(session);
  }

  private RefreshResult ended(SessionKey key, Reason reason) {
    unstored.forget(key);
    refreshes.increment(reason.label());
    return new RefreshResult.Ended(reason);
  }

  private RefreshResult failed(Reason reason) {
    refreshes.increment(reason.label());
    return new RefreshResult.Failed(reason);
  }

  private static CompletionStage<RefreshResult> done(RefreshResult result) {
    return CompletableFuture.completedFuture(result);
  }

  /** One renewal of one session. */
  private final class Flight {
    /** Attempts at storing, or at ending, while the record moves but its generation does not. */
    private static final int MAX_ATTEMPTS = 3;

    private final Session asked;
    private final long nowMillis;

    Flight(Session asked, long nowMillis) {
      this.asked = asked;
      this.nowMillis = nowMillis;
    }

    CompletionStage<RefreshResult> readAgain() {
      return sessions
          .find(asked.secret(), nowMillis)
          .thenCompose(lookup ->
              switch (lookup) {
                case SessionLookup.Found found -> consider(found.session());
                case SessionLookup.None none -> done(ended(asked.key(), none.reason()));
              });
    }

    /** Only what was granted already; a refresh token that is not spent stays so. */
    CompletionStage<RefreshResult> lastAttempt() {
      return sessions
          .find(asked.secret(), nowMillis)
          .thenCompose(lookup ->
              lookup instanceof SessionLookup.Found(Session stored) && unstored.of(stored) != null
                  ? consider(stored)
                  : done(failed(Reason.REFRESH_PENDING)));
    }

    private CompletionStage<RefreshResult> consider(Session stored) {
      boolean movedOn = stored.generation() > asked.generation();
      if (movedOn && !isExpired(stored, nowMillis)) {
        return done(renewed("adopted", stored));
      }
      TokenOutcome.Bought kept = unstored.of(stored);
      if (kept instanceof TokenOutcome.Granted granted) {
        return store(stored, granted, 1).thenCompose(this::onceMore);
      }
      if (stored.tokens().refreshToken() == null) {
        return isExpired(stored, nowMillis)
            ? end(stored, Reason.SESSION_EXPIRED, 1)
            : done(renewed("not_refreshable", stored));
      }
      Reason pause = backoff.pause(stored.key(), stored.identity().provider(), nowMillis);
      if (pause != null) {
        return done(new RefreshResult.Failed(pause));
      }
      return present(
          stored, kept instanceof TokenOutcome.Unverified unverified ? unverified.grant() : null);
    }

    /** What was granted a while ago may have expired by the time that it is stored. */
    private CompletionStage<RefreshResult> onceMore(RefreshResult result) {
      return result instanceof RefreshResult.Renewed(Session session)
              && isExpired(session, nowMillis)
              && session.tokens().refreshToken() != null
          ? present(session, null)
          : done(result);
    }

    private CompletionStage<RefreshResult> present(Session stored, @Nullable UnverifiedGrant kept) {
      return tokenRequest
          .send(stored, kept)
          .thenCompose(outcome ->
              switch (outcome) {
                case TokenOutcome.Granted granted -> {
                  backoff.succeeded(stored.key(), stored.identity().provider());
                  yield store(stored, granted, 1);
                }
                case TokenOutcome.Unverified unverified -> {
                  unstored.keep(stored, unverified);
                  yield later(stored, unverified.reason());
                }
                case TokenOutcome.Refused refused -> end(stored, refused.reason(), 1);
                case TokenOutcome.ClientRefused _ ->
                    later(stored, Reason.CLIENT_REFUSED_BY_PROVIDER);
                case TokenOutcome.Unavailable unavailable -> later(stored, unavailable.reason());
              });
    }

    private CompletionStage<RefreshResult> later(Session stored, Reason reason) {
      backoff.failed(stored.key(), stored.identity().provider(), reason, nowMillis);
      return done(failed(reason));
    }

    private CompletionStage<RefreshResult> store(
        Session stored, TokenOutcome.Granted grant, int attempt) {
      unstored.keep(stored, grant);
      return sessions
          .renew(stored, grant.tokens(), grant.identity(), nowMillis)
          .thenCompose(session -> {
            if (session == null) {
              return lost(stored, grant, attempt);
            }
            unstored.forget(stored.key());
            return done(renewed("renewed", session));
          });
    }

    /** The compare-and-set found something else: the winner's word counts. */
    private CompletionStage<RefreshResult> lost(
        Session stored, TokenOutcome.Granted grant, int attempt) {
      return sessions
          .find(stored.secret(), nowMillis)
          .thenCompose(lookup ->
              switch (lookup) {
                case SessionLookup.None none -> done(ended(stored.key(), none.reason()));
                case SessionLookup.Found found -> {
                  Session winner = found.session();
                  if (winner.generation() > stored.generation()) {
                    yield adopted(winner);
                  }
                  // Kept where it stays at that: the next flight tries again.
                  yield attempt < MAX_ATTEMPTS
                      ? store(winner, grant, attempt + 1)
                      : done(failed(Reason.REFRESH_PENDING));
                }
              });
    }

    private CompletionStage<RefreshResult> adopted(Session winner) {
      unstored.forget(winner.key());
      return done(renewed("adopted", winner));
    }

    /** Ends the generation of {@code refused}, and no later one. */
    private CompletionStage<RefreshResult> end(Session refused, Reason reason, int attempt) {
      return sessions
          .find(refused.secret(), nowMillis)
          .thenCompose(lookup ->
              switch (lookup) {
                case SessionLookup.None none -> done(ended(refused.key(), none.reason()));
                case SessionLookup.Found found ->
                    found.session().generation() > refused.generation()
                        ? adopted(found.session())
                        : endRead(found.session(), reason, attempt);
              });
    }

    private CompletionStage<RefreshResult> endRead(Session read, Reason reason, int attempt) {
      return sessions
          .endUnlessMoved(read)
          .thenCompose(isEnded -> {
            if (isEnded) {
              return done(ended(read.key(), reason));
            }
            return attempt < MAX_ATTEMPTS
                ? end(read, reason, attempt + 1)
                : done(failed(Reason.REFRESH_PENDING));
          });
    }
  }
}
