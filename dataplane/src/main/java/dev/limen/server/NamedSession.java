package dev.limen.server;

import dev.limen.crypto.KeyRing;
import dev.limen.session.RevocationScope;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLogId;
import dev.limen.session.redis.RedisStore;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session by what the log calls it.
 *
 * <p>Invariant: the name does not lead to the session ({@link SessionLogId}), so every stored
 * session is asked whether it had this name, on any day that it may have lived; two that had it are
 * none.
 */
record NamedSession(String name, KeyRing ring, Duration absoluteTimeout) {
  /** A million sessions take a few seconds. */
  static final long MAX_SECONDS = 60;

  @Nullable RevocationScope in(RedisStore store, long nowMillis) {
    SessionLogId logId = new SessionLogId(ring);
    Set<SessionKey> found =
        store
            .search(key -> logId.was(key, name, nowMillis, absoluteTimeout))
            .toCompletableFuture()
            .orTimeout(MAX_SECONDS, TimeUnit.SECONDS)
            .join();
    return found.size() == 1 ? new RevocationScope.OneSession(found.iterator().next()) : null;
  }
}
