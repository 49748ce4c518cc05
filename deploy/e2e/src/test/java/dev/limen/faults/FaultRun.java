package dev.limen.faults;

import dev.limen.demo.run.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * A load, and faults one after the other in an order that a seed gives.
 *
 * <p>Invariant: takes as long as its plan says and the restarts in it, whatever happens; the same
 * seed gives the same order.
 */
final class FaultRun {
  /** Until some session is renewed by one process: many are, each second. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Before the first fault: what fails then has no excuse but a busy machine. */
  private static final Duration CALM = Duration.ofSeconds(8);

  private final Fleet fleet;
  private final Plan plan;
  private final Weather weather = new Weather();
  private final Oracle oracle = new Oracle(weather);
  private final Rotations rotations;
  private final List<String> events = new ArrayList<>();
  private final List<Kill> kills = new ArrayList<>();

  /** Whether a process is killed at the named point, and not at once. */
  private boolean isAimed = true;

  /**
   * What to do.
   *
   * @param faults each kind equally often
   * @param length the whole of it, the sign-ins before it not counted
   */
  record Plan(int users, int faults, Duration length, Load.Pace pace, long seed) {
    /** For people. */
    String inWords() {
      return users
          + " people, "
          + faults
          + " faults of "
          + FaultKind.values().length
          + " kinds in "
          + length.toSeconds()
          + " s, "
          + pace.checksPerSecond()
          + " checks a second at most; somebody signs out every "
          + pace.betweenSignOuts().toSeconds()
          + " s and is revoked every "
          + pace.betweenRevocations().toSeconds()
          + " s.";
    }
  }

  FaultRun(Fleet fleet, Plan plan) {
    this.fleet = fleet;
    this.plan = plan;
    this.rotations = new Rotations(fleet);
  }

  /** A strategy that notes nothing never comes to some of the points: it is killed at once. */
  FaultRun killingAtOnce() {
    isAimed = false;
    return this;
  }

  /** Runs, and gives what came of it. */
  Result run() throws IOException, InterruptedException {
    Random random = new Random(plan.seed());
    List<FaultKind> order = new ArrayList<>();
    List<FaultKind> kinds = List.of(FaultKind.values());
    for (int i = 0; i < plan.faults(); i++) {
      order.add(kinds.get(i % kinds.size()));
    }
    Collections.shuffle(order, random);
    try (Pulse _ = Pulse.of(weather);
        Load load = new Load(fleet, oracle, plan.users(), plan.pace())) {
      load.signEverybodyIn();
      load.start(plan.seed());
      long start = System.nanoTime();
      long share = plan.length().minus(CALM).toNanos() / (order.size() + 1);
      for (int i = 0; i < order.size(); i++) {
        pauseUntil(start + CALM.toNanos() + share * i + share / 2);
        strike(order.get(i), random);
      }
      pauseUntil(start + plan.length().toNanos());
      events.add(
          "sign-ins="
              + load.signIns
              + " that failed="
              + load.failedSignIns
              + " sign-outs="
              + load.signOuts
              + " revocations="
              + load.revocations);
    }
    // A log may be a moment behind; whoever was killed never says.
    Await.until(
        Duration.ofSeconds(2), () -> oracle.failures().stream().allMatch(this::isExplained));
    return new Result(oracle, rotations, reasons(), List.copyOf(events), List.copyOf(kills));
  }

  private boolean isExplained(Failure failure) {
    String id = failure.question().id();
    return failure.isUnanswered()
        || fleet.replicas.stream().anyMatch(replica -> replica.reasons.containsKey(id));
  }

  private Map<String, String> reasons() {
    Map<String, String> reasons = new HashMap<>();
    fleet.replicas.forEach(replica -> reasons.putAll(replica.reasons));
    return reasons;
  }

  private void strike(FaultKind kind, Random random) throws IOException {
    int lossesBefore = oracle.losses().size();
    long start = System.nanoTime();
    weather.begins(kind.name());
    try {
      kind.strike(this, random);
    } finally {
      fleet.heal();
      weather.ends();
    }
    events.add(
        kind
            + " ms="
            + (System.nanoTime() - start) / 1_000_000
            + " losses="
            + (oracle.losses().size() - lossesBefore));
  }

