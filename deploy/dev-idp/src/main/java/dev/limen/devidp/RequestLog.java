package dev.limen.devidp;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Everything that was asked of the provider, in order; the witness for tests and for the judge.
 *
 * <p>Invariant: a request is in the log before its answer leaves, so whoever has seen the answer
 * finds the record. Safe for all threads.
 */
public final class RequestLog {
  /** The oldest records make room beyond this. */
  static final int LIMIT = 100_000;

  private final Deque<RequestRecord> records = new ArrayDeque<>();
  private final List<Consumer<RequestRecord>> listeners = new CopyOnWriteArrayList<>();
  private final @Nullable PrintStream lines;

  RequestLog(@Nullable PrintStream lines) {
    this.lines = lines;
  }

  /** All records, oldest first. */
  public synchronized List<RequestRecord> all() {
    return List.copyOf(records);
  }

  /** The records of this kind, oldest first. */
  public List<RequestRecord> of(RequestKind kind) {
    return matching(request -> kind.covers(request.kind()));
  }

  /** The records for which {@code wanted} holds, oldest first. */
  public synchronized List<RequestRecord> matching(Predicate<RequestRecord> wanted) {
    return records.stream().filter(wanted).toList();
  }

  /** Forgets what was, so that a test counts only what it causes. */
  public synchronized void clear() {
    records.clear();
  }

  /** Calls {@code listener} with each record from now on, on the thread that serves it. */
  public void addListener(Consumer<RequestRecord> listener) {
    listeners.add(listener);
  }

  /**
   * Waits for a record; one that is already there counts.
   *
   * @throws AssertionError if none comes within {@code timeout}; the message says what did come
   */
  public RequestRecord await(Predicate<RequestRecord> wanted, Duration timeout)
      throws InterruptedException {
    return awaitCount(1, wanted, timeout).getFirst();
  }

  /**
   * Waits until at least {@code count} records match.
   *
   * @throws AssertionError if they do not come within {@code timeout}; the message says what did
   */
  public synchronized List<RequestRecord> awaitCount(
      int count, Predicate<RequestRecord> wanted, Duration timeout) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    List<RequestRecord> found = matching(wanted);
    while (found.size() < count) {
      long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0) {
        throw new AssertionError(
            "found=" + found.size() + " expected=" + count + " seen=" + summary());
      }
      wait(leftMillis);
      found = matching(wanted);
    }
    return found;
  }

  void add(RequestRecord request) {
    synchronized (this) {
      if (records.size() == LIMIT) {
        records.removeFirst();
      }
      records.addLast(request);
      if (lines != null) {
        lines.println(request.toJson());
        lines.flush();
      }
      notifyAll();
    }
    for (Consumer<RequestRecord> listener : listeners) {
      listener.accept(request);
    }
  }

  private List<String> summary() {
    List<String> words = new ArrayList<>();
    for (RequestRecord request : records) {
      words.add(request.kind().label() + "=" + request.outcome());
    }
    return words;
  }
}
