package dev.limen.login;

import dev.limen.session.RefreshLease;
import dev.limen.session.RefreshLeases;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A lease in the hands of a flight, and of what the flight leaves behind.
 *
 * <p>Invariant: renewed three times in its length while it is held, {@link #MAX_RENEWALS} times at
 * most: who is stuck holds a session up for a minute and a quarter, and not for ever. Safe for all
 * threads.
 */
final class HeldLease {
  /** A minute's worth: six times as long as a provider's whole answer may take. */
  static final int MAX_RENEWALS = 12;

  /** Between two renewals. */
  static final long RENEWAL_MILLIS = RefreshLeases.LENGTH.toMillis() / 3;

  private final RefreshLease lease;
  private final RefreshSteps steps;
  private volatile boolean isOver;

  private HeldLease(RefreshLease lease, RefreshSteps steps) {
    this.lease = lease;
    this.steps = steps;
  }

  /** Renews {@code lease} from now on. */
  static HeldLease keeping(RefreshLease lease, RefreshSteps steps) {
    HeldLease held = new HeldLease(lease, steps);
    held.renewLater(1);
    return held;
  }

  RefreshLease lease() {
    return lease;
  }

  /** Whether it still holds, renewed by this. */
  CompletionStage<Boolean> renew() {
    return steps.renew(lease);
  }

  /** Gives it back; completes when that is done, or cannot be: then it ends by itself. */
  CompletionStage<@Nullable Void> release() {
    isOver = true;
    return steps.release(lease).exceptionally(_ -> null);
  }

  private void renewLater(int number) {
    if (number <= MAX_RENEWALS) {
      steps.later(RENEWAL_MILLIS, () -> renewNow(number));
    }
  }

  /** A store that does not answer now may answer the next time; a lease that ended stays ended. */
  private void renewNow(int number) {
    if (isOver) {
      return;
    }
    var _ =
        steps
            .renew(lease)
            .whenComplete((holds, trouble) -> {
              if (trouble != null || holds) {
                renewLater(number + 1);
              }
            });
  }
}