  private static void pauseUntil(long nanos) {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      FaultKind.pause(Duration.ofNanos(left));
    }
  }

  Fleet fleet() {
    return fleet;
  }

  Oracle oracle() {
    return oracle;
  }

  Rotations rotations() {
    return rotations;
  }

  Replica anyReplica(Random random) {
    return fleet.replicas.get(random.nextInt(fleet.replicas.size()));
  }

  /** What one process does at a named point is the last that it does; then it comes again. */
  void killAt(Random random, Function<Runnable, Strike> point) throws IOException {
    Replica replica = anyReplica(random);
    Kill kill = isAimed ? killedAt(point, replica) : Kill.of(replica, fleet.replicas);
    Set<String> renewing = rotations.underLease();
    rotations.killed(replica, kill.at(), oracle);
    replica.startAgain();
    kills.add(kill.until(System.nanoTime(), renewing));
  }

  private Kill killedAt(Function<Runnable, Strike> point, Replica replica) throws IOException {
    CompletableFuture<Kill> killed = new CompletableFuture<>();
    replica.toRedis.strikeOnce(
        point.apply(() -> killed.complete(Kill.of(replica, fleet.replicas))));
    try {
      return killed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException never) {
      throw new IOException("the process never came to the point", never);
    }
  }

  /** What a run has shown. */
  record Result(
      Oracle oracle,
      Rotations rotations,
      Map<String, String> reasons,
      List<String> events,
      List<Kill> kills) {
    /** What a check is told that had to wait for a renewal. */
    private static final Set<String> OF_RENEWALS =
        Set.of("refresh_pending", "provider_unavailable", "client_refused_by_provider");

    /** Why a check failed, as the log of whoever answered has it. */
    String why(Failure failure) {
      return failure.isUnanswered()
          ? "no answer"
          : reasons.getOrDefault(failure.question().id(), "503 of a process that said no more");
    }

    /** In whatever weather: told to wait for a renewal while the tokens were still good. */
    List<String> waitedWithGoodTokens() {
      return oracle.failures().stream()
          .filter(Failure::hadGoodTokens)
          .filter(failure -> OF_RENEWALS.contains(why(failure)))
          .map(failure -> failure.question().id() + " " + why(failure) + " " + failure.fault())
          .toList();
    }

    /** {@link Oracle#failedInGoodWeather}, by reason. */
    Map<String, Integer> failedInGoodWeather() {
      Map<String, Integer> byReason = new TreeMap<>();
      oracle
          .failedInGoodWeather()
          .forEach(failure -> byReason.merge(why(failure), 1, Integer::sum));
      return byReason;
    }

    /** Sessions that were lost although no fault took the answer to their rotation. */
    List<Oracle.Loss> unexcused() {
      return oracle.losses().stream().filter(loss -> !rotations.wasLost(loss)).toList();
    }

    int inFlightAtKills() {
      return kills.stream().mapToInt(Kill::inFlight).sum();
    }

    /** The same at all replicas. */
    int inFlightAnywhereAtKills() {
      return inFlightAtKills() + kills.stream().mapToInt(Kill::inFlightElsewhere).sum();
    }

    /** Checks that were under way at a process when it was killed, and got no answer. */
    int unansweredAtKills() {
      return kills.stream().mapToInt(kill -> kill.unanswered(oracle.failures()).size()).sum();
    }

    /**
     * {@link Oracle#failedInKills}, by reason, and whether somebody was renewing that session at
     * the kill.
     */
    Map<String, Integer> failedInKillsByReason() {
      Map<String, Integer> byReason = new TreeMap<>();
      for (Failure failure : oracle.failedInKills()) {
        String whose = wasRenewedAtTheKill(failure) ? "being renewed at the kill" : "any other";
        byReason.merge(why(failure) + " (a session " + whose + ")", 1, Integer::sum);
      }
      return byReason;
    }

    /**
     * Of {@link Oracle#failedInKills} those that got an answer, about a session that nobody held.
     */
    List<Failure> failedForNoReason() {
      return oracle.failedInKills().stream()
          .filter(one -> !one.isUnanswered() && !wasRenewedAtTheKill(one))
          .toList();
    }

    /** Whether the session was being renewed when the last process before it was killed. */
    private boolean wasRenewedAtTheKill(Failure failure) {
      return kills.stream()
          .filter(kill -> failure.toldNanos() - kill.goneNanos() >= 0)
          .reduce((_, later) -> later)
          .filter(kill -> kill.wasRenewing(failure.question().session()))
          .isPresent();
    }

    /** A few lines for people. */
    String report() {
      StringBuilder text = new StringBuilder();
      events.forEach(event -> text.append("  ").append(event).append('\n'));
      text.append("  ").append(oracle.figures()).append('\n');
      text.append("  lost=")
          .append(oracle.losses().size())
          .append(" of these with no fault to blame=")
          .append(unexcused().size())
          .append(" spent tokens presented=")
          .append(rotations.reuses())
          .append('\n');
      Map<String, Integer> grouped = new TreeMap<>();
      for (Oracle.Loss loss : oracle.losses()) {
        String why = rotations.wasLost(loss) ? "rotation lost" : "NO FAULT TO BLAME";
        grouped.merge(loss.weather() + ", " + why, 1, Integer::sum);
      }
      text.append("  lost by fault: ").append(grouped).append('\n');
      reportFailures(text);
      for (Oracle.Finding finding : Oracle.Finding.values()) {
        List<String> found = oracle.of(finding);
        text.append("  ").append(finding).append('=').append(found.size()).append(' ');
        text.append(found.stream().limit(5).toList()).append('\n');
      }
      return text.toString();
    }

    private void reportFailures(StringBuilder text) {
      Map<String, Integer> byFault = new TreeMap<>();
      for (Failure failure : oracle.failures()) {
        String fault = failure.fault();
        byFault.merge(
            (fault.isEmpty() ? "no fault" : fault) + ", " + why(failure), 1, Integer::sum);
      }
      text.append("  failed by fault: ").append(byFault).append('\n');
      for (Kill kill : kills) {
        text.append("  kill of ").append(kill.replica());
        text.append(": in flight=").append(kill.inFlight());
        text.append(" elsewhere=").append(kill.inFlightElsewhere());
        text.append(" of these unanswered=").append(kill.unanswered(oracle.failures()).size());
        text.append('\n');
      }
      text.append("  failed with nothing on but kills: ");
      text.append(failedInKillsByReason()).append('\n');
    }
  }
}
