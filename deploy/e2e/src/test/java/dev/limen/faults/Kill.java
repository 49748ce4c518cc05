package dev.limen.faults;

import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * One kill -9, and whom it may cost an answer.
 *
 * <p>Invariant: what was in flight was counted when no check could begin at that replica any more,
 * and before the process was gone.
 *
 * @param at the wall clock's time of it
 * @param inFlight checks that it owed an answer
 * @param inFlightElsewhere checks that the others owed one: some of them wait for what it renews
 * @param renewing records of the sessions that were being renewed then, by this replica or another
 */
record Kill(
    String replica,
    Instant at,
    long goneNanos,
    long backNanos,
    int inFlight,
    int inFlightElsewhere,
    Set<String> renewing) {
  /** Takes it out and kills it. It is gone for as long as nobody says {@link #until}. */
  static Kill of(Replica replica, List<Replica> all) {
    int inFlight = replica.takeOut();
    int elsewhere = all.stream().filter(one -> one != replica).mapToInt(Replica::underWay).sum();
    long goneNanos = System.nanoTime();
    replica.kill();
    return new Kill(
        replica.name, Instant.now(), goneNanos, Long.MAX_VALUE, inFlight, elsewhere, Set.of());
  }

  /** It is back; these were being renewed when it went. */
  Kill until(long nanos, Set<String> renewing) {
    return new Kill(replica, at, goneNanos, nanos, inFlight, inFlightElsewhere, renewing);
  }

  /** Checks at this replica, begun before it was back, to which no answer came. */
  List<Failure> unanswered(List<Failure> failures) {
    return failures.stream()
        .filter(Failure::isUnanswered)
        .filter(failure -> failure.question().replica().equals(replica))
        .filter(failure -> failure.toldNanos() - goneNanos >= 0)
        .filter(failure -> failure.question().askedNanos() - backNanos < 0)
        .toList();
  }

  /** Whether this session was being renewed, so that nobody else may until that lease has ended. */
  boolean wasRenewing(Oracle.Session session) {
    return renewing.contains(Rotations.recordOf(session.cookie));
  }
}
