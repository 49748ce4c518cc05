package dev.limen.session;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The port that stores fill: sealed sessions by key.
 *
 * <p>Invariant: a store never answers "no such session" for trouble of its own: every stage
 * completes exceptionally with {@link StoreUnavailableException} instead, within the store's own
 * command deadline. Stages may complete on any thread. Nothing here blocks.
 */
public interface SessionStore extends AutoCloseable {
  /** The session filed under {@code key}, or null if there is none. */
  CompletionStage<@Nullable SealedSession> load(SessionKey key);

  /** Files a new session; false, with nothing written, if the key is taken or has a tombstone. */
  CompletionStage<Boolean> create(SealedSession session);

  /**
   * Replaces a session if it still is at {@code expectedVersion}; false, with nothing written, if
   * it moved on, is gone, or has a tombstone. Never creates.
   */
  CompletionStage<Boolean> replace(SealedSession session, long expectedVersion);

  /**
   * Notes that the session is in use; never creates, never moves its end, and leaves the record
   * itself alone.
   */
  CompletionStage<@Nullable Void> touch(SessionKey key, long lastSeenAtMillis);

  /**
   * Forgets a session if it still is at {@code expectedVersion}, and sets its tombstone; false,
   * with nothing done, if it moved on or is gone.
   *
   * @param life how long the tombstone stands
   */
  CompletionStage<Boolean> delete(SessionKey key, long expectedVersion, Duration life);

  /** What was revoked; {@link RevocationStore#bury} ends a session whatever its version. */
  RevocationStore revocations();

  /** The leases on renewals of its sessions; the same ones each time. */
  RefreshLeases leases();

  /** Which one-time tokens were used. */
  SpentTokens spentTokens();

  /** Completes when the store answers. */
  CompletionStage<@Nullable Void> ping();

  /**
   * What an operator has to mend so that sessions are safe here, in a line that holds no key and no
   * value; empty where nothing is known to be wrong.
   */
  default String complaint() {
    return "";
  }

  /** Ends connections; sessions stay where they are stored. */
  @Override
  void close();
}
