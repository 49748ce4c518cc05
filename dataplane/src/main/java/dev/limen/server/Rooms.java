package dev.limen.server;

import dev.limen.authz.Authorizer;
import dev.limen.authz.RouteProviders;
import dev.limen.config.LimenConfig;
import dev.limen.config.ProviderConfig;
import dev.limen.config.SessionConfig;
import dev.limen.config.StoreConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.login.Login;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.BearerTokens;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.ConfiguredKeyRing;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionStore;
import dev.limen.session.Sessions;
import dev.limen.session.memory.MemoryStore;
import dev.limen.session.redis.RedisStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything behind the doors: store, providers, login, authorizer, and the clock's small errands.
 *
 * <p>Invariant: building this waits for nobody: neither store nor provider need be there yet.
 */
final class Rooms implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rooms.class);

  /** How often the store is asked whether it answers, and expired sessions are swept. */
  static final Duration ERRAND = Duration.ofSeconds(1);

  private final InstantSource clock = InstantSource.system();
  private final Metrics metrics = new Metrics();
  private final Map<String, OpenIdProvider> providers = new LinkedHashMap<>();
  private final SessionStore store;
  private final Refresher refresher;
  private final Login login;
  private final BearerTokens bearerTokens;
  private final Authorizer authorizer;
  private final Readiness readiness;
  private final ScheduledExecutorService errands =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("limen-errands").daemon().factory());

  Rooms(LimenConfig config) {
    KeyRing ring =
        config.cookie().secrets().isEmpty()
            ? KeyRing.generated()
            : ConfiguredKeyRing.of(config.cookie().secrets());
    store = store(config.session());
    Sessions sessions = new Sessions(store, ring, config.session(), metrics);
    SessionCookie sessionCookie = new SessionCookie(ring);
    for (ProviderConfig provider : config.providers()) {
      providers.put(provider.id(), OpenIdProvider.start(provider, metrics, clock));
    }
    refresher = new Refresher(providers, sessions, config.session(), metrics);
    login =
        new Login(
            config, providers, new RouteProviders(config), sessions, sessionCookie, ring, metrics);
    bearerTokens = BearerTokens.start(config.bearer(), providers.values(), metrics, clock);
    authorizer =
        new Authorizer(
            config, providers, login, refresher, sessions, bearerTokens, ring, metrics);
    readiness = new Readiness(providers.values());
    runErrands();
  }

  private SessionStore store(SessionConfig config) {
    if (config.store().type() == StoreConfig.Type.REDIS) {
      return RedisStore.connect(config.store().redis(), metrics);
    }
    MemoryStore memory = new MemoryStore(config.idleTimeout());
    metrics.gauge("limen_sessions", "Live sessions in the memory store", memory::count);
    return memory;
  }

  private void runErrands() {
    ScheduledFuture<?> _ =
        errands.scheduleWithFixedDelay(
            () -> errand(clock.millis()), 0, ERRAND.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Never throws, since the scheduler would drop an errand that did. */
  private void errand(long nowMillis) {
    try {
      store.ping().whenComplete((_, trouble) -> readiness.storeAnswers(trouble == null));
      if (store instanceof MemoryStore memory) {
        memory.sweep(nowMillis);
      }
    } catch (RuntimeException e) {
      readiness.storeAnswers(false);
      LOG.warn("the store could not be asked: {}", e.getClass().getSimpleName());
    }
  }

  /** Completes when no refresh is under way any more; nobody asks for another by then. */
  CompletionStage<@Nullable Void> drain() {
    return refresher.drain(clock.millis());
  }

  Metrics metrics() {
    return metrics;
  }

  Login login() {
    return login;
  }

  Authorizer authorizer() {
    return authorizer;
  }

  Readiness readiness() {
    return readiness;
  }

  @Override
  public void close() {
    errands.shutdownNow();
    bearerTokens.close();
    providers.values().forEach(OpenIdProvider::close);
    store.close();
  }
}
