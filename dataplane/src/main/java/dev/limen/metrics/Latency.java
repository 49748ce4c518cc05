package dev.limen.metrics;

import io.prometheus.metrics.core.metrics.SummaryWithCallback;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * How long things take, apart for each set of label values: a count, a sum, and quantiles of the
 * last one to two minutes.
 *
 * <p>Invariant: to record allocates nothing but the label values' array and never waits for a
 * scrape. Values are kept to two digits (a quantile is off by less than 1 %), from 1 µs to {@link
 * #HIGHEST_NANOS}; what is longer counts as that. Safe for all threads.
 *
 * <p>Source: HdrHistogram's {@code Recorder}, whose writers are wait-free.
 */
public final class Latency {
  /** Longer than any deadline in Limen. */
  static final long HIGHEST_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** After so long a window becomes the previous one. */
  static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final long LOWEST_NANOS = 1_000;
  private static final int DIGITS = 2;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double[] QUANTILES = {0.5, 0.9, 0.99, 0.999};

  private final Series<Window> series;
  private final LongSupplier nanoTime;

  Latency(String name, int labelCount, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.series = new Series<>(name, labelCount, _ -> new Window(nanoTime.getAsLong()));
  }

  /**
   * One more took this long.
   *
   * @param nanos of the monotonic clock; below 0 counts as 0
   * @param labelValues in the order of the label names
   */
  public void recordNanos(long nanos, String... labelValues) {
    series.of(labelValues).add(Math.clamp(nanos, 0, HIGHEST_NANOS));
  }

  void collect(SummaryWithCallback.Callback callback) {
    long now = nanoTime.getAsLong();
    series.forEach((labels, window) ->
        callback.call(
            window.count.sum(),
            window.sumNanos.sum() / NANOS_PER_SECOND,
            window.quantiles(now),
            labels.toArray(String[]::new)));
  }

  /** The figures of one set of label values. */
  private static final class Window {
    final LongAdder count = new LongAdder();
    final LongAdder sumNanos = new LongAdder();
    private final Recorder recorder = new Recorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
    private Histogram previous = new Histogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
    private Histogram current = new Histogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);
    private long currentSinceNanos;

    Window(long now) {
      this.currentSinceNanos = now;
    }

    void add(long nanos) {
      recorder.recordValue(nanos);
      count.increment();
      sumNanos.add(nanos);
    }

    /** Of the previous window and the current one together; none while both are empty. */
    synchronized Quantiles quantiles(long now) {
      current.add(recorder.getIntervalHistogram());
      Histogram both = current.copy();
      both.add(previous);
      if (now - currentSinceNanos >= WINDOW_NANOS) {
        Histogram emptied = previous;
        emptied.reset();
        previous = current;
        current = emptied;
        currentSinceNanos = now;
      }
      if (both.getTotalCount() == 0) {
        return Quantiles.EMPTY;
      }
      List<Quantile> quantiles = new ArrayList<>();
      for (double quantile : QUANTILES) {
        double seconds = both.getValueAtPercentile(quantile * 100) / NANOS_PER_SECOND;
        quantiles.add(new Quantile(quantile, seconds));
      }
      return Quantiles.of(quantiles);
    }
  }
}
