package dev.limen.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * When which fault was on, and how long after each of them trouble is still allowed.
 *
 * <p>Invariant: a check may fail only if some moment between its question and its answer lies
 * inside a fault or its recovery. Safe for all threads.
 */
final class Weather {
  /** From the end of a fault until everything works as before. */
  static final Duration RECOVERY = Duration.ofSeconds(6);

  private final List<Spell> spells = new ArrayList<>();

  /** One fault; {@code endNanos} is {@link Long#MAX_VALUE} while it lasts. */
  private record Spell(String fault, long startNanos, long endNanos) {
    boolean touches(long fromNanos, long toNanos) {
      return fromNanos - endNanos <= RECOVERY.toNanos() && toNanos - startNanos >= 0;
    }
  }

  synchronized void begins(String fault) {
    spells.add(new Spell(fault, System.nanoTime(), Long.MAX_VALUE));
  }

  synchronized void ends() {
    Spell last = spells.removeLast();
    spells.add(new Spell(last.fault(), last.startNanos(), System.nanoTime()));
  }

  /** What was on between these two moments, or had just been; empty for nothing. */
  synchronized String between(long fromNanos, long toNanos) {
    for (Spell spell : spells.reversed()) {
      boolean isOn = spell.endNanos() == Long.MAX_VALUE && toNanos - spell.startNanos() >= 0;
      if (isOn || spell.touches(fromNanos, toNanos)) {
        return spell.fault();
      }
    }
    return "";
  }
}
