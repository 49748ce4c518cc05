package dev.limen.faults;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Signals to a process that this test has started, by its own id. */
final class Signals {
  private Signals() {}

  static void send(String signal, long pid) throws IOException {
    Process kill = new ProcessBuilder("kill", signal, Long.toString(pid)).start();
    try {
      if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IOException("kill " + signal + " was refused");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted");
    }
  }

  static void sendQuietly(String signal, long pid) {
    try {
      send(signal, pid);
    } catch (IOException _) {
      // It has ended meanwhile.
    }
  }
}
