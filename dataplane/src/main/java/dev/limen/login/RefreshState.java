package dev.limen.login;

import dev.limen.check.Reason;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What all renewals of this process share, whatever configuration began them.
 *
 * <p>Invariant: there is one for each process, so that a token which one configuration presents is
 * not presented by the next, and a provider has one set of turns. Safe for all threads.
 */
final class RefreshState {
  final ConcurrentMap<SessionKey, CompletableFuture<RefreshResult>> flights =
      new ConcurrentHashMap<>();

  /** Sessions whose grant is being stored again and again. */
  final Set<SessionKey> storing = ConcurrentHashMap.newKeySet();

  final AtomicBoolean isDraining = new AtomicBoolean();
  final RefreshBackoff backoff = new RefreshBackoff();
  final UnstoredGrants unstored;
  final ClientRefusals clientRefusals;
  final int maxFlights;

  private final ConcurrentMap<String, RefreshTurns> turns = new ConcurrentHashMap<>();
  private final Counter refreshes;

  RefreshState(Metrics metrics, Refresher.Limits limits) {
    this.unstored = new UnstoredGrants(limits.grants());
    this.maxFlights = limits.flights();
    this.clientRefusals = new ClientRefusals(metrics);
    this.refreshes =
        metrics.counter("limen_refreshes_total", "Refreshes, by what became of them", "outcome");
    metrics.gauge(
        "limen_refreshes_in_flight",
        "Refreshes that have their turn at a provider",
        () -> turns.values().stream().mapToLong(RefreshTurns::underWay).sum());
    metrics.gauge(
        "limen_refreshes_waiting",
        "Refreshes that wait for their turn at a provider",
        () -> turns.values().stream().mapToLong(RefreshTurns::waiting).sum());
  }

  RefreshTurns turnsAt(String provider) {
    return turns.computeIfAbsent(provider, _ -> new RefreshTurns());
  }

  RefreshResult renewed(String outcome, Session session) {
    refreshes.increment(outcome);
    return new RefreshResult.Renewed(session);
  }

  RefreshResult ended(SessionKey key, Reason reason) {
    unstored.forget(key);
    refreshes.increment(reason.label());
    return new RefreshResult.Ended(reason);
  }

  RefreshResult failed(Reason reason) {
    refreshes.increment(reason.label());
    return new RefreshResult.Failed(reason);
  }
}
