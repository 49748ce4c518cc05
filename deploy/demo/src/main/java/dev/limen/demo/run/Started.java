package dev.limen.demo.run;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was started, to be stopped in the reverse order, once, by whoever comes first: the end of
 * the run, or a signal while things are still being started.
 *
 * <p>Invariant: after {@link #close} nothing that was given to it runs, whatever comes later too.
 */
public final class Started implements AutoCloseable {
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private boolean closed;

  synchronized <T extends AutoCloseable> T add(T part) {
    if (closed) {
      stop(part);
      throw new CannotRun("stopped while it was being started");
    }
    parts.push(part);
    return part;
  }

  @Override
  public synchronized void close() {
    closed = true;
    while (!parts.isEmpty()) {
      stop(parts.pop());
    }
  }

  private static void stop(AutoCloseable part) {
    try {
      part.close();
    } catch (Exception failed) {
      System.err.println("could not be stopped: " + part.getClass().getSimpleName());
    }
  }
}
