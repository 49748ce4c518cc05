package dev.limen.check;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets at most so many checks wait for their answers at once, by whatever door they came; one more
 * is answered 503 at once, before any work is done for it.
 *
 * <p>Invariant: a check has its seat until whoever decides has answered, also when nobody waits for
 * that answer any more: what is bounded is the work under way, and who cancels makes no room by it.
 * Safe for all threads.
 */
public final class WaitingRoom implements CheckHandler {
  private static final Decision FULL = new Decision.Unavailable(Reason.OVERLOADED);

  private final CheckHandler checks;
  private final int seats;
  private final AtomicInteger taken = new AtomicInteger();

  /**
   * An empty room.
   *
   * @param checks decides
   * @param seats how many checks may be under way
   */
  public WaitingRoom(CheckHandler checks, int seats) {
    this.checks = checks;
    this.seats = seats;
  }

  @Override
  public void authorize(CheckRequest request, DecisionListener listener) {
    if (taken.incrementAndGet() > seats) {
      taken.decrementAndGet();
      listener.onDecision(FULL);
      return;
    }
    Seat seat = new Seat(listener);
    try {
      checks.authorize(request, seat);
    } catch (RuntimeException e) {
      seat.leave();
      throw e;
    }
  }

  /** How many checks are under way now. */
  public int waiting() {
    return taken.get();
  }

  /** One check's, given back once. */
  private final class Seat implements DecisionListener {
    private final DecisionListener listener;
    private final AtomicBoolean left = new AtomicBoolean();

    Seat(DecisionListener listener) {
      this.listener = listener;
    }

    @Override
    public void onDecision(Decision decision) {
      leave();
      listener.onDecision(decision);
    }

    @Override
    public boolean isCancelled() {
      return listener.isCancelled();
    }

    void leave() {
      if (left.compareAndSet(false, true)) {
        taken.decrementAndGet();
      }
    }
  }
}
