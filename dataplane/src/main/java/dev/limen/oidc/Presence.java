package dev.limen.oidc;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Whether a provider is there, by what came of Limen's own requests to it: a person who is sent to
 * one that is away sees an error of the browser's, and comes back no wiser.
 *
 * <p>Invariant: away after {@link #MAX_FAILURES} requests in a row, to whatever endpoint, that
 * nobody answered or that were answered with 5xx; there again with the first answer of any other
 * kind. An error that says something is an answer. Safe for all threads.
 */
final class Presence {
  /** Requests in a row that may fail before the provider counts as away. */
  static final int MAX_FAILURES = 3;

  private static final int SERVER_ERROR = 500;

  private final Semaphore beginnings = new Semaphore(0);
  private int failures;
  private int spells;
  private volatile boolean isAway;
  private volatile boolean isStopped;

  boolean isAway() {
    return isAway;
  }

  /**
   * Spells of absence since the token endpoint answered last: where only that is broken, the
   * provider comes and goes, and should not be asked more and more often.
   */
  synchronized int spells() {
    return spells;
  }

  /**
   * Waits for a spell; false if there was none, for so long or until {@link #stopWaiting}. One that
   * is over by the time that it is heard of is none.
   */
  boolean isAwayWithin(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    boolean isWoken = true;
    while (isWoken && !isAway && !isStopped) {
      isWoken = beginnings.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      beginnings.drainPermits();
    }
    return isAway && !isStopped;
  }

  /** Whoever waits for a spell is to go on, now and from now on. */
  void stopWaiting() {
    isStopped = true;
    beginnings.release();
  }

  /** What came of a request, to the token endpoint or to another. */
  synchronized void heard(Answer answer, boolean isOfTokenEndpoint) {
    if (isAnswer(answer)) {
      failures = 0;
      spells = isOfTokenEndpoint ? 0 : spells;
      isAway = false;
      return;
    }
    failures++;
    if (!isAway && failures >= MAX_FAILURES) {
      isAway = true;
      spells++;
      beginnings.release();
    }
  }

  private static boolean isAnswer(Answer answer) {
    return answer.status() != 0 && answer.status() < SERVER_ERROR;
  }
}
