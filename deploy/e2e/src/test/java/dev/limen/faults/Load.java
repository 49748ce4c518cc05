package dev.limen.faults;

import dev.limen.demo.http.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A bounded load of checks, and people who come and go.
 *
 * <p>Each question is asked of all replicas in the same moment, so that whoever races with another
 * replica does so at every expiry and not once in a while.
 *
 * <p>Invariant: every answer is judged, and each asker has one question under way; it stops when it
 * is closed.
 */
final class Load implements AutoCloseable {
  /** Each has one question under way at each replica. */
  static final int ASKERS = 4;

  private static final int ONE_OF_THE_DEAD_IN = 8;

  private final Fleet fleet;
  private final Oracle oracle;
  private final int users;
  private final Pace pace;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ExecutorService questions = Executors.newVirtualThreadPerTaskExecutor();

  /** Stands in the names of its questions: a process may be asked by several loads. */
  private final String name = "asked-" + System.nanoTime();

  private final AtomicLong questionsAsked = new AtomicLong();
  private volatile boolean isStopped;
  private volatile String beingRevoked = "";

  /** Sign-ins that did not succeed: while a fault is on they may not. */
  final AtomicInteger failedSignIns = new AtomicInteger();

  final AtomicInteger signIns = new AtomicInteger();
  final AtomicInteger signOuts = new AtomicInteger();
  final AtomicInteger revocations = new AtomicInteger();

  /**
   * How much.
   *
   * @param checksPerSecond over all replicas
   * @param betweenSignOuts one user leaves each time, and comes again
   * @param betweenRevocations of one user each time, by {@code limen revoke}
   */
  record Pace(int checksPerSecond, Duration betweenSignOuts, Duration betweenRevocations) {}

  Load(Fleet fleet, Oracle oracle, int users, Pace pace) {
    this.fleet = fleet;
    this.oracle = oracle;
    this.users = users;
    this.pace = pace;
  }

  /** Signs everybody in, a few at a time. */
  void signEverybodyIn() throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(ASKERS);
    for (int i = 0; i < ASKERS; i++) {
      threads.execute(() -> {
        for (int user = next.getAndIncrement(); user < users; user = next.getAndIncrement()) {
          signIn("u" + user, new Random(user));
        }
        done.countDown();
      });
    }
    if (!done.await(5, TimeUnit.MINUTES)) {
      throw new IllegalStateException("not signed in: " + oracle.live().size() + " of " + users);
    }
  }

  void start(long seed) {
    for (int i = 0; i < ASKERS; i++) {
      Random random = new Random(seed + i);
      threads.execute(() -> ask(random));
    }
    threads.execute(() -> comeBack(new Random(seed + ASKERS)));
    threads.execute(() -> leave(new Random(seed + ASKERS + 1)));
    threads.execute(() -> revoke(new Random(seed + ASKERS + 2)));
  }

  private void ask(Random random) {
    List<CheckWire> wires = new ArrayList<>();
    fleet.replicas.forEach(replica -> wires.add(new CheckWire(replica)));
    long gap = 1_000_000_000L * ASKERS * wires.size() / pace.checksPerSecond();
    long next = System.nanoTime() + random.nextLong(gap);
    while (!isStopped) {
      sleepUntil(next);
      next = Math.max(next + gap, System.nanoTime() - gap);
      Oracle.Session session = pick(random);
      if (session != null) {
        askAll(wires, session);
      }
    }
    wires.forEach(CheckWire::close);
  }

  private Oracle.@Nullable Session pick(Random random) {
    List<Oracle.Session> dead = oracle.ended();
    if (!dead.isEmpty() && random.nextInt(ONE_OF_THE_DEAD_IN) == 0) {
      return dead.get(random.nextInt(dead.size()));
    }
    return oracle.liveOf("u" + random.nextInt(users));
  }

  private void askAll(List<CheckWire> wires, Oracle.Session session) {
    CountDownLatch done = new CountDownLatch(wires.size());
    for (int i = 0; i < wires.size(); i++) {
      Replica replica = fleet.replicas.get(i);
      CheckWire wire = wires.get(i);
      questions.execute(() -> {
        if (replica.enter()) {
          askOne(replica, wire, session);
        }
        done.countDown();
      });
    }
    try {
      done.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Of a replica that was entered. */
  private void askOne(Replica replica, CheckWire wire, Oracle.Session session) {
    String id = name + "-" + questionsAsked.incrementAndGet();
    Oracle.Question question = new Oracle.Question(id, session, replica.name);
    try {
      Reply reply = wire.check(session.cookie, id);
      oracle.answered(question, reply);
    } catch (IOException | RuntimeException failed) {
      oracle.unanswered(question);
    } finally {
      replica.leave();
    }
  }

  /** Whoever has no session signs in again. */
  private void comeBack(Random random) {
    while (!isStopped) {
      for (int i = 0; i < users && !isStopped; i++) {
        if (oracle.liveOf("u" + i) == null && !("u" + i).equals(beingRevoked)) {
          signIn("u" + i, random);
        }
      }
      sleepUntil(System.nanoTime() + 100_000_000L);
    }
  }

  private void signIn(String user, Random random) {
    Replica replica = inRotation(random);
    try {
      String cookie = new Person(fleet).signIn(user, replica);
      oracle.signedIn(user, cookie);
      signIns.incrementAndGet();
    } catch (IOException | RuntimeException _) {
      failedSignIns.incrementAndGet();
    }
  }

  private void leave(Random random) {
    while (!isStopped) {
      sleepUntil(System.nanoTime() + pace.betweenSignOuts().toNanos());
      Oracle.Session session = oracle.liveOf("u" + random.nextInt(users));
      if (session != null && !isStopped) {
        signOut(session, random);
      }
    }
  }

  private void signOut(Oracle.Session session, Random random) {
    oracle.endAsked(session);
    try {
      if (new Person(fleet).signOut(session.cookie, inRotation(random))) {
        oracle.endAcknowledged(session);
        signOuts.incrementAndGet();
      }
    } catch (IOException | RuntimeException _) {
      // Nobody knows whether it has ended, so nothing is held against anyone.
    }
  }

  /** Nobody signs in as that user meanwhile: a login that is earlier than the mark is revoked. */
  private void revoke(Random random) {
    while (!isStopped) {
      sleepUntil(System.nanoTime() + pace.betweenRevocations().toNanos());
      Oracle.Session session = oracle.liveOf("u" + random.nextInt(users));
      if (session == null || session.subject.isEmpty() || isStopped) {
        continue;
      }
      beingRevoked = session.user;
      oracle.endAsked(session);
      if (isRevoked(session.subject)) {
        oracle.endAcknowledged(session);
        revocations.incrementAndGet();
      }
      beingRevoked = "";
    }
  }

  private boolean isRevoked(String subject) {
    try {
      Replica any = fleet.replicas.getFirst();
      return any.command(fleet.redis.sideDoor(), "revoke", "--user", subject) == 0;
    } catch (IOException _) {
      return false;
    }
  }

  private Replica inRotation(Random random) {
    List<Replica> ready = fleet.replicas.stream().filter(Replica::isInRotation).toList();
    return ready.isEmpty() ? fleet.replicas.getFirst() : ready.get(random.nextInt(ready.size()));
  }

  private static void sleepUntil(long nanos) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos - System.nanoTime());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    isStopped = true;
    // Whoever asks ends before those who carry the questions.
    end(threads);
    end(questions);
  }

  private static void end(ExecutorService executor) {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(40, TimeUnit.SECONDS)) {
        executor.shutdownNow();
      }
    } catch (InterruptedException _) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
