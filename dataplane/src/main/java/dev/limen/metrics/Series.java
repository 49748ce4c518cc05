package dev.limen.metrics;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * What one metric holds for each set of label values.
 *
 * <p>Invariant: at most {@link #MAX_SERIES} sets, and one more whose every value is {@value
 * #OVERFLOW}: whoever chooses a label's value cannot fill a scrape or the memory. Safe for all
 * threads.
 *
 * @param <T> what is held
 */
final class Series<T> {
  /** Sets of label values beyond this are counted together. */
  static final int MAX_SERIES = 256;

  /** The value of every label of what is counted together. */
  static final String OVERFLOW = "other";

  private final String name;
  private final int labelCount;
  private final Function<List<String>, T> creator;
  private final Map<List<String>, T> held = new ConcurrentHashMap<>();

  Series(String name, int labelCount, Function<List<String>, T> creator) {
    this.name = name;
    this.labelCount = labelCount;
    this.creator = creator;
    if (labelCount == 0) {
      held.put(List.of(), creator.apply(List.of()));
    }
  }

  /**
   * What is held for these label values, in the order of the label names.
   *
   * @throws IllegalArgumentException if there are more or fewer than label names
   */
  T of(String... labelValues) {
    List<String> key = List.of(labelValues);
    T known = held.get(key);
    return known == null ? created(key) : known;
  }

  void forEach(BiConsumer<List<String>, T> action) {
    held.forEach(action);
  }

  private synchronized T created(List<String> key) {
    if (key.size() != labelCount) {
      throw new IllegalArgumentException(
          name + " has " + labelCount + " labels: values=" + key.size());
    }
    boolean isFull = held.size() >= MAX_SERIES && !held.containsKey(key);
    List<String> kept = isFull ? Collections.nCopies(labelCount, OVERFLOW) : key;
    return held.computeIfAbsent(List.copyOf(kept), creator);
  }
}
