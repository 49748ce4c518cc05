package dev.limen.session.redis;

import dev.limen.metrics.Metrics;
import dev.limen.session.SessionLimitsContract;
import dev.limen.session.SessionStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The limits of sessions over a real Redis. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisSessionLimitsTest extends SessionLimitsContract {
  private RealRedis redis;
  private RedisStore store;

  @BeforeAll
  void start(@TempDir Path folder) {
    redis = RealRedis.start(folder);
    store = RedisStore.connect(redis.config(), new Metrics());
    RedisStoreTest.awaitConnected(store);
  }

  @AfterAll
  void stop() {
    store.close();
    redis.close();
  }

  @Override
  protected SessionStore store() {
    return store;
  }
}
