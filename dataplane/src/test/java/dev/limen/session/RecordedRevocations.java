package dev.limen.session;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** Revocations that a test reads, or has refused. */
public final class RecordedRevocations implements Revocations {
  /** What was revoked, in order; what was refused is not in it. */
  public final List<RevocationScope> scopes = new CopyOnWriteArrayList<>();

  /** Whether the store is away. */
  public volatile boolean refuses;

  @Override
  public CompletionStage<Revoked> revoke(RevocationScope scope) {
    if (refuses) {
      return CompletableFuture.failedFuture(new StoreUnavailableException("revoke", "told to"));
    }
    scopes.add(scope);
    return CompletableFuture.completedFuture(new Revoked(0, true));
  }
}
