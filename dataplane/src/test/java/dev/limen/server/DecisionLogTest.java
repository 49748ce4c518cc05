package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.CheckFigures;
import dev.limen.check.CheckNotes;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.FakeFigures;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import dev.limen.config.LoggingConfig.Decisions;
import dev.limen.metrics.Metrics;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which decisions have a line, what stands in it, and what never does. */
class DecisionLogTest {
  private static final Decision DENY = new Decision.Deny(401, Reason.NO_SESSION);
  private static final Decision ALLOW =
      new Decision.Allow(new HeaderMutations(List.of(), List.of()));

  private final Metrics metrics = new Metrics();
  private final FakeFigures figures = new FakeFigures();
  private final List<DecisionLine> lines = new CopyOnWriteArrayList<>();

  private static CheckRequest request(String path, String... headers) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long method = add(bytes, "GET");
    long host = add(bytes, "shop.example.com");
    long target = add(bytes, path);
    long[] spans = new long[headers.length];
    for (int i = 0; i < headers.length; i++) {
      spans[i] = add(bytes, headers[i]);
    }
    CheckRequest request =
        new CheckRequest(
            bytes.toByteArray(), new CheckRequest.Target(method, Span.ABSENT, host, target), 0);
    for (int i = 0; i < spans.length; i += 2) {
      request.addHeader(spans[i], spans[i + 1]);
    }
    return request;
  }

  private static long add(ByteArrayOutputStream bytes, String text) {
    int start = bytes.size();
    bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    return Span.of(start, bytes.size());
  }

  private void log(Decisions wanted, Consumer<CheckFigures> checks) {
    try (DecisionLog log = DecisionLog.start(wanted, metrics, lines::add)) {
      checks.accept(log.beside("grpc", figures));
    }
  }

  private DecisionLine lineOf(CheckRequest request) {
    log(Decisions.ALL, door -> door.answered(request, DENY, System.nanoTime()));
    assertThat(lines).hasSize(1);
    return lines.getFirst();
  }

  @Test
  void deniedIsEveryAnswerButAnAllow() {
    log(
        Decisions.DENIED,
        door -> {
          door.answered(request("/a"), ALLOW, 0);
          door.answered(request("/b"), DENY, 0);
          door.answered(request("/c"), new Decision.Unavailable(Reason.STORE_UNAVAILABLE), 0);
        });
    assertThat(lines).extracting(DecisionLine::path).containsExactly("/b", "/c");
    assertThat(lines).extracting(DecisionLine::status).containsExactly(401, 503);
    assertThat(figures.answeredLabels()).hasSize(3);
  }

  @Test
  void allIsAllAndNoneIsNone() {
    log(Decisions.ALL, door -> door.answered(request("/a"), ALLOW, 0));
    assertThat(lines).extracting(DecisionLine::decision).containsExactly("allow");
    log(Decisions.NONE, door -> door.answered(request("/a"), DENY, 0));
    assertThat(lines).hasSize(1);
    assertThat(figures.answeredLabels()).hasSize(2);
  }

  @Test
  void aLineSaysWhatWasAskedAndWhatWasAnswered() {
    CheckRequest request = request("/orders/7", "x-request-id", "4f0a-1");
    request.note(
        CheckNotes.of("orders", "login")
            .withCaller("main", "J\u00f6rg", "0011223344556677")
            .withRule("require.group"));
    DecisionLine line = lineOf(request);
    assertThat(line.durationMicros()).isNotNegative();
    assertThat(line)
        .isEqualTo(
            new DecisionLine(
                "4f0a-1",
                "grpc",
                "GET",
                "shop.example.com",
                "/orders/7",
                "deny",
                "no_session",
                401,
                line.durationMicros(),
                "orders",
                "require.group",
                "main",
                "J\\xc3\\xb6rg",
                "0011223344556677"));
  }

  @Test
  void neitherQueryNorFragmentNorCookieNorTokenNorAnotherHeaderIsInALine() {
    CheckRequest request =
        request(
            "/a?code=secret1#secret2",
            "cookie",
            "__Host-limen=secret3",
            "authorization",
            "Bearer secret4",
            "x-other",
            "secret5");
    DecisionLine line = lineOf(request);
    assertThat(line.path()).isEqualTo("/a");
    assertThat(line.toString()).doesNotContain("secret");
    assertThat(lineOfFragment().path()).isEqualTo("/b");
  }

  private DecisionLine lineOfFragment() {
    lines.clear();
    return lineOf(request("/b#secret?x"));
  }

  @Test
  void noByteOfARequestCanBeginAnotherLineOrLeaveItsField() {
    DecisionLine line =
        lineOf(
            request(
                "/a\r\n{\"level\":\"INFO\"}\u001b[2J\\ \u0085", "x-request-id", "1\n2 status=200"));
    assertThat(line.path())
        .isEqualTo("/a\\x0d\\x0a{\\x22level\\x22:\\x22INFO\\x22}\\x1b[2J\\x5c\\x20\\x85");
    assertThat(line.requestId()).isEqualTo("1\\x0a2\\x20status=200");
  }

  @Test
  void aRequestIdOfSixtyFourCharactersIsKeptAndOfALongerOneTheBeginning() {
    assertThat(lineOf(request("/", "x-request-id", "i".repeat(64))).requestId()).hasSize(64);
    lines.clear();
    assertThat(lineOf(request("/", "x-request-id", "i".repeat(65))).requestId()).hasSize(64);
    lines.clear();
    assertThat(lineOf(request("/", "x-request-id", "i".repeat(61) + "\n")).requestId())
        .isEqualTo("i".repeat(61));
  }

  @Test
  void aPathIsCutAtItsLimit() {
    assertThat(lineOf(request("/" + "p".repeat(DecisionLine.MAX_PATH))).path())
        .hasSize(DecisionLine.MAX_PATH);
  }

  @Test
  void aSlowLogLosesLinesCountsThemAndHoldsNobodyUp() throws InterruptedException {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(1);
    int beyond = 100;
    try (DecisionLog log =
        DecisionLog.start(
            Decisions.ALL,
            metrics,
            line -> {
              entered.countDown();
              awaitQuietly(stuck);
            })) {
      CheckFigures door = log.beside("http", figures);
      door.answered(request("/first"), DENY, 0);
      entered.await();
      long started = System.nanoTime();
      for (int i = 0; i < DecisionLog.MAX_WAITING + beyond; i++) {
        door.answered(request("/a"), DENY, 0);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(5));
      assertThat(new String(metrics.scrape(), StandardCharsets.UTF_8))
          .contains("limen_decision_lines_dropped_total " + beyond + ".0");
      stuck.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
