package dev.limen.login;

import dev.limen.oidc.TokenOutcome;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a provider granted and no session has yet, because the store did not take it or nobody could
 * judge it: the stored refresh token is spent by then, so losing the grant would lose the session.
 *
 * <p>Invariant: a grant belongs to one generation of one session, and is offered for no other. With
 * it goes the lease under which it was bought, so that nobody else presents what is spent. Holds at
 * most {@link #MAX_GRANTS}; the oldest make room. Safe for all threads.
 */
final class UnstoredGrants {
  /** About 10 KiB each; only as many as were granted while the store or the keys were away. */
  static final int MAX_GRANTS = 2_000;

  private final SequencedMap<SessionKey, Kept> grants = new LinkedHashMap<>();
  private final int maxGrants;

  UnstoredGrants() {
    this(MAX_GRANTS);
  }

  UnstoredGrants(int maxGrants) {
    this.maxGrants = maxGrants;
  }

  /** Keeps a grant for the generation of {@code session}, which was bought under {@code lease}. */
  synchronized void keep(Session session, TokenOutcome.Bought grant, HeldLease lease) {
    grants.remove(session.key());
    while (grants.size() >= maxGrants) {
      Kept oldest = grants.pollFirstEntry().getValue();
      var _ = oldest.lease.release();
    }
    grants.put(session.key(), new Kept(session, grant, lease));
  }

  /** The grant for the generation of {@code session}; null if there is none. */
  synchronized TokenOutcome.@Nullable Bought of(Session session) {
    Kept kept = grants.get(session.key());
    return kept != null && kept.session.generation() == session.generation() ? kept.grant : null;
  }

  /** The lease under which what is kept for this session was bought; null if nothing is kept. */
  synchronized @Nullable HeldLease leaseOf(SessionKey key) {
    Kept kept = grants.get(key);
    return kept == null ? null : kept.lease;
  }

  /** The grant was stored, or is of no use any more. */
  synchronized void forget(SessionKey key) {
    grants.remove(key);
  }

  /** The sessions that have a grant here. */
  synchronized List<Session> sessions() {
    return grants.values().stream().map(Kept::session).toList();
  }

  /** A grant, the session whose refresh token it cost, and the lease that it was bought under. */
  private record Kept(Session session, TokenOutcome.Bought grant, HeldLease lease) {}
}
