package dev.limen.oidc;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs what it was given when a test says so, on the test's thread. */
final class HeldExecutor extends AbstractExecutorService {
  private final Deque<Runnable> held = new ArrayDeque<>();

  @Override
  public void execute(Runnable task) {
    held.addLast(task);
  }

  int count() {
    return held.size();
  }

  void runAll() {
    while (!held.isEmpty()) {
      held.removeFirst().run();
    }
  }

  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }
}
