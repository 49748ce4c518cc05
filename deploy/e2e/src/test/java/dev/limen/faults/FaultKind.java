package dev.limen.faults;

import dev.limen.devidp.Fault;
import dev.limen.devidp.RequestKind;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;

/**
 * What goes wrong, one after the other; each is bounded, and undone when it returns.
 *
 * <p>Invariant: none of them takes longer than a lease, so that no live holder is ever overtaken.
 */
enum FaultKind {
  /** kill -9 of one of three before it has noted that it is about to present a refresh token. */
  KILL_BEFORE_INTENT {
    @Override
    void strike(FaultRun run, Random random) throws IOException {
      run.killAt(random, act -> Strike.before(RedisWire::notesAnIntent, act));
    }
  },
  /** kill -9 when that is noted, and nothing was presented. */
  KILL_AFTER_INTENT {
    @Override
    void strike(FaultRun run, Random random) throws IOException {
      run.killAt(
          random, act -> Strike.after(RedisWire::commitsAnIntent, RedisWire::isExecuted, act));
    }
  },
  /** kill -9 when the provider has rotated, before the new tokens reach the store. */
  KILL_BEFORE_COMMIT {
    @Override
    void strike(FaultRun run, Random random) throws IOException {
      run.killAt(random, act -> Strike.before(RedisWire::writesARecord, act));
    }
  },
  /** kill -9 when the store has the new tokens, before anybody was told. */
  KILL_AFTER_COMMIT {
    @Override
    void strike(FaultRun run, Random random) throws IOException {
      run.killAt(
          random, act -> Strike.after(RedisWire::commitsARecord, RedisWire::isExecuted, act));
    }
  },
  /** SIGSTOP of one of three. */
  PAUSE {
    @Override
    void strike(FaultRun run, Random random) throws IOException {
      Replica replica = run.anyReplica(random);
      replica.pause();
      try {
        hold();
      } finally {
        replica.resume();
      }
    }
  },
  /** kill -9 of Redis, and its return with what it had acknowledged. */
  REDIS_RESTART {
    @Override
    void strike(FaultRun run, Random random) {
      run.fleet().redis.crash();
      run.fleet().redis.comeBack();
    }
  },
  /** Every answer of Redis comes after the deadline. */
  REDIS_SLOW {
    @Override
    void strike(FaultRun run, Random random) {
      run.fleet().replicas.forEach(one -> one.toRedis.delay(Duration.ofMillis(700)));
      hold();
    }
  },
  /** Redis is half open: what is sent goes nowhere, and nobody is told. */
  REDIS_SILENT {
    @Override
    void strike(FaultRun run, Random random) {
      run.fleet().replicas.forEach(one -> one.toRedis.swallow());
      hold();
    }
  },
  /** Redis takes no write: no memory. */
  REDIS_FULL {
    @Override
    void strike(FaultRun run, Random random) throws IOException {
      run.fleet().redis.ask("CONFIG", "SET", "maxmemory", "1");
      try {
        hold();
      } finally {
        run.fleet().redis.ask("CONFIG", "SET", "maxmemory", "0");
      }
    }
  },
  /** Redis takes no write: a replica of somebody who is away. */
  REDIS_READ_ONLY {
    @Override
    void strike(FaultRun run, Random random) throws IOException {
      run.fleet().redis.ask("REPLICAOF", "127.0.0.1", "1");
      try {
        hold();
      } finally {
        run.fleet().redis.ask("REPLICAOF", "NO", "ONE");
      }
    }
  },
  /** The provider rotates, and its answer is lost on the way. */
  LOST_TOKEN_RESPONSE {
    @Override
    void strike(FaultRun run, Random random) {
      for (Replica replica : run.fleet().replicas) {
        replica.toProvider.strikeOnce(
            Strike.losing(
                request -> request.contains("grant_type=refresh_token"),
                answer -> answer.contains("HTTP/1.1 200")));
      }
      hold();
    }
  },
  /** An answer of Redis ends in the middle. */
  CUT_FRAME {
    @Override
    void strike(FaultRun run, Random random) {
      for (int i = 0; i < 5; i++) {
        for (Replica replica : run.fleet().replicas) {
          replica.toRedis.cutNextAnswer(1 + random.nextInt(40));
        }
        pause(Duration.ofMillis(500));
      }
    }
  },
  /** The token endpoint answers 500. */
  PROVIDER_500 {
    @Override
    void strike(FaultRun run, Random random) {
      run.fleet().provider.faults().switchOn(Fault.HTTP_500, RequestKind.TOKEN, 1_000);
      hold();
    }
  },
  /** The token endpoint takes its time, but less than it may. */
  PROVIDER_SLOW {
    @Override
    void strike(FaultRun run, Random random) {
      run.fleet().provider.faults().delayBy(Duration.ofSeconds(1));
      run.fleet().provider.faults().switchOn(Fault.SLOW);
      hold();
    }
  },
  /** Nobody reaches the provider. */
  PROVIDER_GONE {
    @Override
    void strike(FaultRun run, Random random) {
      run.fleet().replicas.forEach(one -> one.toProvider.refuse());
      run.fleet().replicas.forEach(one -> one.toProvider.resetAll());
      hold();
    }
  },
  /** Connections are reset on every link, now and then. */
  RESETS {
    @Override
    void strike(FaultRun run, Random random) {
      for (int i = 0; i < 5; i++) {
        Replica replica = run.anyReplica(random);
        replica.gate.resetAll();
        replica.toRedis.resetAll();
        replica.toProvider.resetAll();
        pause(Duration.ofMillis(500));
      }
    }
  };

  private static final Duration LENGTH = Duration.ofSeconds(3);

  abstract void strike(FaultRun run, Random random) throws IOException;

  static void hold() {
    pause(LENGTH);
  }

  static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted");
    }
  }
}
