package dev.limen.session;

import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import dev.limen.session.RevocationStore.Listed;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Revokes in the store: first the mark, which is the authority, then the records that an index
 * names.
 *
 * <p>Invariant: the answer hangs on the mark alone. An index that cannot be read, or that has lost
 * a session, costs the promptness of a deletion and nothing else: {@link Sessions} asks for the
 * marks on each check. Safe for all threads.
 */
final class Revoker implements Revocations {
  private static final Logger LOG = LoggerFactory.getLogger(Revoker.class);

  /** Records of one scope that are deleted at once; the others end at their next check. */
  static final int MAX_DELETED = 1_000;

  /**
   * Marks outlive what they end by this: a session's end is written by the clock of the replica
   * that made it, and a mark's by the store's.
   */
  static final Duration CLOCK_MARGIN = Duration.ofHours(1);

  private final RevocationStore marks;
  private final RevocationNames names;
  private final Duration life;
  private final StoreCalls calls;
  private final Counter revocations;

  Revoker(RevocationStore marks, KeyRing keys, Duration absoluteTimeout, Metrics metrics) {
    this.marks = marks;
    this.names = new RevocationNames(keys);
    this.life = lifeOfMarks(absoluteTimeout);
    this.calls = new StoreCalls(metrics);
    this.revocations =
        metrics.counter(
            "limen_revocations_total",
            "Revocations by what they name: done, unconfirmed by a replica, or failed",
            "scope",
            "outcome");
  }

  /** How long a mark stands that ends sessions of this absolute timeout. */
  static Duration lifeOfMarks(Duration absoluteTimeout) {
    return absoluteTimeout.plus(CLOCK_MARGIN);
  }

  @Override
  public CompletionStage<Revoked> revoke(RevocationScope scope) {
    CompletionStage<Revoked> revoking =
        switch (scope) {
          case RevocationScope.OneSession(SessionKey key) ->
              calls.ask("delete", () -> marks.bury(key, life), buried -> buried);
          case RevocationScope.User _,
              RevocationScope.ProviderSession _,
              RevocationScope.Provider _,
              RevocationScope.Everyone _ ->
              underWatermark(scope);
        };
    return revoking.whenComplete((revoked, trouble) -> {
      if (trouble == null) {
        noteDone(scope, revoked);
      } else {
        revocations.increment(scope.label(), "failed");
        LOG.warn("a revocation did not reach the store: scope={}", scope.label());
      }
    });
  }

  private void noteDone(RevocationScope scope, Revoked revoked) {
    revocations.increment(scope.label(), revoked.isConfirmed() ? "done" : "unconfirmed");
    LOG.info(
        "revoked: scope={} ended={} confirmed={}",
        scope.label(),
        revoked.ended(),
        revoked.isConfirmed());
  }

  private CompletionStage<Revoked> underWatermark(RevocationScope scope) {
    List<String> indexes = names.indexesOf(scope);
    return listed(indexes)
        .thenCompose(listed ->
            calls.<Revoked, Revoked>askThen(
                "revoke",
                () -> marks.raise(names.watermarkOf(scope), latestOf(listed), life),
                raised ->
                    deleted(listed, indexes)
                        .thenApply(count -> new Revoked(count, raised.isConfirmed()))));
  }

  private CompletionStage<List<Listed>> listed(List<String> indexes) {
    return indexes.isEmpty()
        ? CompletableFuture.completedFuture(List.of())
        : calls
            .ask("index", () -> marks.index().list(indexes, MAX_DELETED), listed -> listed)
            .exceptionally(_ -> List.of());
  }

  /** Later than now where the store's clock was set back: those sessions are to end, too. */
  private static long latestOf(List<Listed> listed) {
    return listed.stream().mapToLong(each -> each.entry().begunAt()).max().orElse(0);
  }

  private CompletionStage<Integer> deleted(List<Listed> listed, List<String> indexes) {
    if (listed.isEmpty()) {
      return CompletableFuture.completedFuture(0);
    }
    List<SessionKey> keys = listed.stream().map(each -> each.entry().key()).distinct().toList();
    return calls
        .<Integer, Integer>askThen(
            "index",
            () -> marks.index().deleteRecords(keys),
            count -> marks.index().remove(keys, indexes).thenApply(_ -> count))
        .exceptionally(_ -> 0);
  }
}
