package dev.limen.session;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * A store whose marks are others: how a test breaks them, or switches one kind off.
 *
 * @param store of records
 * @param revocations its marks
 */
@NullMarked
public record StoreWithMarks(SessionStore store, RevocationStore revocations)
    implements SessionStore {
  @Override
  public CompletionStage<@Nullable SealedSession> load(SessionKey key) {
    return store.load(key);
  }

  @Override
  public CompletionStage<Boolean> create(SealedSession session) {
    return store.create(session);
  }

  @Override
  public CompletionStage<Boolean> replace(SealedSession session, long expectedVersion) {
    return store.replace(session, expectedVersion);
  }

  @Override
  public CompletionStage<@Nullable Void> touch(SessionKey key, long lastSeenAtMillis) {
    return store.touch(key, lastSeenAtMillis);
  }

  @Override
  public CompletionStage<Boolean> delete(SessionKey key, long expectedVersion, Duration life) {
    return store.delete(key, expectedVersion, life);
  }

  @Override
  public RefreshLeases leases() {
    return store.leases();
  }

  @Override
  public SpentTokens spentTokens() {
    return store.spentTokens();
  }

  @Override
  public CompletionStage<@Nullable Void> ping() {
    return store.ping();
  }

  @Override
  public void close() {
    store.close();
  }
}
