package dev.limen.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.run.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * The promises I1 to I8 under faults: three processes, a real Redis, the strict provider.
 *
 * <p>One fleet for nearly all of it, in this order, since processes take longer to start than most
 * of it. With {@code -Dlimen.faults.long=true} ({@code ./limen test --long}) the long run, whose
 * results are written to {@code RESULTS.md}.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class FaultsTest {
  private static final boolean IS_LONG = Boolean.getBoolean("limen.faults.long");
  private static final long SEED = Long.getLong("limen.faults.seed", 20_261_126);

  /**
   * In the long run due so early that the lease of a process that died ends before most tokens do:
   * few have to wait for it. Never so late that no token is renewed when the first process is to be
   * killed at it.
   */
  private static final Duration TOKENS = Duration.ofSeconds(IS_LONG ? 180 : 12);

  private static final Duration SOON = Duration.ofSeconds(60);

  /** Beyond those of the load: their sessions are nobody else's. */
  private static final int GUESTS = 3;

  private static final FaultRun.Plan PLAN =
      IS_LONG
          ? new FaultRun.Plan(
              2_000,
              60,
              Duration.ofMinutes(10),
              new Load.Pace(400, Duration.ofSeconds(1), Duration.ofSeconds(20)),
              SEED)
          : new FaultRun.Plan(
              Integer.getInteger("limen.faults.users", 200),
              FaultKind.values().length,
              Duration.ofSeconds(90),
              new Load.Pace(250, Duration.ofSeconds(1), Duration.ofSeconds(20)),
              SEED);

  private static final Results RESULTS = new Results(PLAN.inWords(), SEED);

  private static final int TESTS = 6;

  /**
   * Of the checks in good weather. A quiet machine has none; a busy one has some of sessions whose
   * tokens had ended and were not renewed within a second.
   */
  private static final double MAX_FAILED_IN_GOOD_WEATHER = 0.02;

  private static final int STRANGERS_PER_SECOND = 2_000;
  private static final int SECONDS_OF_STRANGERS = 3;

  /** Of a replica at a lease that another holds. */
  private static final Duration LONGER_THAN_A_LOOK = Duration.ofMillis(1_500);

  private static final int ROUNDS_ON_A_BUSY_MACHINE = 3;
  private static final int PEOPLE_BEHIND_ENVOY = 4;

  private static Fleet fleet;
  private static Person person;
  private static String early;
  private static int lostWithRules;
  private static int held;

  @BeforeAll
  static void start() throws IOException {
    System.out.println("faults: " + PLAN.inWords() + " Seed " + SEED + ".");
    fleet = Fleet.start(Fleet.Plan.of(PLAN.users() + GUESTS, TOKENS));
    person = new Person(fleet);
    early = person.signInWithin(SOON, guest(0), fleet.replicas.getFirst());
  }

  @AfterAll
  static void stop() throws IOException, InterruptedException {
    fleet.close();
    if (IS_LONG && held == TESTS) {
      RESULTS.write();
    }
  }

  private static String guest(int number) {
    return "u" + (PLAN.users() + number);
  }

  @Test
  @Order(1)
  void noSessionIsLostAndNobodyIsLetInWhateverBreaks() throws Exception {
    FaultRun.Result result = new FaultRun(fleet, PLAN).run();
    RESULTS.add("The run", result.report());
    RESULTS.say("checks judged", result.oracle().judged(), "");
    RESULTS.say("wrong allows", result.oracle().wrongAllows(), "0");
    RESULTS.say("sessions lost", result.oracle().losses().size(), "those whose rotation was lost");
    RESULTS.say("of these with no fault to blame", result.unexcused().size(), "0");
    sayKills(result);
    sayWaits(result);
    if (!result.unexcused().isEmpty()) {
      fleet.keepLogs();
    }
    Oracle oracle = result.oracle();
    assertThat(oracle.of(Oracle.Finding.WRONG_IDENTITY)).as("I1 wrong identity").isEmpty();
    assertThat(oracle.of(Oracle.Finding.ALLOWED_AFTER_ITS_END)).as("I4 I6 back").isEmpty();
    assertThat(oracle.of(Oracle.Finding.EXPIRED_TOKEN)).as("I1 expired token").isEmpty();
    assertThat(oracle.of(Oracle.Finding.COOKIE_CLEARED)).as("I7 cookie cleared").isEmpty();
    assertThat(oracle.of(Oracle.Finding.STRANGE)).as("strange answers").isEmpty();
    assertThat(result.unexcused()).as("I5 lost, and no fault took its rotation").isEmpty();
    assertThat(oracle.judged()).isGreaterThan(500);
    requireNoMoreFailuresThanInFlight(result);
    assertThat(result.waitedWithGoodTokens()).as("waited with a good token").isEmpty();
    assertThat(oracle.failedInGoodWeather().size())
        .as("failed in good weather: " + result.failedInGoodWeather())
        .isLessThanOrEqualTo(mostInGoodWeather(oracle));
    lostWithRules = result.unexcused().size();
    held++;
  }

  /** One bad moment that nobody saw, for all who ask, and a few. */
  private static int mostInGoodWeather(Oracle oracle) {
    return Load.ASKERS * fleet.replicas.size()
        + (int) (oracle.inGoodWeather() * MAX_FAILED_IN_GOOD_WEATHER);
  }

  private static void sayKills(FaultRun.Result result) {
    String kills =
        "kill -9 of one of three under load, " + result.kills().size() + " times, checks ";
    RESULTS.say(
        kills + "without an answer",
        result.unansweredAtKills(),
        "those in flight at it: " + result.inFlightAtKills() + " at most");
    RESULTS.say(
        kills + "that failed at any replica while nothing else was on",
        result.oracle().failedInKills().size() + " " + result.failedInKillsByReason(),
        IS_LONG
            ? "those in flight at the three: " + result.inFlightAnywhereAtKills() + " at most"
            : "with tokens this short some wait for the lease of the dead");
  }

  private static void sayWaits(FaultRun.Result result) {
    RESULTS.say(
        "checks that waited for a renewal while their token was good, in any weather",
        result.waitedWithGoodTokens().size(),
        "0");
    RESULTS.say(
        "checks that failed in good weather, of " + result.oracle().inGoodWeather(),
        result.failedInGoodWeather(),
        "2 % at most, by a machine that was busier than it seemed");
  }

  private static void requireNoMoreFailuresThanInFlight(FaultRun.Result result) {
    List<Failure> failures = result.oracle().failures();
    assertThat(result.kills())
        .as("each kill: no answer to more checks than were in flight")
        .allMatch(kill -> kill.unanswered(failures).size() <= kill.inFlight());
    if (IS_LONG) {
      assertThat(result.failedForNoReason())
          .as("all kills: 503 for none but sessions that were being renewed")
          .isEmpty();
      assertThat(result.oracle().failedInKills())
          .as("all kills: no more checks failed at any replica than were in flight")
          .hasSizeLessThanOrEqualTo(result.inFlightAnywhereAtKills());
    }
  }

  @Test
  @Order(2)
  void aThousandChecksOnOneExpiredSessionAreOneTokenRequest() throws Exception {
    Rotations rotations = new Rotations(fleet);
    long before = rotations.granted(guest(0));
    long reusesBefore = rotations.reuses();
    List<Reply> replies = Flood.ofOneSession(fleet, early, 1_000);
    long allowed = replies.stream().filter(reply -> reply.status() == 200).count();
    assertThat(replies.stream().map(Reply::status).distinct())
        .as("0 is no answer")
        .isSubsetOf(0, 200, 503);
    // A machine that does much else may have answered all of them with 503: whoever comes next is
    // let in, and still nothing was presented twice.
    awaitAllowed(early);
    long requests = rotations.granted(guest(0)) - before;
    RESULTS.say("1,000 checks on one expired session, token requests", requests, "1");
    RESULTS.say("of these checks allowed at once", allowed, "the others 503, none signed out");
    assertThat(requests).as("token requests").isEqualTo(1);
    assertThat(rotations.reuses()).isEqualTo(reusesBefore);
    held++;
  }

  private static void awaitAllowed(String cookie) {
    try (CheckWire wire = new CheckWire(fleet.replicas.getFirst())) {
      boolean allowed = Await.until(SOON, () -> wire.check(cookie).status() == 200);
      assertThat(allowed).as("allowed again within " + SOON).isTrue();
    }
  }

  @Test
  @Order(4)
  void aFloodOfStrangersWritesNoKey() throws Exception {
    RedisServer.Account before = quietRedis();
    Flood.Strangers strangers =
        Flood.ofStrangers(fleet, early, STRANGERS_PER_SECOND, SECONDS_OF_STRANGERS);
    RedisServer.Account after = fleet.redis.account();
    long written = after.keys() + after.expired() - before.keys() - before.expired();
    RESULTS.say("anonymous flood, 2,000/s for 3 s, keys written", written, "0");
    RESULTS.say("commands to Redis that write, in it", after.writes() - before.writes(), "0");
    RESULTS.say("strangers answered a second", strangers.perSecond(), "as the machine can");
    RESULTS.say("what strangers were told, by status", strangers.statuses(), "302, 401");
    assertThat(strangers.statuses().keySet()).as("0 is no answer").isSubsetOf(0, 302, 401, 503);
    assertThat(strangers.statuses().keySet()).as("most were answered").contains(302, 401);
    assertThat(written).as("keys written").isZero();
    assertThat(after.writes()).as("commands that write").isEqualTo(before.writes());
    held++;
  }

  /** When nobody renews anything any more: whoever died may have left a lease. */
  private static RedisServer.Account quietRedis() throws IOException {
    boolean isQuiet =
        Await.until(
            SOON,
            () -> {
              long writes = fleet.redis.account().writes();
              FaultKind.pause(LONGER_THAN_A_LOOK);
              return fleet.redis.account().writes() == writes
                  && fleet.redis.keys("limen:l:*").isEmpty();
            });
    assertThat(isQuiet).as("nothing is renewed any more").isTrue();
    return fleet.redis.account();
  }

  @Test
  @Order(3)
  void redisRestartsAndEverybodyIsServedAgainSoon() throws Exception {
    String cookie = person.signInWithin(SOON, guest(1), fleet.replicas.get(0));
    String ended = person.signInWithin(SOON, guest(2), fleet.replicas.get(1));
    assertThat(Await.until(SOON, () -> person.signOut(ended, fleet.replicas.get(1)))).isTrue();
    List<Outage> outages = new ArrayList<>();
    do {
      outages.add(outage(cookie));
    } while (outages.size() < 3 && outages.getLast().millis() > 6_000);
    long back = 0;
    for (Replica replica : fleet.replicas) {
      try (CheckWire wire = new CheckWire(replica)) {
        back += wire.check(ended).status() == 401 ? 0 : 1;
      }
    }
    long cleared = outages.stream().mapToLong(Outage::cookiesCleared).sum();
    RESULTS.say("Redis restart, 503 for so many ms", outages.getLast().millis(), "6,000 at most");
    RESULTS.say("Redis restart, cookies cleared", cleared, "0");
    RESULTS.say("Redis restart, replicas where what had ended was back", back, "0");
    assertThat(outages.getLast().millis()).as("503 for so many ms").isLessThanOrEqualTo(6_000);
    assertThat(cleared).as("cookies cleared").isZero();
    assertThat(back).as("replicas where what had ended was back").isZero();
    held++;
  }

  /** One restart of Redis, until every replica lets the session in again. */
  private record Outage(long millis, long cookiesCleared) {}

  private static Outage outage(String cookie) throws IOException {
    long start = System.nanoTime();
    fleet.redis.crash();
    List<Reply> replies = new ArrayList<>();
    fleet.redis.comeBack();
    for (Replica replica : fleet.replicas) {
      try (CheckWire wire = new CheckWire(replica)) {
        boolean allowed =
            Await.until(
                SOON,
                () -> {
                  replies.add(wire.check(cookie));
                  return replies.getLast().status() == 200;
                });
        assertThat(allowed).as("served again within " + SOON).isTrue();
      }
    }
    assertThat(replies).extracting(Reply::status).isSubsetOf(200, 503);
    long millis = (System.nanoTime() - start) / 1_000_000;
    return new Outage(millis, replies.stream().filter(Person::clearsTheSession).count());
  }

  @Test
  @Order(5)
  void threeAreRestartedInTurnBehindEnvoyAndNoCheckFails() throws Exception {
    Fleet.Plan plan =
        Fleet.Plan.of(PEOPLE_BEHIND_ENVOY, RollingRestart.TOKENS).with(RollingRestart.PATIENT);
    try (Fleet three = Fleet.start(plan);
        RollingRestart restart = new RollingRestart(three)) {
      Map<String, String> cookies = new LinkedHashMap<>();
      for (int i = 0; i < PEOPLE_BEHIND_ENVOY; i++) {
        Replica replica = three.replicas.get(i % three.replicas.size());
        cookies.put("u" + i, new Person(three).signInWithin(SOON, "u" + i, replica));
      }
      RollingRestart.Seen seen = restart.restartAll(cookies);
      for (int i = 1; i < ROUNDS_ON_A_BUSY_MACHINE && seen.isOfABusyMachine(); i++) {
        seen = restart.restartAll(cookies);
      }
      RESULTS.say(
          "rolling restart of three behind Envoy, failed checks of " + seen.allowed(),
          seen.others(),
          "none");
      if (!seen.others().isEmpty()) {
        three.keepLogs();
      }
      assertThat(seen.unanswered()).as("checks that no replica answered").isZero();
      assertThat(seen.others()).as("answers other than the page, with the right name").isEmpty();
      assertThat(seen.allowed()).isPositive();
    }
    held++;
  }

  /** The rig must be able to fail: the same load, and no fault but a strategy. */
  @Test
  @Order(6)
  void aNaiveStrategyLosesSessionsWithNoFaultAtAll() throws Exception {
    Path naive = Switch.naive().compiledIn(fleet.folder);
    for (Replica replica : fleet.replicas) {
      replica.takeOut();
      replica.kill();
      replica.becomes(naive.toString());
      replica.launchAgain();
    }
    fleet.replicas.forEach(Replica::awaitReady);
    FaultRun.Plan plan =
        IS_LONG
            ? PLAN
            : new FaultRun.Plan(
                Math.min(60, PLAN.users()), 0, Duration.ofSeconds(25), PLAN.pace(), SEED);
    FaultRun.Result without = new FaultRun(fleet, plan).killingAtOnce().run();
    RESULTS.add("The same with a naive strategy", without.report());
    int more = without.unexcused().size() - lostWithRules;
    RESULTS.say("sessions that a naive strategy loses beyond that", more, "20 at least");
    assertThat(more).as("sessions that were lost").isGreaterThanOrEqualTo(20);
    held++;
  }
}
