package dev.limen.session;

import java.util.concurrent.CompletionStage;

/**
 * Ends sessions on command: the port that logout and the command line call.
 *
 * <p>Invariant: a stage completes with an answer only once the store has it (I4): from then on no
 * check lets a session of the scope pass, and nothing brings one back. Trouble is {@link
 * StoreUnavailableException}: then nobody knows, and the caller does not say that it is done. To
 * revoke again does no harm. Safe for all threads.
 */
public interface Revocations {
  /** Ends the sessions of {@code scope} that began before now, by the store's own clock. */
  CompletionStage<Revoked> revoke(RevocationScope scope);

  /**
   * What a revocation did.
   *
   * @param ended records that were found and deleted at once; what an index has lost ends all the
   *     same, at its next check
   * @param isConfirmed whether a replica of the store has it too, or there is none; if not, a
   *     failover within the next moment may lose it, and revoking again is the remedy
   */
  record Revoked(int ended, boolean isConfirmed) {}
}
