package dev.limen.session;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.NullMarked;

/** A monotonic clock that a test moves, and errands by it; for one thread. */
@NullMarked
final class ManualTime implements LongSupplier, LoadTurns.Timer {
  private final List<Errand> errands = new ArrayList<>();
  private long nanos = Long.MAX_VALUE - 1_000;

  private record Errand(long dueNanos, Runnable errand) {}

  @Override
  public long getAsLong() {
    return nanos;
  }

  @Override
  public void later(long afterNanos, Runnable errand) {
    errands.add(new Errand(nanos + afterNanos, errand));
  }

  /** Moves the clock; no errand runs, as on a machine that is too busy. */
  void passUnnoticed(long moreNanos) {
    nanos += moreNanos;
  }

  /** Moves the clock, and runs what is due. */
  void pass(long moreNanos) {
    nanos += moreNanos;
    List<Errand> due = errands.stream().filter(each -> each.dueNanos - nanos <= 0).toList();
    errands.removeAll(due);
    due.stream()
        .sorted(Comparator.comparingLong(each -> each.dueNanos - nanos))
        .forEach(each -> each.errand.run());
  }

  int errands() {
    return errands.size();
  }
}
