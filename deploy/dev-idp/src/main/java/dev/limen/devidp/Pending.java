package dev.limen.devidp;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a person to fill in a form, by a code that the form carries.
 *
 * <p>Invariant: an entry is there for {@link #LIFETIME} at most and there are at most {@link
 * #LIMIT}; the oldest make room. Safe for all threads.
 */
final class Pending<T> {
  /** Keycloak's default for a login under way. */
  static final Duration LIFETIME = Duration.ofMinutes(30);

  static final int LIMIT = 10_000;

  private record Entry<T>(T value, Instant expiresAt) {}

  private final Clock clock;
  private final Map<String, Entry<T>> entries = new LinkedHashMap<>();

  Pending(Clock clock) {
    this.clock = clock;
  }

  synchronized void put(String code, T value) {
    if (entries.size() == LIMIT) {
      entries.remove(entries.keySet().iterator().next());
    }
    entries.put(code, new Entry<>(value, clock.instant().plus(LIFETIME)));
  }

  /** The entry of that code, which stays; null if there is none. */
  synchronized @Nullable T find(@Nullable String code) {
    Entry<T> entry = code == null ? null : entries.get(code);
    return entry == null || !clock.instant().isBefore(entry.expiresAt()) ? null : entry.value();
  }

  /** Takes the entry of that code away; false if another was faster. */
  synchronized boolean remove(String code) {
    return entries.remove(code) != null;
  }
}
