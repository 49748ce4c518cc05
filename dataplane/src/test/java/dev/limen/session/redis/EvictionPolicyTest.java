package dev.limen.session.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.metrics.Metrics;
import io.lettuce.core.KillArgs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that may forget sessions is noticed, and so is one that is mended. */
class EvictionPolicyTest {
  private static final String COMPLAINT =
      "Redis may evict sessions: found maxmemory-policy allkeys-lru, expected noeviction;"
          + " set it with CONFIG SET and in redis.conf";

  @TempDir private Path folder;
  private final List<String> said = new ArrayList<>();
  private final EvictionPolicy policy = new EvictionPolicy(said::add);

  private static String info(String policy) {
    return "# Memory\r\nused_memory:1\r\nmaxmemory_policy:" + policy + "\r\nmem_clusterbus:0\r\n";
  }

  @Test
  void anOperatorIsToldOnceOfEachChangeForTheWorse() {
    policy.heard(info("noeviction"));
    assertThat(policy.mayEvict()).isFalse();
    policy.heard(info("allkeys-lru"));
    policy.heard(info("allkeys-lru"));
    assertThat(policy.mayEvict()).isTrue();
    assertThat(policy.complaint()).isEqualTo(COMPLAINT);
    policy.heard(info("volatile-ttl"));
    policy.heard(info("noeviction"));
    assertThat(policy.mayEvict()).isFalse();
    assertThat(policy.complaint()).isEmpty();
    policy.heard(info("allkeys-lru"));

    assertThat(said).hasSize(3).first().isEqualTo(COMPLAINT);
    assertThat(said.get(1)).contains("volatile-ttl");
  }

  @Test
  void aServiceThatDoesNotSayIsNotHeldToIt() {
    policy.heard("# Memory\r\nused_memory:1\r\n");
    policy.heard("");
    policy.heard(info(""));
    policy.heard("not_maxmemory_policy:allkeys-lru\r\n");
    policy.heard(info("a\u001b[2Jb"));
    assertThat(policy.mayEvict()).isFalse();
    assertThat(policy.complaint()).isEmpty();
    assertThat(said).isEmpty();
  }

  @Test
  void aPolicyThatChangesWhileTheStoreRunsIsSeen() {
    Metrics metrics = new Metrics();
    try (RealRedis redis = RealRedis.start(folder);
        RedisStore store = RedisStore.connect(redis.config(), metrics, Duration.ofMillis(20));
        RealRedis.Raw raw = redis.raw()) {
      RedisStoreTest.awaitConnected(store);
      assertThat(gauge(metrics)).isEqualTo("0.0");

      raw.commands().configSet("maxmemory-policy", "allkeys-lru");
      await(() -> gauge(metrics).equals("1.0"));
      assertThat(store.complaint()).isEqualTo(COMPLAINT);

      raw.commands().configSet("maxmemory-policy", "noeviction");
      await(() -> gauge(metrics).equals("0.0"));
      assertThat(store.complaint()).isEmpty();
    }
  }

  @Test
  void eachConnectAsksAnew() {
    try (RealRedis redis = RealRedis.start(folder, "--maxmemory-policy", "allkeys-lru");
        RedisStore store = RedisStore.connect(redis.config(), new Metrics());
        RealRedis.Raw raw = redis.raw()) {
      await(() -> store.complaint().equals(COMPLAINT));
      raw.commands().configSet("maxmemory-policy", "noeviction");

      disconnect(raw);

      await(() -> store.complaint().isEmpty());
    }
  }

  /** Whoever else is connected is so no more. */
  private static void disconnect(RealRedis.Raw raw) {
    raw.commands().clientKill(KillArgs.Builder.typeNormal().skipme(true));
  }

  private static String gauge(Metrics metrics) {
    return new String(metrics.scrape(), StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("limen_store_may_evict "))
        .map(line -> line.split(" ")[1])
        .findFirst()
        .orElse("none");
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for it").isLessThan(end);
      Thread.onSpinWait();
    }
  }
}
