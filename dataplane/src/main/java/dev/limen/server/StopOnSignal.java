package dev.limen.server;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a SIGTERM or SIGINT does to the process, from before the start until its end.
 *
 * <p>Invariant: a signal is not a failure: what serves is drained, what has not begun to serve ends
 * at once, and the exit code is 0 in both cases. The exit code of a JVM that ends by a signal would
 * be 143, so the last step of the hook halts it, once the log is out. Safe for all threads.
 */
final class StopOnSignal {
  private final Thread hook = new Thread(this::run, "limen-shutdown");
  private volatile @Nullable LimenServer server;
  private volatile @Nullable LogOutput output;

  private StopOnSignal() {}

  /** From now on a signal is followed. */
  static StopOnSignal register() {
    StopOnSignal stop = new StopOnSignal();
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  /** There is a log, and its last line is to be read. */
  void writingTo(LogOutput log) {
    output = log;
  }

  /** There is something to drain. */
  void serving(LimenServer started) {
    server = started;
  }

  /** The start has failed: how the process exits is its own affair. */
  void cancel() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The hook runs already.
    }
    closeOutput();
  }

  private void run() {
    LimenServer started = server;
    int exitCode = started == null ? 0 : drain(started);
    closeOutput();
    Runtime.getRuntime().halt(exitCode);
  }

  private void closeOutput() {
    LogOutput log = output;
    if (log != null) {
      log.close();
    }
  }

  private static int drain(LimenServer started) {
    // Not before: the logging room reads its level when the first logger is made.
    Logger log = LoggerFactory.getLogger(StopOnSignal.class);
    try {
      started.drainAndStop();
      log.info("stopped");
      return 0;
    } catch (RuntimeException e) {
      log.error("the stop did not go as planned", e);
      return 1;
    }
  }
}
