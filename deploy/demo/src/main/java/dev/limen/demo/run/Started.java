package dev.limen.demo.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was started, to be stopped in the reverse order, once, by whoever comes first: the end of
 * the run, or a signal while things are still being started. And the run's folder, which stays
 * behind for whoever wants to read logs, unless {@link #forget} is called.
 *
 * <p>Invariant: after {@link #close} nothing that was given to it runs, whatever comes later too;
 * after {@link #forget} no folder that was given to it is there.
 */
public final class Started implements AutoCloseable {
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Deque<Path> folders = new ArrayDeque<>();
  private boolean closed;

  synchronized <T extends AutoCloseable> T add(T part) {
    if (closed) {
      stop(part);
      throw stoppedEarly();
    }
    parts.push(part);
    return part;
  }

  /** A folder of this run. */
  synchronized Path addFolder(Path folder) {
    folders.push(folder);
    if (closed) {
      forget();
      throw stoppedEarly();
    }
    return folder;
  }

  private static CannotRun stoppedEarly() {
    return new CannotRun("stopped while it was being started");
  }

  @Override
  public synchronized void close() {
    closed = true;
    while (!parts.isEmpty()) {
      stop(parts.pop());
    }
  }

  /** Stops everything and removes the folders: nobody needs the logs in them. */
  public synchronized void forget() {
    close();
    while (!folders.isEmpty()) {
      try {
        Programs.deleteRecursively(folders.pop());
      } catch (IOException _) {
        // It is in the system's folder for temporary files.
      }
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
