package dev.limen.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.demo.http.Reply;
import dev.limen.demo.run.Await;
import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import dev.limen.devidp.RequestRecord;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A scene for each rule that keeps sessions safe, in which that rule decides what is seen.
 *
 * <p>Invariant: nothing in a scene is left to chance. Where two have to meet, the provider's answer
 * to the first is held until the second has come; what is waited for is a condition, and how long
 * that takes does not matter. Each scene has people of its own, and tells what it saw; it asserts
 * only that it could be played.
 */
final class Scenes {
  /** Checks that come at once. */
  static final int CROWD = 24;

  /** A lease is looked at twice by one who takes it: before the transaction, and in it. */
  static final long LOOKS_OF_ONE = 2;

  /** Who somebody is whose session has ended. */
  static final String NOBODY = "nobody";

  private static final Duration SOON = Duration.ofMinutes(2);
  private static final Pattern REFRESHES =
      Pattern.compile("(?m)^limen_refreshes_total\\{outcome=\"([a-z_]+)\"\\} (\\S+)$");
  private static final Pattern LOOKS = Pattern.compile("cmdstat_exists:calls=(\\d+)");

  private final Fleet fleet;
  private final Person person;
  private final Replica first;
  private final Replica second;
  private int people;

  /** Scenes at the first two replicas of a fleet; most need the first alone. */
  Scenes(Fleet fleet) {
    this.fleet = fleet;
    this.person = new Person(fleet);
    this.first = fleet.replicas.get(0);
    this.second = fleet.replicas.get(1);
  }

  /** A user who was in no scene yet. */
  String someone() {
    return "u" + people++;
  }

