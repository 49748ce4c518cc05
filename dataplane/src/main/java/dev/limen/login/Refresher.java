package dev.limen.login;

import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.oidc.TokenOutcome;
import dev.limen.oidc.UnverifiedGrant;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import dev.limen.session.Sessions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Renews a session's tokens: one at a time for each session, whoever asks, and whichever replica.
 *
 * <p>Invariants: a generation of the refresh token is presented by one flight at a time, and again
 * only where nobody noted what came of it (I2); a session is ended only for a definitive refusal of
 * the generation that is stored (I5), or because it has nothing to be renewed with; tokens that
 * were granted and could not be stored or judged are kept for later, since the stored ones are
 * spent. A flight belongs to nobody: a check that stops waiting does not stop it. What a flight
 * does is {@link RefreshFlight}'s. Safe for all threads.
 */
public final class Refresher {
  /** Flights at one time, those included that wait for their turn at a provider. */
  static final int MAX_FLIGHTS = 10_000;

  /** Attempts at storing what was granted, with nobody asking: a minute's worth. */
  static final int MAX_STORINGS = 32;

  private static final long FIRST_STORING_MILLIS = 250;
  private static final long MAX_STORING_MILLIS = 2_000;
  private static final int MAX_DOUBLINGS = 3;

  private final RefreshState state;
  private final RefreshSteps steps;
  private final RefreshTiming timing;
  private final RefreshFlight.Ground ground;

  /** Renews at {@code providers}, by id, and stores in {@code sessions}. */
  public Refresher(
      Map<String, OpenIdProvider> providers,
      Sessions sessions,
      SessionConfig config,
      Metrics metrics) {
    this(
        tokenRequestAt(Map.copyOf(providers)),
        new RefreshSteps(sessions),
        config,
        metrics,
        Limits.STANDARD);
  }

  Refresher(
      TokenRequest tokenRequest,
      RefreshSteps steps,
      SessionConfig config,
      Metrics metrics,
      Limits limits) {
    this(new RefreshState(metrics, limits), tokenRequest, steps, config);
  }

  private Refresher(
      RefreshState state, TokenRequest tokenRequest, RefreshSteps steps, SessionConfig config) {
    this.state = state;
    this.steps = steps;
    this.timing = new RefreshTiming(config.refresh().ahead());
    this.ground =
        new RefreshFlight.Ground(
            steps, state, tokenRequest, timing, config.refresh().maxInFlight());
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

  /**
   * The same, under another configuration. What is under way is shared: a token that one of the two
   * presents is not presented by the other.
   */
  public Refresher with(
      Map<String, OpenIdProvider> providers, Sessions sessions, SessionConfig config) {
    return new Refresher(
        state, tokenRequestAt(Map.copyOf(providers)), new RefreshSteps(sessions), config);
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
    if (state.flights.size() >= state.maxFlights && !state.flights.containsKey(key)) {
      return done(state.failed(Reason.REFRESH_PENDING));
    }
    CompletableFuture<RefreshResult> underWay = steps.join(state.flights, key, flight);
    if (underWay != null) {
      return underWay.minimalCompletionStage();
    }
    // Looked at only now: whoever drains waits for all that is in the map by then.
    CompletionStage<RefreshResult> result =
        state.isDraining.get()
            ? done(state.failed(Reason.REFRESH_PENDING))
            : attempt(new RefreshFlight(ground, session, nowMillis)::renew);
    result.thenAccept(answer -> {
      // First out of the map: whoever comes now reads the store, which has the result.
      state.flights.remove(key, flight);
      flight.complete(answer);
      storeLater(session, nowMillis);
    });
    return flight.minimalCompletionStage();
  }

  /**
   * Begins no more renewals, and completes when those under way have ended and what was granted and
   * not stored was tried once more: a refresh token that is spent is worth its session.
   */
  public CompletionStage<@Nullable Void> drain(long nowMillis) {
    state.isDraining.set(true);
    return CompletableFuture.allOf(state.flights.values().toArray(CompletableFuture<?>[]::new))
        .<@Nullable Void>thenCompose(_ -> {
          state.backoff.forgetAll();
          return CompletableFuture.allOf(
              state.unstored.sessions().stream()
                  .map(session ->
                      attempt(new RefreshFlight(ground, session, nowMillis)::storeWhatWasGranted))
                  .map(CompletionStage::toCompletableFuture)
                  .toArray(CompletableFuture<?>[]::new));
        });
  }

  /** Flights at this moment. */
  int underWay() {
    return state.flights.size();
  }

  /** What was granted goes to the store as soon as the store takes it, whoever asks meanwhile. */
  private void storeLater(Session session, long nowMillis) {
    if (state.unstored.of(session) instanceof TokenOutcome.Granted
        && state.storing.add(session.key())) {
      storeLater(session, nowMillis, 1);
    }
  }

  private void storeLater(Session session, long nowMillis, int number) {
    boolean isWaiting = state.unstored.of(session) instanceof TokenOutcome.Granted;
    if (!isWaiting || number > MAX_STORINGS || state.isDraining.get()) {
      state.storing.remove(session.key());
      return;
    }
    long pause =
        Math.min(MAX_STORING_MILLIS, FIRST_STORING_MILLIS << Math.min(number - 1, MAX_DOUBLINGS));
    steps.later(
        pause,
        () ->
            refresh(session, nowMillis + pause)
                .thenRun(() -> storeLater(session, nowMillis + pause, number + 1)));
  }

  private CompletionStage<RefreshResult> attempt(Supplier<CompletionStage<RefreshResult>> flight) {
    CompletionStage<RefreshResult> result;
    try {
      result = flight.get();
    } catch (RuntimeException e) {
      result = CompletableFuture.failedFuture(e);
    }
    return result.exceptionally(trouble -> state.failed(Trouble.reasonOf(trouble)));
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

  private static CompletionStage<RefreshResult> done(RefreshResult result) {
    return CompletableFuture.completedFuture(result);
  }
}
