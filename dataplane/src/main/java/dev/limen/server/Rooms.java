package dev.limen.server;

import dev.limen.check.CheckHandler;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.config.SessionConfig;
import dev.limen.config.StoreConfig;
import dev.limen.http.BrowserEndpoints;
import dev.limen.metrics.Metrics;
import dev.limen.session.SessionStore;
import dev.limen.session.memory.MemoryStore;
import dev.limen.session.redis.RedisStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything behind the doors: the store, the {@link Generation} that decides, and the clock's
 * small errands.
 *
 * <p>Invariant: building this waits for nobody: neither store nor provider need be there yet. There
 * is one generation in force at any time, and a reload changes that one reference and nothing else.
 */
final class Rooms implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rooms.class);

  /** How often the store is asked whether it answers, and expired sessions are swept. */
  static final Duration ERRAND = Duration.ofSeconds(1);

  /** When a replaced provider is closed: later than any check, login or refresh may last. */
  static final Duration RETIREMENT = Duration.ofSeconds(60);

  private static final Decision NO_TIME = new Decision.Unavailable(Reason.CLOCK_UNKNOWN);

  private final SteadyClock clock;
  private final Metrics metrics = new Metrics();
  private final Duration retirement;
  private final SessionStore store;
  private final boolean refusesEviction;
  private final Generation.Ground ground;
  private final Readiness readiness;
  private final ScheduledExecutorService errands =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("limen-errands").daemon().factory());

  /** Generations that were replaced and may still have checks under way. */
  private final Set<Generation> retiring = ConcurrentHashMap.newKeySet();

  private volatile Generation current;

  Rooms(LimenConfig config) {
    this(config, RETIREMENT, new SteadyClock());
  }

  /** The same, with a time of its own for what is replaced, and a time of day. */
  Rooms(LimenConfig config, Duration retirement, SteadyClock clock) {
    this.retirement = retirement;
    this.clock = clock;
    metrics.gauge(
        "limen_clock_jump_seconds",
        "How far the system's clock is ahead of where it was expected; 0 while it is there",
        clock::jumpSeconds);
    store = store(config.session());
    refusesEviction =
        config.session().store().redis().onEvictionPolicy() == StoreConfig.OnEvictionPolicy.REFUSE;
    ground = new Generation.Ground(store, metrics, clock);
    current = Generation.first(ground, config);
    current.begin();
    readiness = new Readiness(() -> current.providers(), clock::isKnown);
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
      store.ping().whenComplete((_, trouble) -> hear(trouble == null));
      if (store instanceof MemoryStore memory) {
        memory.sweep(nowMillis);
      }
    } catch (RuntimeException e) {
      readiness.storeAnswers(false);
      LOG.warn("the store could not be asked: {}", e.getClass().getSimpleName());
    }
  }

  /** What the store says of itself counts from the same moment as that it answers. */
  private void hear(boolean answers) {
    String complaint = store.complaint();
    if (refusesEviction) {
      readiness.storeComplains(complaint);
    } else {
      readiness.note("store", complaint);
    }
    readiness.storeAnswers(answers);
  }

  /** Completes when no refresh is under way any more; nobody asks for another by then. */
  CompletionStage<@Nullable Void> drain() {
    return current.refresher().drain(clock.millis());
  }

  Metrics metrics() {
    return metrics;
  }

  /** Decides, by whatever configuration is in force when it is asked, and while there is a time. */
  CheckHandler checks() {
    return (request, listener) -> {
      long nowMillis = clock.millis();
      if (clock.isKnown()) {
        current.authorizer().authorize(request, nowMillis, listener);
      } else {
        listener.onDecision(NO_TIME);
      }
    };
  }

  /** Answers browsers, likewise. */
  BrowserEndpoints endpoints() {
    return request -> {
      long nowMillis = clock.millis();
      return clock.isKnown()
          ? current.login().handle(request, nowMillis)
          : CompletableFuture.completedFuture(NO_TIME);
    };
  }

  /** What decides now. */
  Generation current() {
    return current;
  }

  /** The configuration in force. */
  LimenConfig config() {
    return current.config();
  }

  /**
   * What would decide by {@code wanted}; nothing changes yet.
   *
   * @param changed files that hold something else than before
   * @throws dev.limen.config.ConfigException if it cannot be used
   */
  Generation next(LimenConfig wanted, Set<Path> changed) {
    return current.next(ground, wanted, changed);
  }

  /** From now on {@code next} is asked; what is under way ends with who began it. */
  void replaceBy(Generation next) {
    Generation old = current;
    retiring.add(old);
    current = next;
    ScheduledFuture<?> _ =
        errands.schedule(
            () -> {
              retiring.remove(old);
              old.retireFor(next);
            },
            retirement.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  Readiness readiness() {
    return readiness;
  }

  @Override
  public void close() {
    errands.shutdownNow();
    retiring.forEach(Generation::close);
    current.close();
    store.close();
  }
}
