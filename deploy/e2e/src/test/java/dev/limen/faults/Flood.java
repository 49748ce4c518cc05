package dev.limen.faults;

import dev.limen.demo.http.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Many at once: nobody in particular, or everybody with one cookie. */
final class Flood {
  /** The status of what was not answered: no allow, and no refusal. */
  private static final int NO_ANSWER = 0;

  /** Past these a stranger waits for one to be answered. */
  private static final int MOST_AT_ONCE = 600;

  private static final String COOKIE = "\r\ncookie: __Host-limen=";

  private Flood() {}

  /**
   * What came of strangers.
   *
   * @param perSecond answered, from the first question to the last answer
   */
  record Strangers(Map<Integer, Integer> statuses, long perSecond) {}

  /**
   * People without a session, so many a second whether or not those before were answered, spread
   * over all replicas: half of them browsers, half scripts; with no cookie, with one that is none,
   * and with one that nobody here has sealed.
   *
   * @param like a cookie of the right form
   */
  static Strangers ofStrangers(Fleet fleet, String like, int perSecond, int seconds)
      throws InterruptedException {
    Random random = new Random(perSecond);
    Map<Integer, Integer> statuses = new ConcurrentHashMap<>();
    Semaphore room = new Semaphore(MOST_AT_ONCE);
    long start = System.nanoTime();
    try (Wires wires = new Wires();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < perSecond * seconds; i++) {
        TimeUnit.NANOSECONDS.sleep(start + i * 1_000_000_000L / perSecond - System.nanoTime());
        room.acquire();
        Replica replica = fleet.replicas.get(i % fleet.replicas.size());
        String line = stranger(i, like, random);
        threads.execute(() -> {
          statuses.merge(wires.ask(replica, line), 1, Integer::sum);
          room.release();
        });
      }
    }
    long nanos = System.nanoTime() - start;
    long count = statuses.values().stream().mapToLong(Integer::longValue).sum();
    return new Strangers(new TreeMap<>(statuses), count * 1_000_000_000L / nanos);
  }

  private static String stranger(int number, String like, Random random) {
    String mode = number / 3 % 2 == 0 ? "sec-fetch-mode: navigate" : "sec-fetch-mode: cors";
    return switch (number / 6 % 3) {
      case 0 -> mode;
      case 1 -> mode + COOKIE + Integer.toHexString(random.nextInt());
      default -> mode + COOKIE + forged(like, random);
    };
  }

  /** The same version and length; nothing else of it. */
  private static String forged(String like, Random random) {
    byte[] right = Base64.getUrlDecoder().decode(like);
    byte[] wrong = new byte[right.length];
    random.nextBytes(wrong);
    wrong[0] = right[0];
    return Base64.getUrlEncoder().withoutPadding().encodeToString(wrong);
  }

  /** Connections that are kept; a new one for whoever finds none free. */
  private static final class Wires implements AutoCloseable {
    private final Map<Replica, Queue<CheckWire>> free = new ConcurrentHashMap<>();

    int ask(Replica replica, String line) {
      Queue<CheckWire> own = free.computeIfAbsent(replica, _ -> new ConcurrentLinkedQueue<>());
      CheckWire idle = own.poll();
      CheckWire wire = idle == null ? new CheckWire(replica) : idle;
      int status = statusOf(wire, "/limen/check/orders", line);
      own.add(wire);
      return status;
    }

    @Override
    public void close() {
      free.values().forEach(wires -> wires.forEach(CheckWire::close));
    }
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
