package dev.limen.login;

import dev.limen.config.SessionConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Metrics;
import dev.limen.session.Identity;
import dev.limen.session.RefreshLeases;
import dev.limen.session.RevocationStore;
import dev.limen.session.SealedSession;
import dev.limen.session.Session;
import dev.limen.session.SessionContext;
import dev.limen.session.SessionFixtures;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionStore;
import dev.limen.session.Sessions;
import dev.limen.session.SpentTokens;
import dev.limen.session.StoreUnavailableException;
import dev.limen.session.TokenMark;
import dev.limen.session.Tokens;
import dev.limen.session.TroubledRevocations;
import dev.limen.session.memory.MemoryLeases;
import dev.limen.session.memory.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sessions in memory, behind a store that can be told to refuse what it is asked. */
final class SessionFixture {
  /** When everything in these tests happens, unless a test says otherwise. */
  static final long NOW = 1_800_000_000_000L;

  final MemoryStore memory = new MemoryStore();
  final FailingStore store = new FailingStore(memory);
  final KeyRing keys = KeyRing.generated();
  final Metrics metrics = new Metrics();
  final SessionConfig config;
  final Sessions sessions;
  final Steps steps;

  /** Another replica, whose lease this one's does not hold off: as if it had ended long ago. */
  private final Sessions elsewhere;

  SessionFixture() {
    this(LoginSettings.with("http://127.0.0.1:1/realms/limen").session());
  }

  SessionFixture(SessionConfig config) {
    this.config = config;
    this.sessions = new Sessions(store, keys, config, metrics);
    this.steps = new Steps(sessions);
    this.elsewhere = new Sessions(new FailingStore(memory), keys, config, new Metrics());
  }

  /** What another replica does meanwhile, without regard to anybody. */
  Session renewElsewhere(Session session, int number, long nowMillis) {
    return Objects.requireNonNull(
        SessionFixtures.renewed(
                elsewhere, session, tokens(number, nowMillis), session.identity(), nowMillis)
            .toCompletableFuture()
            .join());
  }

  /** The steps as they are, on a clock that stands still until a test lets it go on. */
  static class Steps extends RefreshSteps {
    /** What was put off, in the order in which it was. */
    final Deque<Runnable> later = new ConcurrentLinkedDeque<>();

    Steps(Sessions sessions) {
      super(sessions);
    }

    @Override
    void later(long millis, Runnable errand) {
      later.add(errand);
    }
  }

  /** Somebody. */
  static Identity alice() {
    return new Identity(
        "main",
        "http://127.0.0.1:1/realms/limen",
        "a1b2",
        "a1b2",
        "Alice Adams",
        "alice@example.com",
        "alice",
        List.of("staff"),
        List.of("app-user"),
        Map.of(),
        "sid-1",
        null,
        List.of(),
        0);
  }

  /** Tokens of the given number, which live for a minute. */
  static Tokens tokens(int number, long issuedAtMillis) {
    return new Tokens(
        "id-" + number,
        "access-" + number,
        "refresh-" + number,
        issuedAtMillis + 60_000,
        0,
        issuedAtMillis);
  }

  /** A stored session with the tokens of number 1. */
  Session create() {
    return create(tokens(1, NOW));
  }

  /** A stored session with these tokens. */
  Session create(Tokens tokens) {
    return sessions
        .create(alice(), tokens, SessionContext.UNKNOWN, NOW)
        .toCompletableFuture()
        .join();
  }

  /** What the store has now. */
  SessionLookup find(Session session) {
    return sessions.find(session.secret(), NOW).toCompletableFuture().join();
  }

  /** The session as it is stored; fails if it is gone. */
  Session stored(Session session) {
    return ((SessionLookup.Found) find(session)).session();
  }

  /** A store that answers each operation, or refuses it, and remembers what was asked. */
  static final class FailingStore implements SessionStore {
    /** Names of the operations that fail: load, create, replace, delete. */
    final Set<String> refused = new HashSet<>();

    /** So many compare-and-sets to come find a record that has moved. */
    int losses;

    /** What happens just before a compare-and-set. */
    Runnable meanwhile = () -> {};

    /** What happens just before marks or an index are asked: moment, marks, index, … */
    Consumer<String> beforeMarks = _ -> {};

    /** What was asked, in order. */
    final List<String> asked = new ArrayList<>();

    private final RefreshLeases leases = new MemoryLeases(this);
    private final SessionStore store;

    FailingStore(SessionStore store) {
      this.store = store;
    }

    private <T extends @Nullable Object> CompletionStage<T> ask(
        String operation, Supplier<CompletionStage<T>> answer) {
      synchronized (asked) {
        asked.add(operation);
      }
      return refused.contains(operation)
          ? CompletableFuture.failedFuture(new StoreUnavailableException(operation, "told to"))
          : answer.get();
    }

    private CompletionStage<Boolean> compared(Supplier<CompletionStage<Boolean>> set) {
      Runnable first = meanwhile;
      meanwhile = () -> {};
      first.run();
      return --losses >= 0 ? CompletableFuture.completedFuture(false) : set.get();
    }

    @Override
    public CompletionStage<@Nullable SealedSession> load(SessionKey key) {
      return this.<@Nullable SealedSession>ask("load", () -> store.load(key));
    }

    @Override
    public CompletionStage<Boolean> create(SealedSession session) {
      return ask("create", () -> store.create(session));
    }

    @Override
    public CompletionStage<Boolean> replace(SealedSession session, long expectedVersion) {
      return ask("replace", () -> compared(() -> store.replace(session, expectedVersion)));
    }

    @Override
    public CompletionStage<@Nullable Void> touch(SessionKey key, long lastSeenAtMillis) {
      return store.touch(key, lastSeenAtMillis);
    }

    @Override
    public CompletionStage<Boolean> delete(SessionKey key, long expectedVersion, Duration life) {
      return ask("delete", () -> compared(() -> store.delete(key, expectedVersion, life)));
    }

    @Override
    public RevocationStore revocations() {
      return new TroubledRevocations(
          store.revocations(),
          operation -> {
            beforeMarks.accept(operation);
            if (operation.equals("delete")) {
              synchronized (asked) {
                asked.add(operation);
              }
            }
            return refused.contains(operation)
                ? new StoreUnavailableException(operation, "told to")
                : null;
          });
    }

    @Override
    public RefreshLeases leases() {
      return leases;
    }

    @Override
    public SpentTokens spentTokens() {
      return new SpentTokens() {
        @Override
        public CompletionStage<Boolean> isSpent(TokenMark mark) {
          return ask("isSpent", () -> store.spentTokens().isSpent(mark));
        }

        @Override
        public CompletionStage<Boolean> spend(TokenMark mark, long untilMillis, long nowMillis) {
          return ask("spend", () -> store.spentTokens().spend(mark, untilMillis, nowMillis));
        }
      };
    }

    @Override
    public CompletionStage<@Nullable Void> ping() {
      return store.ping();
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
