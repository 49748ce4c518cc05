package dev.limen.server;

import org.slf4j.LoggerFactory;

/**
 * A process that does what Limen must not: says one secret in its log, and calls a thread by
 * another.
 *
 * <p>Invariant: its log is made as Limen's is; it waits to be ended.
 */
final class LeakyMain {
  private LeakyMain() {}

  public static void main(String[] secrets) throws InterruptedException {
    Thread thread =
        Thread.ofPlatform().name("of " + secrets[1]).unstarted(LeakyMain::waitForTheEnd);
    thread.start();
    LoggerFactory.getLogger(LeakyMain.class).info("session {}", secrets[0]);
    thread.join();
  }

  private static void waitForTheEnd() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
