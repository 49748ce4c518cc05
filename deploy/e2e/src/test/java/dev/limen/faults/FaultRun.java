package dev.limen.faults;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
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

  private final Fleet fleet;
  private final Plan plan;
  private final Weather weather = new Weather();
  private final Oracle oracle = new Oracle(weather);
  private final Rotations rotations;
  private final List<String> events = new ArrayList<>();
  private final AtomicInteger inFlightAtKills = new AtomicInteger();

  /**
   * What to do.
   *
   * @param faults each kind equally often
   * @param length the whole of it, the sign-ins before it not counted
   */
  record Plan(int users, int faults, Duration length, Load.Pace pace, long seed) {}

  FaultRun(Fleet fleet, Plan plan) {
    this.fleet = fleet;
    this.plan = plan;
    this.rotations = new Rotations(fleet);
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
    try (Load load = new Load(fleet, oracle, plan.users(), plan.pace())) {
      load.signEverybodyIn();
      load.start(plan.seed());
      long start = System.nanoTime();
      long share = plan.length().toNanos() / (order.size() + 1);
      for (int i = 0; i < order.size(); i++) {
        pauseUntil(start + share * i + share / 2);
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
    return new Result(oracle, rotations, List.copyOf(events), inFlightAtKills.get());
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
    CompletableFuture<Instant> killed = new CompletableFuture<>();
    replica.toRedis.strikeOnce(
        point.apply(() -> {
          inFlightAtKills.addAndGet(replica.takeOut());
          replica.kill();
          killed.complete(Instant.now());
        }));
    try {
      rotations.killed(replica, killed.get(PATIENCE.toSeconds(), TimeUnit.SECONDS), oracle);
    } catch (InterruptedException | ExecutionException | TimeoutException never) {
      throw new IOException("the process never came to the point", never);
    }
    replica.startAgain();
  }

  /** What a run has shown. */
  record Result(Oracle oracle, Rotations rotations, List<String> events, int inFlightAtKills) {
    /** Sessions that were lost although no fault took the answer to their rotation. */
    List<Oracle.Loss> unexcused() {
      return oracle.losses().stream().filter(loss -> !rotations.wasLost(loss)).toList();
    }

    long failedAtKills() {
      return oracle.failedAtKills();
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
      for (Oracle.Finding finding : Oracle.Finding.values()) {
        List<String> found = oracle.of(finding);
        text.append("  ").append(finding).append('=').append(found.size()).append(' ');
        text.append(found.stream().limit(5).toList()).append('\n');
      }
      return text.toString();
    }
  }
}
