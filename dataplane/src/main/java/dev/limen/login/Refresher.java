package dev.limen.login;

import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.oidc.TokenOutcome;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * Renews a session's tokens: one at a time for each session in this process, whoever asks.
 *
 * <pre>
 *   read again ── moved on? use that        (somebody else was first, perhaps another replica)
 *      └─ same generation ── present the refresh token ── granted ── compare-and-set ── renewed
 *                                  │                                     └─ moved on? use that
 *                                  ├─ refused ── read again ── moved on? use that, else end it
 *                                  └─ anything else ── keep it, try again later
 * </pre>
 *
 * <p>Invariants: a generation of the refresh token is presented by one flight at a time, and not
 * again once it was answered (I2); a session is ended only for a definitive refusal of the
 * generation that is stored (I5), or because it has nothing to be renewed with; tokens that were
 * granted and could not be stored are kept to be stored later, since the stored ones are spent. A
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
  private final Function<Session, CompletionStage<TokenOutcome>> tokenRequest;
  private final Counter refreshes;

  /** Renews at {@code providers}, by id, and stores in {@code sessions}. */
  public Refresher(
      Map<String, OpenIdProvider> providers,
      Sessions sessions,
      SessionConfig config,
      Metrics metrics) {
    this(tokenRequestAt(Map.copyOf(providers)), sessions, config, metrics);
  }

  Refresher(
      Function<Session, CompletionStage<TokenOutcome>> tokenRequest,
      Sessions sessions,
      SessionConfig config,
      Metrics metrics) {
    this.flights = new ConcurrentHashMap<>();
    this.unstored = new UnstoredGrants();
    this.backoff = new RefreshBackoff();
    this.tokenRequest = tokenRequest;
    this.sessions = sessions;
    this.timing = new RefreshTiming(config.refresh().ahead());
    this.refreshes =
        metrics.counter("limen_refreshes_total", "Refreshes, by what became of them", "outcome");
  }

  private Refresher(
      Refresher old,
      Function<Session, CompletionStage<TokenOutcome>> tokenRequest,
      Sessions sessions,
      SessionConfig config) {
    this.flights = old.flights;
    this.unstored = old.unstored;
    this.backoff = old.backoff;
    this.tokenRequest = tokenRequest;
    this.sessions = sessions;
    this.timing = new RefreshTiming(config.refresh().ahead());
    this.refreshes = old.refreshes;
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
    if (flights.size() >= MAX_FLIGHTS && !flights.containsKey(key)) {
      return CompletableFuture.completedFuture(failed(Reason.REFRESH_PENDING));
    }
    CompletableFuture<RefreshResult> underWay = flights.putIfAbsent(key, flight);
    if (underWay != null) {
      return underWay.minimalCompletionStage();
    }
    begin(new Flight(session, nowMillis))
        .exceptionally(trouble -> failed(Trouble.reasonOf(trouble)))
        .thenAccept(result -> {
          // First out of the map: whoever comes now reads the store, which has the result.
          flights.remove(key, flight);
          flight.complete(result);
        });
    return flight.minimalCompletionStage();
  }

  /** Flights at this moment. */
  int underWay() {
    return flights.size();
  }

  private static CompletionStage<RefreshResult> begin(Flight flight) {
    try {
      return flight.readAgain();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static Function<Session, CompletionStage<TokenOutcome>> tokenRequestAt(
      Map<String, OpenIdProvider> providers) {
    return session -> {
      OpenIdProvider provider = providers.get(session.identity().provider());
      return provider == null
          ? CompletableFuture.completedFuture(
              new TokenOutcome.Unavailable(Reason.PROVIDER_UNAVAILABLE))
          : provider.refresh(session);
    };
  }

  private RefreshResult renewed(String outcome, Session session) {
    refreshes.increment(outcome);
    return new RefreshResult.Renewed(session);
  }

  private RefreshResult ended(Reason reason) {
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
    /** Attempts at storing what was granted, while the record moves but its generation does not. */
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
                case SessionLookup.None none -> {
                  unstored.forget(asked.key());
                  yield done(ended(none.reason()));
                }
              });
    }

    private CompletionStage<RefreshResult> consider(Session stored) {
      boolean movedOn = stored.generation() > asked.generation();
      if (movedOn && !isExpired(stored, nowMillis)) {
        return done(renewed("adopted", stored));
      }
      TokenOutcome.Granted grant = unstored.of(stored);
      if (grant != null) {
        return store(stored, grant, 1);
      }
      if (stored.tokens().refreshToken() == null) {
        return isExpired(stored, nowMillis)
            ? end(stored, Reason.SESSION_EXPIRED)
            : done(renewed("not_refreshable", stored));
      }
      Reason pause = backoff.pause(stored.key(), stored.identity().provider(), nowMillis);
      return pause == null ? present(stored) : done(new RefreshResult.Failed(pause));
    }

    private CompletionStage<RefreshResult> present(Session stored) {
      String provider = stored.identity().provider();
      return tokenRequest
          .apply(stored)
          .thenCompose(outcome ->
              switch (outcome) {
                case TokenOutcome.Granted granted -> {
                  backoff.succeeded(stored.key(), provider);
                  yield store(stored, granted, 1);
                }
                case TokenOutcome.Refused _ -> refused(stored);
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
                case SessionLookup.None none -> {
                  unstored.forget(stored.key());
                  yield done(ended(none.reason()));
                }
                case SessionLookup.Found found -> {
                  Session winner = found.session();
                  if (winner.generation() == stored.generation() && attempt < MAX_ATTEMPTS) {
                    yield store(winner, grant, attempt + 1);
                  }
                  unstored.forget(stored.key());
                  yield done(
                      winner.generation() > stored.generation()
                          ? renewed("adopted", winner)
                          : failed(Reason.REFRESH_PENDING));
                }
              });
    }

    private CompletionStage<RefreshResult> refused(Session stored) {
      return sessions
          .find(stored.secret(), nowMillis)
          .thenCompose(lookup ->
              switch (lookup) {
                case SessionLookup.None none -> done(ended(none.reason()));
                case SessionLookup.Found found -> {
                  Session now = found.session();
                  yield now.generation() > stored.generation()
                      ? done(renewed("adopted", now))
                      : end(now, Reason.SESSION_ENDED_BY_PROVIDER);
                }
              });
    }

    private CompletionStage<RefreshResult> end(Session stored, Reason reason) {
      return sessions.end(stored.key()).thenApply(_ -> ended(reason));
    }
  }
}
