package dev.limen.login;

import dev.limen.oidc.TokenOutcome;
import dev.limen.session.RefreshLease;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a renewal, one method for each rule that keeps it safe.
 *
 * <p>Invariant: each method is a rule by itself, so that a test which takes one away sees what that
 * rule alone is for. That is the one reason why the class is open; nothing in production extends
 * it. Source: the model in refresh.pml, which has the same steps. Safe for all threads.
 */
class RefreshSteps {
  private final Sessions sessions;

  RefreshSteps(Sessions sessions) {
    this.sessions = sessions;
  }

  /** Single flight: the renewal of this session that is under way; null if it is {@code own}. */
  @Nullable CompletableFuture<RefreshResult> join(
      ConcurrentMap<SessionKey, CompletableFuture<RefreshResult>> flights,
      SessionKey key,
      CompletableFuture<RefreshResult> own) {
    return flights.putIfAbsent(key, own);
  }

  /** Lease: one holder in all replicas; null if that is somebody else. */
  CompletionStage<@Nullable RefreshLease> take(SessionKey key) {
    return sessions.lease(key);
  }

  /** A lease outlives the flight that holds it. */
  CompletionStage<Boolean> renew(RefreshLease lease) {
    return sessions.renew(lease);
  }

  /** Read again: what the store holds now, not what the check saw. */
  CompletionStage<SessionLookup> readAgain(Session asked, long nowMillis) {
    return sessions.find(asked.secret(), nowMillis);
  }

  /** Intent: what is about to be presented is noted before; false if the lease has ended. */
  CompletionStage<Boolean> intend(RefreshLease lease, long generation) {
    return sessions.intend(lease, generation);
  }

  /** Compare-and-set, under the fence; null if something else is there now. */
  CompletionStage<@Nullable Session> commit(
      RefreshLease lease, Session stored, TokenOutcome.Granted grant, long nowMillis) {
    return sessions.renew(lease, stored, grant.tokens(), grant.identity(), nowMillis);
  }

  /** The same, for the end of a session. */
  CompletionStage<Boolean> end(RefreshLease lease, Session read) {
    return sessions.end(lease, read);
  }

  /** Ends the lease. */
  CompletionStage<@Nullable Void> release(RefreshLease lease) {
    return sessions.release(lease);
  }

  /** Runs {@code errand} after a while, on a thread of its own. */
  void later(long millis, Runnable errand) {
    CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(errand);
  }
}
