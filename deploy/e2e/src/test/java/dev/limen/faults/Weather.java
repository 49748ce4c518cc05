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

  /** Nothing was broken, and nobody had a processor. */
  private static final String BUSY_MACHINE = "BUSY_MACHINE";

  private final List<Spell> spells = new ArrayList<>();
  private final List<Spell> busy = new ArrayList<>();

  /** One fault; {@code endNanos} is {@link Long#MAX_VALUE} while it lasts. */
  private record Spell(String fault, long startNanos, long endNanos) {
    boolean isKill() {
      return fault.startsWith("KILL");
    }

    boolean touches(long fromNanos, long toNanos) {
      boolean isOver = endNanos != Long.MAX_VALUE && fromNanos - endNanos > RECOVERY.toNanos();
      return !isOver && toNanos - startNanos >= 0;
    }
  }

  synchronized void begins(String fault) {
    spells.add(new Spell(fault, System.nanoTime(), Long.MAX_VALUE));
  }

  synchronized void ends() {
    Spell last = spells.removeLast();
    spells.add(new Spell(last.fault(), last.startNanos(), System.nanoTime()));
  }

  synchronized void machineWasBusy(long fromNanos, long toNanos) {
    busy.add(new Spell(BUSY_MACHINE, fromNanos, toNanos));
  }

  /** What was on between these two moments, or had just been; empty for nothing. */
  synchronized String between(long fromNanos, long toNanos) {
    for (Spell spell : spells.reversed()) {
      if (spell.touches(fromNanos, toNanos)) {
        return spell.fault();
      }
    }
    return wasBusy(fromNanos, toNanos) ? BUSY_MACHINE : "";
  }

  private boolean wasBusy(long fromNanos, long toNanos) {
    return busy.stream().anyMatch(spell -> spell.touches(fromNanos, toNanos));
  }

  /** Whether processes were killed then or just before, and nothing else was wrong. */
  synchronized boolean isOnlyKills(long fromNanos, long toNanos) {
    List<Spell> touched =
        spells.stream().filter(spell -> spell.touches(fromNanos, toNanos)).toList();
    return !touched.isEmpty()
        && touched.stream().allMatch(Spell::isKill)
        && !wasBusy(fromNanos, toNanos);
  }
}
