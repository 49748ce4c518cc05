package dev.limen.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.core.metrics.SummaryWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The figures of one process: what may be counted and timed, and how Prometheus reads it.
 *
 * <p>Invariant: a name stands for one metric. Who asks for a name again, with the same kind and
 * labels, gets the same metric, so that two stores or providers count together; anything else about
 * a known name is a defect and throws. Safe for all threads.
 *
 * <p>Source: Prometheus' text format 0.0.4; names as its guide has them ({@code _total}, {@code
 * _seconds}).
 */
public final class Metrics {
  private static final Pattern NAME = Pattern.compile("limen_[a-z][a-z0-9_]{0,100}");
  private static final Pattern LABEL = Pattern.compile("[a-z][a-z0-9_]{0,30}");
  private static final int SCRAPE_SIZE = 32 * 1024;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final Map<String, Known> known = new HashMap<>();
  private final LongSupplier nanoTime;

  /** Nothing but the figures of the JVM, to begin with. */
  public Metrics() {
    this(System::nanoTime);
  }

  Metrics(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    JvmMetrics.builder().register(registry);
  }

  /** A metric that was asked for: what it is, and itself. */
  private record Known(String kind, List<String> labelNames, Object metric) {}

  /**
   * A counter; its name ends in {@code _total}.
   *
   * @throws IllegalArgumentException if the name stands for something else, or is no name
   */
  public Counter counter(String name, String help, String... labelNames) {
    require(name.endsWith("_total"), "a counter's name ends in _total: " + name);
    return metric(
        Counter.class,
        name,
        List.of(labelNames),
        () -> new Counter(name, List.of(labelNames), register(name, help, labelNames)));
  }

  /**
   * A gauge, read at each scrape. Who asks for its name again replaces where it is read from.
   *
   * @param value answers at once; NaN is shown in its place when it throws
   */
  public void gauge(String name, String help, LongSupplier value) {
    GaugeSource source =
        metric(
            GaugeSource.class,
            name,
            List.of(),
            () -> {
              GaugeSource created = new GaugeSource();
              GaugeWithCallback.builder()
                  .name(name)
                  .help(help)
                  .callback(callback -> callback.call(created.read()))
                  .register(registry);
              return created;
            });
    source.value = value;
  }

  /** A time that is measured; its name ends in {@code _seconds}. */
  public Latency latency(String name, String help, String... labelNames) {
    require(name.endsWith("_seconds"), "a latency's name ends in _seconds: " + name);
    return metric(
        Latency.class,
        name,
        List.of(labelNames),
        () -> {
          Latency created = new Latency(name, labelNames.length, nanoTime);
          SummaryWithCallback.builder()
              .name(name)
              .help(help)
              .labelNames(labelNames)
              .callback(created::collect)
              .register(registry);
          return created;
        });
  }

  /**
   * A constant 1 whose labels say something about this process; its name ends in {@code _info}.
   *
   * @param labels names and their values
   */
  public void info(String name, String help, Map<String, String> labels) {
    require(name.endsWith("_info"), "an info's name ends in _info: " + name);
    List<String> names = List.copyOf(labels.keySet());
    String[] values = names.stream().map(labels::get).toArray(String[]::new);
    metric(
        Info.class,
        name,
        names,
        () -> {
          Info created =
              Info.builder()
                  .name(name)
                  .help(help)
                  .labelNames(names.toArray(String[]::new))
                  .register(registry);
          created.setLabelValues(values);
          return created;
        });
  }

  /** All figures as Prometheus reads them. */
  public byte[] scrape() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(SCRAPE_SIZE);
    try {
      writer.write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** The media type of {@link #scrape}. */
  public String contentType() {
    return PrometheusTextFormatWriter.CONTENT_TYPE;
  }

  private io.prometheus.metrics.core.metrics.Counter register(
      String name, String help, String... labelNames) {
    return io.prometheus.metrics.core.metrics.Counter.builder()
        .name(name)
        .help(help)
        .labelNames(labelNames)
        .register(registry);
  }

  private <T> T metric(Class<T> kind, String name, List<String> labelNames, Supplier<T> creator) {
    synchronized (known) {
      Known found = known.get(name);
      if (found == null) {
        require(NAME.matcher(name).matches(), "a metric's name is limen_ and more: " + name);
        for (String label : labelNames) {
          require(LABEL.matcher(label).matches(), "not the name of a label: " + label);
        }
        found = new Known(kind.getSimpleName(), labelNames, creator.get());
        known.put(name, found);
      }
      require(
          kind.isInstance(found.metric) && found.labelNames.equals(labelNames),
          name + " is a " + found.kind + " with labels=" + found.labelNames);
      return kind.cast(found.metric);
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Where a gauge is read from. */
  private static final class GaugeSource {
    volatile LongSupplier value = () -> 0;

    /** One gauge that cannot be read must not hide all other figures. */
    double read() {
      try {
        return value.getAsLong();
      } catch (RuntimeException _) {
        return Double.NaN;
      }
    }
  }
}
