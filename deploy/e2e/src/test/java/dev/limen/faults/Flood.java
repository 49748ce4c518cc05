package dev.limen.faults;

import dev.limen.demo.http.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many at once: nobody in particular, or everybody with one cookie. */
final class Flood {
  /** The status of what was not answered: no allow, and no refusal. */
  private static final int NO_ANSWER = 0;

  private static final int WIRES = 24;

  private Flood() {}

  /** Navigations of people without a session, spread over all replicas; answers by status. */
  static Map<Integer, Integer> ofStrangers(Fleet fleet, int count)
      throws InterruptedException, ExecutionException {
    Map<Integer, Integer> statuses = new TreeMap<>();
    List<Future<List<Integer>>> askers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < WIRES; i++) {
        Replica replica = fleet.replicas.get(i % fleet.replicas.size());
        askers.add(threads.submit(() -> strangersAt(replica, count / WIRES)));
      }
    }
    for (Future<List<Integer>> asker : askers) {
      asker.get().forEach(status -> statuses.merge(status, 1, Integer::sum));
    }
    return statuses;
  }

  private static List<Integer> strangersAt(Replica replica, int count) {
    List<Integer> statuses = new ArrayList<>();
    try (CheckWire wire = new CheckWire(replica)) {
      for (int i = 0; i < count; i++) {
        String kind = i % 2 == 0 ? "sec-fetch-mode: navigate" : "sec-fetch-mode: cors";
        statuses.add(statusOf(wire, "/limen/check/orders/" + i, kind));
      }
    }
    return statuses;
  }

  private static int statusOf(CheckWire wire, String target, String line) {
    try {
      return wire.ask(target, line).status();
    } catch (IOException _) {
      return NO_ANSWER;
    }
  }

  /** So many checks with one cookie in the same moment, spread over all replicas. */
  static List<Reply> ofOneSession(Fleet fleet, String cookie, int count)
      throws InterruptedException, ExecutionException {
    List<Future<Reply>> asked = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        Replica replica = fleet.replicas.get(i % fleet.replicas.size());
        asked.add(
            threads.submit(() -> {
              try (CheckWire wire = new CheckWire(replica)) {
                return wire.check(cookie);
              } catch (IOException _) {
                return new Reply(NO_ANSWER, List.of(), new byte[0]);
              }
            }));
      }
    }
    List<Reply> replies = new ArrayList<>();
    for (Future<Reply> one : asked) {
      replies.add(one.get());
    }
    return replies;
  }
}