  /**
   * Single flight: how often a crowd at one replica looks whether the lease of its expired session
   * is free, while the provider keeps the first of them waiting.
   *
   * @param least looks to wait for
   */
  long looksOfACrowd(long least) throws IOException {
    String cookie = expired();
    double endedBefore = ended(first);
    long before = looks();
    long seen;
    first.toProvider.holdAnswers();
    try {
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < CROWD; i++) {
          threads.execute(() -> askOnce(first, cookie));
        }
      }
      askUntil("looks at the lease", first, cookie, () -> looks() - before >= least);
      seen = looks() - before;
    } finally {
      first.toProvider.letGo();
    }
    await("the renewal is through", () -> ended(first) > endedBefore);
    return seen;
  }

  /**
   * What the provider answered to those who presented a refresh token of one session.
   *
   * @param meanwhile until another replica had come to it, too, and the first had no answer yet
   * @param inTheEnd when both were through
   */
  record Presented(List<String> meanwhile, List<String> inTheEnd) {}

  /**
   * Lease and read-again: a second replica comes with what it read while the first has presented
   * the token, and goes on when the first has stored what came of it. Played again if the first had
   * given up before the second came: there is a limit to how long a provider may take.
   */
  Presented presentedByTwo() throws IOException {
    String cookie = expired();
    double endedAtFirst = ended(first);
    double endedAtSecond = ended(second);
    fleet.provider.log().clear();
    first.toProvider.holdAnswers();
    List<String> meanwhile;
    boolean isFirstWaiting;
    try {
      askUntil("the first presents the token", first, cookie, () -> presented().size() == 1);
      long looksBefore = looks();
      askUntil(
          "the second finds the lease taken, or presents the token",
          second,
          cookie,
          () -> looks() > looksBefore || presented().size() > 1);
      meanwhile = presented();
      isFirstWaiting = ended(first) == endedAtFirst;
    } finally {
      first.toProvider.letGo();
    }
    await("the first is through", () -> ended(first) > endedAtFirst);
    await("the second is through", () -> ended(second) > endedAtSecond);
    return isFirstWaiting ? new Presented(meanwhile, presented()) : presentedByTwo();
  }

  /** Intent: what becomes of a renewal whose first answer was lost, as the operator counts it. */
  Set<String> outcomesOfALostRotation() throws IOException {
    String cookie = expired();
    Map<String, Double> before = refreshes(first);
    fleet.provider.faults().switchOn(Fault.LOST_RESPONSE, RequestKind.TOKEN_REFRESH, 1);
    assertThat(whoIs(cookie)).as("whoever was refused with a spent token").isEqualTo(NOBODY);
    Set<String> outcomes = new TreeSet<>();
    refreshes(first)
        .forEach((outcome, count) -> {
          if (count > before.getOrDefault(outcome, 0.0)) {
            outcomes.add(outcome);
          }
        });
    return outcomes;
  }

  /** Compare-and-set: how many records there are after one went while its renewal was under way. */
  long recordsAfterALateCommit() throws IOException {
    String cookie = expired();
    double endedBefore = ended(first);
    fleet.provider.log().clear();
    first.toProvider.holdAnswers();
    try {
      askUntil("the token is presented", first, cookie, () -> presented().size() == 1);
      assertThat(fleet.redis.ask("DEL", Rotations.recordOf(cookie))).isEqualTo(1L);
    } finally {
      first.toProvider.letGo();
    }
    await("the renewal is through", () -> ended(first) > endedBefore);
    return (Long) fleet.redis.ask("EXISTS", Rotations.recordOf(cookie));
  }

  /** Tombstone: who is let in where a record came back after the sign-out, as from a backup. */
  String whoIsInARestoredRecordOf(String user) throws IOException {
    String cookie = signedIn(user);
    String record = Rotations.recordOf(cookie);
    assertThat(fleet.redis.ask("COPY", record, "backup", "REPLACE")).isEqualTo(1L);
    await("signed out", () -> person.signOut(cookie, first));
    assertThat(whoIs(cookie)).as("whoever has signed out").isEqualTo(NOBODY);
    assertThat(fleet.redis.ask("COPY", "backup", record)).isEqualTo(1L);
    return whoIs(cookie);
  }

  /** Watermark: who is let in after a sign-out everywhere that found no index of the sessions. */
  String whoIsLeftAfterASignOutEverywhereOf(String user) throws IOException {
    String elsewhere = signedIn(user);
    String here = signedIn(user);
    for (String index : List.of("limen:u:*", "limen:i:*")) {
      for (Object key : (List<?>) fleet.redis.ask("KEYS", index)) {
        fleet.redis.ask("DEL", key.toString());
      }
    }
    await("signed out everywhere", () -> person.signOutEverywhere(here, first));
    return whoIs(elsewhere);
  }

  /** Associated data: who is let in where the metadata of another's record was put into one's. */
  String whoIsInARecordOf(String user, String other) throws IOException {
    String cookie = signedIn(user);
    String record = Rotations.recordOf(signedIn(other));
    String metadata = fleet.redis.ask("HGET", record, "m").toString();
    fleet.redis.ask("HSET", Rotations.recordOf(cookie), "m", metadata);
    return whoIs(cookie);
  }

  /** A session whose ID token has just expired; what comes with a renewal lives. */
  private String expired() {
    AtomicLong end = new AtomicLong();
    fleet
        .provider
        .faults()
        .changeClaims(claims -> {
          // In this second, and later than it was asked for.
          end.set(Instant.now().getEpochSecond() + 1);
          claims.put("exp", end.get());
          return claims;
        });
    String cookie = signedIn(someone());
    fleet.provider.faults().clear();
    await("expired", () -> Instant.now().getEpochSecond() >= end.get());
    return cookie;
  }

  private String signedIn(String user) {
    AtomicReference<String> cookie = new AtomicReference<>("");
    await(
        "signed in",
        () -> {
          cookie.set(person.signIn(user, first));
          return true;
        });
    return cookie.get();
  }

  /** One check after the other until that is so; for the answer to the last nobody waits. */
  private static void askUntil(
      String what, Replica at, String cookie, Callable<Boolean> condition) {
    AtomicBoolean isSo = new AtomicBoolean();
    Thread.ofVirtual()
        .start(() -> {
          while (!isSo.get()) {
            askOnce(at, cookie);
          }
        });
    try {
      await(what, condition);
    } finally {
      isSo.set(true);
    }
  }

  /** What a check is answered; null if it is not. */
  private static @Nullable Reply askOnce(Replica at, String cookie) {
    try (CheckWire wire = new CheckWire(at)) {
      return wire.check(cookie);
    } catch (IOException _) {
      return null;
    }
  }

  /** As whom a check is let in; asked until Limen can tell. */
  private String whoIs(String cookie) {
    AtomicReference<String> name = new AtomicReference<>("");
    await(
        "let in or refused",
        () -> {
          Reply reply = askOnce(first, cookie);
          if (reply != null && reply.status() == 401) {
            name.set(NOBODY);
          } else if (reply != null && reply.status() == 200) {
            name.set(String.valueOf(reply.header("x-auth-request-preferred-username")));
          }
          return !name.get().isEmpty();
        });
    return name.get();
  }

  /** The provider's answers to refresh tokens, in order, since its log was cleared. */
  private List<String> presented() {
    return fleet.provider.log().of(RequestKind.TOKEN_REFRESH).stream()
        .map(RequestRecord::outcome)
        .toList();
  }

  /** How often anybody asked Redis whether something is there; while renewals wait, a lease. */
  private long looks() throws IOException {
    Matcher calls = LOOKS.matcher(fleet.redis.ask("INFO", "commandstats").toString());
    return calls.find() ? Long.parseLong(calls.group(1)) : 0;
  }

  /** Renewals that have ended at a replica. */
  private static double ended(Replica at) throws IOException {
    return refreshes(at).values().stream().mapToDouble(Double::doubleValue).sum();
  }

  private static Map<String, Double> refreshes(Replica at) throws IOException {
    Map<String, Double> refreshes = new TreeMap<>();
    Matcher line = REFRESHES.matcher(at.metrics());
    while (line.find()) {
      refreshes.put(line.group(1), Double.parseDouble(line.group(2)));
    }
    return refreshes;
  }

  private static void await(String what, Callable<Boolean> condition) {
    assertThat(Await.until(SOON, condition)).as(what + " within " + SOON).isTrue();
  }
}
