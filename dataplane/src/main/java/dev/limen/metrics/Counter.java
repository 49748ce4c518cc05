package dev.limen.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import java.util.List;

/**
 * Counts events, apart for each set of label values.
 *
 * <p>Invariant: never goes down; how many sets there may be is bounded ({@link Series}). Safe for
 * all threads.
 */
public final class Counter {
  private final Series<CounterDataPoint> series;

  Counter(
      String name, List<String> labelNames, io.prometheus.metrics.core.metrics.Counter counter) {
    this.series =
        new Series<>(
            name, labelNames.size(), values -> counter.labelValues(values.toArray(String[]::new)));
  }

  /**
   * One event more.
   *
   * @param labelValues in the order of the label names; words of Limen's own, never what a request
   *     carried
   */
  public void increment(String... labelValues) {
    series.of(labelValues).inc();
  }
}
