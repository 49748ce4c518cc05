package dev.limen.server;

import dev.limen.check.CheckFigures;
import dev.limen.check.CheckNotes;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Latency;
import dev.limen.metrics.Metrics;

/**
 * Counts what one front door answers, by route, kind and reason, and how long it took.
 *
 * <p>Invariant: labels are words of this code or of the configuration, never of a request. Safe for
 * all threads.
 */
final class CheckMeter implements CheckFigures {
  /** Stands for decision and reason of a check whose client went first. */
  static final String CANCELLED = "cancelled";

  private final String protocol;
  private final Counter checks;
  private final Counter rules;
  private final Counter pages;
  private final Counter refusals;
  private final Latency duration;

  CheckMeter(String protocol, Metrics metrics) {
    this.protocol = protocol;
    checks =
        metrics.counter(
            "limen_checks_total",
            "Checks, by route, answer and reason",
            "protocol",
            "route",
            "mode",
            "provider",
            "decision",
            "reason");
    rules =
        metrics.counter(
            "limen_rules_refused_total",
            "Checks that a rule of their route refused, by rule",
            "route",
            "rule");
    pages =
        metrics.counter(
            "limen_pages_total",
            "Answers to browsers at Limen's own endpoints, by answer and reason",
            "decision",
            "reason");
    refusals =
        metrics.counter(
            "limen_refused_total",
            "Requests that were no check and no page, by reason",
            "protocol",
            "reason");
    duration =
        metrics.latency(
            "limen_check_duration_seconds", "From a check's last byte to its answer", "protocol");
  }

  @Override
  public void answered(CheckRequest request, Decision sent, long startedNanos) {
    CheckNotes notes = request.notes();
    count(notes, kind(sent), Decision.label(sent));
    if (!notes.rule().isEmpty()) {
      rules.increment(notes.route(), notes.rule());
    }
    duration.recordNanos(System.nanoTime() - startedNanos, protocol);
  }

  @Override
  public void cancelled(CheckRequest request) {
    count(request.notes(), CANCELLED, CANCELLED);
  }

  private void count(CheckNotes notes, String decision, String reason) {
    checks.increment(protocol, notes.route(), notes.mode(), notes.provider(), decision, reason);
  }

  @Override
  public void page(Decision sent) {
    pages.increment(kind(sent), Decision.label(sent));
  }

  @Override
  public void refused(Reason reason) {
    refusals.increment(protocol, reason.label());
  }

  static String kind(Decision decision) {
    return switch (decision) {
      case Decision.Allow _ -> "allow";
      case Decision.Redirect _ -> "redirect";
      case Decision.Page _ -> "page";
      case Decision.Deny _ -> "deny";
      case Decision.Unavailable _ -> "unavailable";
    };
  }
}
