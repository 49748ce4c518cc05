package dev.limen.session.redis;

import static dev.limen.session.SessionFixtures.NOW;
import static dev.limen.session.SessionFixtures.answer;
import static dev.limen.session.SessionFixtures.config;
import static dev.limen.session.SessionFixtures.identity;
import static dev.limen.session.SessionFixtures.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crowd of checks costs a real Redis, which stands still until the crowd is there. */
class RedisLoadsTest {
  private static final int CHECKS = 1_000;

  private RealRedis redis;
  private RedisStore store;
  private Sessions sessions;

  @BeforeEach
  void start(@TempDir Path folder) {
    redis = RealRedis.start(folder);
    store = RedisStore.connect(redis.patientConfig(), new Metrics());
    RedisStoreTest.awaitConnected(store);
    sessions = new Sessions(store, KeyRing.generated(), config(), new Metrics());
  }

  @AfterEach
  void stop() {
    store.close();
    redis.close();
  }

  private CompletableFuture<SessionLookup> find(SessionSecret secret) {
    return sessions.find(secret, NOW).toCompletableFuture();
  }

  /** Loads that Redis was asked for since it began. */
  private long loads() {
    try (RealRedis.Raw raw = redis.raw()) {
      return raw.commands()
          .info("commandstats")
          .lines()
          .filter(line -> line.startsWith("cmdstat_hmget:calls="))
          .mapToLong(line -> Long.parseLong(line.split("[=,]", 3)[1]))
          .findFirst()
          .orElse(0);
    }
  }

  @Test
  void aThousandChecksOfOneSessionAtOnceCostTwoLoads() {
    Session session =
        answer(sessions.create(identity("alice"), tokens(1), SessionContext.UNKNOWN, NOW));
    long before = loads();

    redis.freeze();
    List<CompletableFuture<SessionLookup>> checks =
        Stream.generate(() -> find(session.secret())).limit(CHECKS).toList();
    redis.thaw();

    for (CompletableFuture<SessionLookup> each : checks) {
      assertThat(answer(each)).isEqualTo(new SessionLookup.Found(session));
    }
    assertThat(loads() - before).isEqualTo(2);
  }

  @Test
  void aThousandChecksOfAThousandSessionsAreTwoHundredAndFiftySixLoadsAtOnceAndTheRestIsTrouble() {
    redis.freeze();
    List<CompletableFuture<SessionLookup>> checks =
        Stream.generate(() -> find(SessionSecret.random())).limit(CHECKS).toList();
    int limit = config().store().maxLoads();
    checks
        .subList(limit, CHECKS)
        .forEach(each ->
            assertThat(each.handle((_, trouble) -> trouble))
                .succeedsWithin(20, TimeUnit.SECONDS)
                .isInstanceOfSatisfying(
                    StoreUnavailableException.class,
                    refused -> assertThat(refused.reason()).isEqualTo(Reason.STORE_OVERLOADED)));
    redis.thaw();

    checks
        .subList(0, limit)
        .forEach(each ->
            assertThat(answer(each)).isEqualTo(new SessionLookup.None(Reason.SESSION_UNKNOWN)));
    assertThat(loads()).isEqualTo(limit);
  }
}
