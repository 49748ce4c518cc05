package dev.limen.session.redis;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether Redis would forget sessions when its memory is full, as it says itself.
 *
 * <p>Invariant: what Redis does not say is not held against it, since there are services that hide
 * it; what could not be asked stays as it was. An operator is told once of each change. Source:
 * redis.io, "Key eviction" and {@code INFO memory}. Safe for all threads.
 */
final class EvictionPolicy {
  /** How often Redis is asked; and at each connect, since it may be another Redis then. */
  static final Duration EVERY = Duration.ofMinutes(1);

  /** The only one with which a store of record signs nobody out at random. */
  private static final String NEVER = "noeviction";

  private static final Pattern FIELD =
      Pattern.compile("^maxmemory_policy:([a-z-]{1,32})\\s*$", Pattern.MULTILINE);

  private final Consumer<String> operator;

  /** Empty while it is not known. */
  private volatile String policy = "";

  /** Tells {@code operator} of each change for the worse. */
  EvictionPolicy(Consumer<String> operator) {
    this.operator = operator;
  }

  /** What Redis says about its memory. */
  synchronized void heard(String info) {
    Matcher field = FIELD.matcher(info);
    String found = field.find() ? field.group(1) : "";
    if (found.equals(policy)) {
      return;
    }
    policy = found;
    if (mayEvict()) {
      operator.accept(complaint());
    }
  }

  boolean mayEvict() {
    return !complaint().isEmpty();
  }

  /** What was found, what was expected and what to do; empty where nothing is wrong. */
  String complaint() {
    String current = policy;
    return current.isEmpty() || current.equals(NEVER)
        ? ""
        : "Redis may evict sessions: found maxmemory-policy "
            + current
            + ", expected noeviction; set it with CONFIG SET and in redis.conf";
  }
}
