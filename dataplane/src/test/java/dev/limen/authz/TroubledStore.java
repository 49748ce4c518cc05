package dev.limen.authz;

import dev.limen.session.RefreshLeases;
import dev.limen.session.RevocationStore;
import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionStore;
import dev.limen.session.SpentTokens;
import dev.limen.session.memory.MemoryLeases;
import dev.limen.session.memory.MemoryStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** A store that keeps what it is given, and answers loads as a test tells it to. */
@NullMarked
final class TroubledStore implements SessionStore {
  private final MemoryStore memory = new MemoryStore();
  private final RefreshLeases leases = new MemoryLeases(this);

  /** What a load answers; null for what is stored. */
  volatile @Nullable Supplier<CompletionStage<@Nullable SealedSession>> load;

  @Override
  public CompletionStage<@Nullable SealedSession> load(SessionKey key) {
    Supplier<CompletionStage<@Nullable SealedSession>> answer = load;
    return answer == null ? memory.load(key) : answer.get();
  }

  @Override
  public CompletionStage<Boolean> create(SealedSession session) {
    return memory.create(session);
  }

  @Override
  public CompletionStage<Boolean> replace(SealedSession session, long expectedVersion) {
    return memory.replace(session, expectedVersion);
  }

  @Override
  public CompletionStage<@Nullable Void> touch(SessionKey key, long lastSeenAtMillis) {
    return memory.touch(key, lastSeenAtMillis);
  }

  @Override
  public CompletionStage<Boolean> delete(SessionKey key, long expectedVersion, Duration life) {
    return memory.delete(key, expectedVersion, life);
  }

  @Override
  public RevocationStore revocations() {
    return memory.revocations();
  }

  @Override
  public RefreshLeases leases() {
    return leases;
  }

  @Override
  public SpentTokens spentTokens() {
    return memory.spentTokens();
  }

  @Override
  public CompletionStage<@Nullable Void> ping() {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void close() {}
}
