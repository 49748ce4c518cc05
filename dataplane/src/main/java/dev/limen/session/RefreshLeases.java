package dev.limen.session;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The port that stores fill for renewals: one holder at a time for each session, whatever the
 * replica, and writes that only the holder can do.
 *
 * <pre>
 *   take ──► held ──► intend ──► replace or delete ──► release
 *              │ renew, while it lasts
 *              └──► ends by itself after LENGTH
 * </pre>
 *
 * <p>Invariant: a lease that ended, by itself or by {@link #release}, writes nothing any more,
 * whoever holds the next one (I3); nothing here creates a record (I4). Trouble completes a stage
 * exceptionally with {@link StoreUnavailableException}, and then nobody knows whether it was done.
 *
 * <p>Source: M. Kleppmann, "How to do distributed locking" (2016), for the fence. Nothing here
 * blocks.
 */
public interface RefreshLeases {
  /** A lease that is not renewed ends after this: later than a provider's whole answer is given. */
  Duration LENGTH = Duration.ofSeconds(15);

  /** A lease on the session's renewal; null if somebody else holds it. */
  CompletionStage<@Nullable RefreshLease> take(SessionKey key);

  /** Lets the lease last for another {@link #LENGTH}; false if it has ended. */
  CompletionStage<Boolean> renew(RefreshLease lease);

  /**
   * Notes that the refresh token of {@code generation} is about to be presented, or, with {@link
   * RefreshLease#NOTHING}, that none is in doubt; false, with nothing noted, if the lease has
   * ended. The note outlives the lease.
   */
  CompletionStage<Boolean> intend(RefreshLease lease, long generation);

  /**
   * Replaces the session's record if the lease holds and the record still is at {@code
   * expectedVersion}; else false, with nothing written. Never creates.
   */
  CompletionStage<Boolean> replace(RefreshLease lease, SealedSession session, long expectedVersion);

  /**
   * Forgets the session if the lease holds and the record still is at {@code expectedVersion}, and
   * sets its tombstone for {@code life}; else false, with nothing done.
   */
  CompletionStage<Boolean> delete(RefreshLease lease, long expectedVersion, Duration life);

  /** Ends the lease; nothing happens if it has ended already. */
  CompletionStage<@Nullable Void> release(RefreshLease lease);
}
