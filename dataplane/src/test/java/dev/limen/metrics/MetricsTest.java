package dev.limen.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What Prometheus reads, for what was counted and timed. */
class MetricsTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Metrics metrics = new Metrics(nanos::get);

  private String scraped() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8);
  }

  @Nested
  class Counters {
    @Test
    void countEachSetOfLabelValuesApart() {
      Counter checks = metrics.counter("limen_checks_total", "Checks.", "protocol", "decision");
      checks.increment("grpc", "allow");
      checks.increment("grpc", "allow");
      checks.increment("http", "redirect");
      assertThat(scraped())
          .contains("# TYPE limen_checks_total counter")
          .contains("limen_checks_total{decision=\"allow\",protocol=\"grpc\"} 2.0")
          .contains("limen_checks_total{decision=\"redirect\",protocol=\"http\"} 1.0");
    }

    @Test
    void withoutLabelsStandAtZeroBeforeTheFirstEvent() {
      metrics.counter("limen_quiet_total", "Nothing yet.");
      assertThat(scraped()).contains("\nlimen_quiet_total 0.0\n");
    }

    @Test
    void askedForTwiceCountTogether() {
      metrics.counter("limen_logins_total", "Logins.", "outcome").increment("ok");
      metrics.counter("limen_logins_total", "Logins.", "outcome").increment("ok");
      assertThat(scraped()).contains("limen_logins_total{outcome=\"ok\"} 2.0");
    }

    @Test
    void countAsOtherWhatIsBeyondTheBoundOnSeries() {
      Counter counter = metrics.counter("limen_many_total", "Many.", "a", "b");
      for (int i = 0; i < Series.MAX_SERIES; i++) {
        counter.increment("v" + i, "x");
      }
      assertThat(scraped()).doesNotContain("other");
      counter.increment("one-more", "x");
      counter.increment("and-another", "x");
      counter.increment("v0", "x");
      assertThat(scraped())
          .contains("limen_many_total{a=\"other\",b=\"other\"} 2.0")
          .contains("limen_many_total{a=\"v0\",b=\"x\"} 2.0")
          .doesNotContain("one-more");
    }

    @Test
    void loseNothingWhenManyThreadsCount() {
      Counter counter = metrics.counter("limen_busy_total", "Busy.", "who");
      try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 1_000; i++) {
          String who = "w" + i % 7;
          executor.execute(() -> counter.increment(who));
        }
      }
      long sum =
          Pattern.compile("limen_busy_total\\{who=\"w\\d\"} (\\d+)\\.0")
              .matcher(scraped())
              .results()
              .mapToLong(match -> Long.parseLong(match.group(1)))
              .sum();
      assertThat(sum).isEqualTo(1_000);
    }

    @Test
    void refuseMoreOrFewerValuesThanLabels() {
      Counter counter = metrics.counter("limen_logins_total", "Logins.", "outcome");
      assertThatThrownBy(counter::increment)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("limen_logins_total has 1 labels: values=0");
      assertThatThrownBy(() -> counter.increment("a", "b"))
          .hasMessage("limen_logins_total has 1 labels: values=2");
    }
  }

  @Nested
  class Gauges {
    @Test
    void areReadAtTheScrape() {
      AtomicLong sessions = new AtomicLong(3);
      metrics.gauge("limen_sessions", "Live sessions.", sessions::get);
      assertThat(scraped()).contains("# TYPE limen_sessions gauge\nlimen_sessions 3.0\n");
      sessions.set(4);
      assertThat(scraped()).contains("\nlimen_sessions 4.0\n");
    }

    @Test
    void thatThrowDoNotHideTheOthers() {
      metrics.gauge(
          "limen_broken",
          "Broken.",
          () -> {
            throw new IllegalStateException("away");
          });
      metrics.gauge("limen_sessions", "Live sessions.", () -> 1);
      assertThat(scraped()).contains("limen_broken NaN").contains("limen_sessions 1.0");
    }
  }

  @Nested
  class Latencies {
    private final Latency checks =
        metrics.latency("limen_check_duration_seconds", "Checks.", "protocol");

    @Test
    void areShownInSecondsWithQuantiles() {
      for (int i = 1; i <= 1_000; i++) {
        checks.recordNanos(Duration.ofMillis(i).toNanos(), "grpc");
      }
      assertThat(scraped())
          .contains("# TYPE limen_check_duration_seconds summary")
          .contains("limen_check_duration_seconds_count{protocol=\"grpc\"} 1000")
          .contains("limen_check_duration_seconds_sum{protocol=\"grpc\"} 500.5");
      assertThat(quantile("0.5")).isBetween(0.495, 0.506);
      assertThat(quantile("0.99")).isBetween(0.98, 1.0);
    }

    @Test
    void longerThanTheHighestCountAsTheHighestAndBelowZeroAsZero() {
      checks.recordNanos(Long.MAX_VALUE, "grpc");
      assertThat(quantile("0.5")).isBetween(60.0, 60.6);
      checks.recordNanos(Latency.HIGHEST_NANOS + 1, "grpc");
      checks.recordNanos(-1, "grpc");
      assertThat(scraped()).contains("_sum{protocol=\"grpc\"} 120.0");
    }

    @Test
    void ofLongAgoLeaveTheQuantilesButNotTheCount() {
      checks.recordNanos(Duration.ofSeconds(9).toNanos(), "grpc");
      nanos.addAndGet(Latency.WINDOW_NANOS);
      assertThat(quantile("0.999")).isGreaterThan(8.9);
      nanos.addAndGet(Latency.WINDOW_NANOS);
      assertThat(quantile("0.999")).isGreaterThan(8.9);
      checks.recordNanos(Duration.ofMillis(1).toNanos(), "grpc");
      assertThat(quantile("0.999")).isLessThan(0.01);
      assertThat(scraped()).contains("_count{protocol=\"grpc\"} 2");
    }

    private double quantile(String quantile) {
      var found =
          Pattern.compile(
                  "limen_check_duration_seconds\\{protocol=\"grpc\",quantile=\""
                      + Pattern.quote(quantile)
                      + "\"} (\\S+)")
              .matcher(scraped());
      assertThat(found.find()).isTrue();
      return Double.parseDouble(found.group(1));
    }
  }

  @Test
  void anInfoSaysWhatThisProcessIs() {
    metrics.info("limen_build_info", "This build.", Map.of("version", "0.1.0"));
    assertThat(scraped()).contains("limen_build_info{version=\"0.1.0\"} 1");
  }

  @Test
  void theFiguresOfTheJvmAreThere() {
    assertThat(scraped()).contains("jvm_memory_used_bytes").contains("jvm_gc_collection_seconds");
    assertThat(metrics.contentType()).startsWith("text/plain; version=0.0.4");
  }

  @Test
  void aNameStandsForOneMetric() {
    metrics.counter("limen_logins_total", "Logins.", "outcome");
    assertThatThrownBy(() -> metrics.counter("limen_logins_total", "Logins.", "result"))
        .hasMessage("limen_logins_total is a Counter with labels=[outcome]");
    assertThatThrownBy(() -> metrics.gauge("limen_logins_total", "Logins.", () -> 1))
        .hasMessage("limen_logins_total is a Counter with labels=[outcome]");
  }

  @Test
  void namesThatBreakTheGuideAreRefused() {
    assertThatThrownBy(() -> metrics.counter("limen_logins", "Logins."))
        .hasMessage("a counter's name ends in _total: limen_logins");
    assertThatThrownBy(() -> metrics.latency("limen_time_millis", "Time."))
        .hasMessage("a latency's name ends in _seconds: limen_time_millis");
    for (String name : List.of("logins_total", "limen_Logins_total", "limen_a-b_total")) {
      assertThatThrownBy(() -> metrics.counter(name, "Logins."))
          .hasMessage("a metric's name is limen_ and more: " + name);
    }
    assertThatThrownBy(() -> metrics.counter("limen_a_total", "A.", "le ss"))
        .hasMessage("not the name of a label: le ss");
  }
}
