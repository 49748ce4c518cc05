package dev.limen.session;

import dev.limen.config.Secret;
import dev.limen.config.SessionConfig;
import dev.limen.config.StoreConfig;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A time, settings, a person and tokens that tests of sessions share. */
public final class SessionFixtures {
  /** A test's morning: after every clock of a store, so that nothing expires under a test. */
  public static final long NOW = 4_000_000_000_000L;

  public static final long HOUR = 3_600_000;

  private SessionFixtures() {}

  /** An hour idle, twelve absolute. */
  public static SessionConfig config() {
    return new SessionConfig(
        Duration.ofHours(12),
        Duration.ofHours(1),
        new SessionConfig.RefreshConfig(Duration.ofSeconds(60), 64),
        new SessionConfig.MaxPerUserConfig(0, SessionConfig.OnExceed.EVICT_OLDEST),
        new StoreConfig(
            StoreConfig.Type.MEMORY,
            256,
            new StoreConfig.RedisConfig(
                URI.create("redis://127.0.0.1"),
                "",
                new Secret(""),
                null,
                "limen:",
                redisTimeouts(),
                StoreConfig.OnEvictionPolicy.WARN)));
  }

  /** A person with every claim. */
  public static Identity identity(String subject) {
    return new Identity(
        "main",
        "https://idp",
        subject,
        subject,
        "Alice Ångström",
        subject + "@example.com",
        subject,
        List.of("staff", "orders"),
        List.of("app-user"),
        Map.of("limen", List.of("reader", "writer"), "other", List.of()),
        "sid-1",
        "1",
        List.of("pwd", "otp"),
        1_700_000_000);
  }

  /** Tokens that name the grant they came with. */
  public static Tokens tokens(int grant) {
    return new Tokens("id-" + grant, "access-" + grant, "refresh-" + grant, NOW + 300_000, 0);
  }

  /** What a replica does that renews a session: under a lease, or null if it gets none. */
  public static CompletionStage<@Nullable Session> renewed(
      Sessions sessions, Session old, Tokens tokens, Identity identity, long nowMillis) {
    return sessions
        .lease(old.key())
        .<@Nullable Session>thenCompose(lease ->
            lease == null
                ? CompletableFuture.completedFuture(null)
                : sessions
                    .renew(lease, old, tokens, identity, nowMillis)
                    .<@Nullable Session>thenCompose(renewed ->
                        sessions.release(lease).<@Nullable Session>thenApply(_ -> renewed)));
  }

  /** What comes of it, within a bound that no deadline of a store exceeds. */
  public static <T extends @Nullable Object> T answer(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  /** The same, where there has to be something. */
  public static <T> T present(CompletionStage<@Nullable T> stage) {
    return Objects.requireNonNull(SessionFixtures.<@Nullable T>answer(stage));
  }

  /** The defaults. */
  public static StoreConfig.RedisTimeouts redisTimeouts() {
    return new StoreConfig.RedisTimeouts(Duration.ofMillis(300), Duration.ofMillis(100));
  }
}
