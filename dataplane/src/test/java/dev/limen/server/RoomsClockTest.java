package dev.limen.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.ConfigLoader;
import dev.limen.login.EndpointRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said at the doors when nobody knows what time it is. */
@NullMarked
class RoomsClockTest {
  private static final String CONFIG =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: a}
          oidcConfig: {issuerURL: "http://127.0.0.1:1/a"}
      redirects: {whitelistDomains: [shop.example.com]}
      routes: [{match: {path: /public}, mode: public}]
      """;

  @TempDir private Path folder;
  private final AtomicLong jumpMillis = new AtomicLong();
  private final AtomicLong passedNanos = new AtomicLong();
  private Rooms rooms;

  @BeforeEach
  void open() throws IOException {
    SteadyClock clock =
        new SteadyClock(
            () -> TimeUnit.NANOSECONDS.toMillis(passedNanos.get()) + jumpMillis.get(),
            passedNanos::get);
    Path file = Files.writeString(folder.resolve("limen.yaml"), CONFIG);
    rooms = new Rooms(new ConfigLoader(Map.of()).load(file), Rooms.RETIREMENT, clock);
  }

  @AfterEach
  void close() {
    rooms.close();
  }

  private static CheckRequest request() {
    String text = "GET shop.example.com /public";
    return new CheckRequest(
        text.getBytes(StandardCharsets.ISO_8859_1),
        new CheckRequest.Target(Span.of(0, 3), Span.ABSENT, Span.of(4, 20), Span.of(21, 28)),
        System.nanoTime() + TimeUnit.SECONDS.toNanos(30));
  }

  private Decision check() {
    CompletableFuture<Decision> answer = new CompletableFuture<>();
    rooms.checks().authorize(request(), answer::complete);
    return answer.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private Decision page() {
    EndpointRequest request =
        new EndpointRequest(
            "GET",
            "https",
            "shop.example.com",
            "/oauth2/sign_out",
            null,
            List.of(),
            null,
            null,
            null,
            null);
    return rooms.endpoints().handle(request).toCompletableFuture().join();
  }

  private static boolean isUnknownTime(Decision decision) {
    return decision instanceof Decision.Unavailable(Reason reason)
        && reason == Reason.CLOCK_UNKNOWN;
  }

  @Test
  void aClockThatWasSetHoldsNobodyUpForTenMinutes() {
    jumpMillis.set(Duration.ofHours(1).toMillis());
    assertThat(check()).isInstanceOf(Decision.Allow.class);
    passedNanos.addAndGet(SteadyClock.MAX_EXTRAPOLATION.toNanos());
    assertThat(check()).isInstanceOf(Decision.Allow.class);
    assertThat(isUnknownTime(page())).isFalse();
    assertThat(rooms.readiness().needsRestart()).isEmpty();
  }

  @Test
  void thenEveryCheckAndPageIs503AndOnlyARestartHelps() {
    jumpMillis.set(Duration.ofHours(1).toMillis());
    check();
    passedNanos.addAndGet(SteadyClock.MAX_EXTRAPOLATION.plusMillis(1).toNanos());
    assertThat(isUnknownTime(check())).isTrue();
    assertThat(isUnknownTime(page())).isTrue();
    assertThat(rooms.readiness().isReady()).isFalse();
    assertThat(rooms.readiness().needsRestart()).singleElement().asString().contains("restart");
  }

  @Test
  void orThatSomebodySetsItRight() {
    jumpMillis.set(Duration.ofHours(1).toMillis());
    check();
    passedNanos.addAndGet(SteadyClock.MAX_EXTRAPOLATION.multipliedBy(2).toNanos());
    assertThat(isUnknownTime(check())).isTrue();
    jumpMillis.set(0);
    assertThat(check()).isInstanceOf(Decision.Allow.class);
    assertThat(rooms.readiness().needsRestart()).isEmpty();
  }
}
