package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTParser;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.devidp.RequestRecord;
import dev.limen.session.Session;
import dev.limen.session.Tokens;
import dev.limen.session.memory.MemoryStore;
import java.io.IOException;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Checks on sessions whose tokens run out, at a provider that rotates refresh tokens strictly. */
@NullMarked
class RefreshDuringChecksTest {
  private static final Duration LIFE = Duration.ofSeconds(60);
  private static final Duration SOON = Duration.ofSeconds(20);

  private House house;
  private String cookie;
  private Requests request;

  @BeforeEach
  void logIn() throws IOException, InterruptedException {
    house = House.with("", new MemoryStore(), idp -> idp.withAccessTokenLifetime(LIFE));
    cookie = house.loggedIn("alice");
    request = get("/orders").header("cookie: " + cookie);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @SuppressWarnings("JavaUtilDate") // the library's own
  private static long expiryOf(Decision decision) throws ParseException {
    String bearer = Objects.requireNonNull(House.set(decision, "authorization"));
    return JWTParser.parse(bearer.substring("Bearer ".length()))
        .getJWTClaimsSet()
        .getExpirationTime()
        .toInstant()
        .toEpochMilli();
  }

  private List<RequestRecord> refreshes() {
    return house.idp.log().of(RequestKind.TOKEN_REFRESH);
  }

  private void expire() {
    house.clock.advance(LIFE.plusSeconds(1));
  }

  /** Answers to {@code count} checks that begin at the same moment. */
  private List<Decision> askAtOnce(int count) throws InterruptedException, ExecutionException {
    CountDownLatch ready = new CountDownLatch(count);
    Callable<Decision> check =
        () -> {
          ready.countDown();
          ready.await();
          return house.ask(request);
        };
    List<Decision> answers = new ArrayList<>(count);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Decision> answer : executor.invokeAll(Collections.nCopies(count, check))) {
        answers.add(answer.get());
      }
    }
    return answers;
  }

  @Test
  void fiveHundredChecksOnOneExpiredSessionCauseOneRefresh() throws Exception {
    // The code is compiled on the way: a check waits for a second, which a cold start may take.
    for (int round = 0; round < 3; round++) {
      assertThat(askAtOnce(500)).allMatch(Decision.Allow.class::isInstance);
      expire();
      assertThat(house.ask(request)).isInstanceOf(Decision.Allow.class);
    }
    long before = expiryOf(house.ask(request));
    house.idp.log().clear();
    expire();

    List<Decision> answers = askAtOnce(500);

    assertThat(answers).hasSize(500).allMatch(Decision.Allow.class::isInstance);
    for (Decision answer : answers) {
      assertThat(expiryOf(answer)).isGreaterThan(before);
    }
    assertThat(refreshes())
        .singleElement()
        .satisfies(refresh -> assertThat(refresh.outcome()).isEqualTo("ok"));

    expire();
    assertThat(expiryOf(house.ask(request))).isGreaterThan(expiryOf(answers.getFirst()));
    assertThat(refreshes()).extracting(RequestRecord::outcome).containsExactly("ok", "ok");
    assertThat(house.idp.log().of(RequestKind.LOGIN)).as("nobody logged in again").isEmpty();
  }

  @Test
  void aTokenThatIsStillGoodIsUsedWhileItsRefreshRunsBehindTheAnswer() throws Exception {
    house.idp.faults().delayBy(Duration.ofMillis(500));
    house.idp.faults().switchOn(Fault.SLOW, RequestKind.TOKEN_REFRESH, 1);
    long before = expiryOf(house.ask(request));
    house.clock.advance(LIFE.minusSeconds(2));
    assertThat(expiryOf(house.ask(request))).isEqualTo(before);
    house.idp.log().await(record -> record.is(RequestKind.TOKEN_REFRESH, "ok"), SOON);
    awaitLaterExpiry(before);
    assertThat(refreshes()).hasSize(1);
  }

  /** The provider's log is written before Limen has read the answer. */
  private void awaitLaterExpiry(long before) throws ParseException {
    long end = System.nanoTime() + SOON.toNanos();
    while (expiryOf(house.ask(request)) <= before) {
      assertThat(System.nanoTime()).as("the refreshed token is used in time").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aTokenThatIsNotDueIsNotRefreshed() {
    house.clock.advance(LIFE.dividedBy(2));
    assertThat(house.ask(request)).isInstanceOf(Decision.Allow.class);
    assertThat(refreshes()).isEmpty();
  }

  @Test
  void aCheckWaitsForARefreshForASecondAndNotLonger() throws Exception {
    long before = expiryOf(house.ask(request));
    house.idp.faults().delayBy(Duration.ofMillis(2_500));
    house.idp.faults().switchOn(Fault.SLOW, RequestKind.TOKEN_REFRESH, 1);
    expire();
    long asked = System.nanoTime();
    assertThat(house.ask(request)).isEqualTo(new Decision.Unavailable(Reason.REFRESH_PENDING));
    assertThat(System.nanoTime() - asked)
        .isBetween(Deadline.REFRESH_WAIT_NANOS / 10 * 9, TimeUnit.MILLISECONDS.toNanos(2_400));
    // Whoever gave up did not stop it.
    house.idp.log().await(record -> record.is(RequestKind.TOKEN_REFRESH, "ok"), SOON);
    assertThat(expiryOf(house.ask(request))).isGreaterThan(before);
    assertThat(refreshes()).hasSize(1);
  }

  @Test
  void aCheckNeverWaitsBeyondItsDeadlineForARefresh() throws Exception {
    house.idp.faults().delayBy(Duration.ofMillis(1_500));
    house.idp.faults().switchOn(Fault.SLOW, RequestKind.TOKEN_REFRESH, 1);
    expire();
    long asked = System.nanoTime();
    assertThat(house.ask(request.within(400)))
        .isEqualTo(new Decision.Unavailable(Reason.REFRESH_PENDING));
    assertThat(System.nanoTime() - asked).isLessThan(TimeUnit.MILLISECONDS.toNanos(1_000));
    house.idp.log().await(record -> record.is(RequestKind.TOKEN_REFRESH, "ok"), SOON);
  }

  @Test
  void aProviderInTroubleEndsNoSession() throws Exception {
    house.idp.faults().switchOn(Fault.HTTP_500);
    house.clock.advance(LIFE.minusSeconds(2));
    assertThat(house.ask(request)).as("still good").isInstanceOf(Decision.Allow.class);
    house.idp.log().await(record -> record.kind() == RequestKind.TOKEN_REFRESH, SOON);
    house.clock.advance(Duration.ofSeconds(30));
    assertThat(house.ask(request.navigation()))
        .isEqualTo(new Decision.Unavailable(Reason.PROVIDER_UNAVAILABLE));
    house.idp.faults().clear();
    house.clock.advance(Duration.ofSeconds(30));
    assertThat(house.ask(request)).isInstanceOf(Decision.Allow.class);
  }

  @Test
  @DisplayName("Facts, section 4.3: an ID token that breaks a rule ends no session")
  void anIdTokenThatIsRefusedEndsNoSession() throws Exception {
    house.idp.faults().switchOn(Fault.WRONG_AUDIENCE, RequestKind.TOKEN_REFRESH, 1);
    house.clock.advance(LIFE.minusSeconds(2));
    assertThat(house.ask(request)).as("still good").isInstanceOf(Decision.Allow.class);
    awaitRefreshes("id_token_refused");
    house.clock.advance(Duration.ofMillis(2_500));
    house.idp.faults().switchOn(Fault.WRONG_AUDIENCE, RequestKind.TOKEN_REFRESH, 1);
    assertThat(house.ask(request.navigation()))
        .as("over, and not answered with a login")
        .isEqualTo(new Decision.Unavailable(Reason.ID_TOKEN_REFUSED));
    house.clock.advance(Duration.ofSeconds(30));
    assertThat(house.ask(request)).isInstanceOf(Decision.Allow.class);
    assertThat(refreshes()).extracting(RequestRecord::outcome).containsOnly("ok");
  }

  /** Limen counts what became of a refresh behind an answer. */
  private void awaitRefreshes(String outcome) {
    long end = System.nanoTime() + SOON.toNanos();
    while (house.metric("limen_refreshes_total{outcome=\"" + outcome) == null) {
      assertThat(System.nanoTime()).as("a refresh is " + outcome + " in time").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void aSessionThatTheProviderEndedIsOver() {
    house.idp.endSessionsOf("alice");
    assertThat(house.ask(request)).as("until its token ends").isInstanceOf(Decision.Allow.class);
    expire();
    assertThat(house.ask(request))
        .isEqualTo(new Decision.Deny(401, Reason.SESSION_ENDED_BY_PROVIDER));
    assertThat(house.ask(request.navigation()))
        .isInstanceOfSatisfying(
            Decision.Redirect.class,
            redirect -> assertThat(redirect.reason()).isEqualTo(Reason.SESSION_UNKNOWN));
  }

  @Test
  void aSessionWithoutRefreshTokenEndsWithItsAccessToken() {
    long end = house.clock.millis() + LIFE.toMillis();
    Session session =
        house.created(House.alice(), new Tokens("id", "access", null, end, 0, House.NOW));
    Requests asked = get("/x").header("cookie: " + house.cookieOf(session));
    assertThat(house.ask(asked)).isInstanceOf(Decision.Allow.class);
    expire();
    assertThat(house.ask(asked)).isEqualTo(new Decision.Deny(401, Reason.SESSION_EXPIRED));
  }

  @Test
  void aRefreshThatBreaksInTheMiddleIsNotRepeatedByEveryCheck()
      throws InterruptedException, ExecutionException {
    house.idp.faults().switchOn(Fault.HTTP_500);
    expire();
    assertThat(askAtOnce(100)).containsOnly(new Decision.Unavailable(Reason.PROVIDER_UNAVAILABLE));
    assertThat(refreshes()).hasSizeLessThanOrEqualTo(2);
  }
}
