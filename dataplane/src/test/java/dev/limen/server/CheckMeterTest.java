package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.CheckNotes;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.metrics.Metrics;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What a scrape says of checks. */
class CheckMeterTest {
  private final Metrics metrics = new Metrics();
  private final CheckMeter meter = new CheckMeter("grpc", metrics);

  private static CheckRequest check(CheckNotes notes) {
    CheckRequest request =
        new CheckRequest(
            new byte[0],
            new CheckRequest.Target(Span.ABSENT, Span.ABSENT, Span.ABSENT, Span.ABSENT),
            0);
    request.note(notes);
    return request;
  }

  private String scraped() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8);
  }

  @Test
  void aCheckIsCountedByRouteModeProviderAnswerAndReason() {
    CheckNotes notes = CheckNotes.of("admin", "login").withCaller("main", "alice", "00ff");
    meter.answered(check(notes), new Decision.Deny(403, Reason.ROLE_MISSING), System.nanoTime());
    assertThat(scraped())
        .contains(
            "limen_checks_total{decision=\"deny\",mode=\"login\",protocol=\"grpc\","
                + "provider=\"main\",reason=\"role_missing\",route=\"admin\"} 1.0")
        .doesNotContain("alice")
        .doesNotContain("00ff");
  }

  @Test
  void aRuleThatRefusedIsCountedByItsPlaceInTheConfiguration() {
    CheckNotes notes = CheckNotes.of("admin", "login").withRule("require.anyOf");
    meter.answered(check(notes), new Decision.Deny(403, Reason.RULE_REFUSED), System.nanoTime());
    meter.answered(
        check(CheckNotes.of("open", "public")),
        new Decision.Unavailable(Reason.DEADLINE_EXCEEDED),
        0);
    assertThat(scraped())
        .contains("limen_rules_refused_total{route=\"admin\",rule=\"require.anyOf\"} 1.0")
        .doesNotContain("rule=\"\"");
  }
}
