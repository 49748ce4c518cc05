package dev.limen.login;

import dev.limen.oidc.TokenOutcome;
import dev.limen.session.Session;
import dev.limen.session.SessionKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a provider granted and the store has not taken yet: the stored refresh token is spent by
 * then, so losing the grant would lose the session.
 *
 * <p>Invariant: a grant belongs to one generation of one session, and is offered for no other.
 * Holds at most {@link #MAX_GRANTS}; the oldest make room. Safe for all threads.
 */
final class UnstoredGrants {
  /** About 5 KiB each; only as many as were granted while the store was away. */
  static final int MAX_GRANTS = 2_000;

  private final Map<SessionKey, Kept> grants = new LinkedHashMap<>();

  /** Keeps a grant for the generation of {@code session}. */
  synchronized void keep(Session session, TokenOutcome.Granted grant) {
    grants.remove(session.key());
    while (grants.size() >= MAX_GRANTS) {
      grants.remove(grants.keySet().iterator().next());
    }
    grants.put(session.key(), new Kept(session.generation(), grant));
  }

  /** The grant for the generation of {@code session}; null if there is none. */
  synchronized TokenOutcome.@Nullable Granted of(Session session) {
    Kept kept = grants.get(session.key());
    return kept != null && kept.generation() == session.generation() ? kept.grant() : null;
  }

  /** The grant was stored, or is of no use any more. */
  synchronized void forget(SessionKey key) {
    grants.remove(key);
  }

  /** A grant, and the generation whose refresh token it cost. */
  private record Kept(long generation, TokenOutcome.Granted grant) {}
}
