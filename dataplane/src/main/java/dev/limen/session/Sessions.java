package dev.limen.session;

import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, begins, renews and ends sessions: the one place that seals and opens what a store holds.
 *
 * <p>Invariants: trouble is an exception and never "no session" (I7); a renewal is a
 * compare-and-set on an existing record, so it neither rolls back (I3) nor brings back (I4); a
 * session is stored before anyone hears of it (I8). Nothing here deletes a session but the two
 * called {@code end} (I5).
 *
 * <p>Stages complete on whatever thread the store completes on. Safe for all threads.
 */
public final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  private final SessionStore store;
  private final SessionSeal seal;
  private final long absoluteTimeoutMillis;
  private final long idleTimeoutMillis;
  private final Touches touches;
  private final Counter storeErrors;
  private final Counter sealMismatches;
  private final Counter unknownKeys;

  /** Sessions in {@code store}, sealed under {@code keys}. */
  public Sessions(SessionStore store, KeyRing keys, SessionConfig config, Metrics metrics) {
    this.store = store;
    this.seal = new SessionSeal(keys);
    this.absoluteTimeoutMillis = config.absoluteTimeout().toMillis();
    this.idleTimeoutMillis = config.idleTimeout().toMillis();
    this.touches = new Touches(idleTimeoutMillis);
    this.storeErrors =
        metrics.counter(
            "limen_store_errors_total", "Calls that the session store did not answer", "operation");
    this.sealMismatches =
        metrics.counter(
            "limen_session_seal_mismatches_total",
            "Records that were moved, cut, rolled back or changed: each is worth an alarm");
    this.unknownKeys =
        metrics.counter(
            "limen_sealing_keys_unknown_total",
            "Records sealed with a key that cookie.secrets does not hold");
  }

  /**
   * The session that {@code secret} opens, or why there is none. Completes exceptionally with
   * {@link StoreUnavailableException} or {@link UnknownKeyException}: then nobody knows.
   */
  public CompletionStage<SessionLookup> find(SessionSecret secret, long nowMillis) {
    return this.<@Nullable SealedSession, SessionLookup>ask(
        "load",
        () -> store.load(secret.key()),
        sealed ->
            sealed == null
                ? new SessionLookup.None(Reason.SESSION_UNKNOWN)
                : judge(secret, sealed, nowMillis));
  }

  /** A new session under a new secret, stored by the time that the stage completes. */
  public CompletionStage<Session> create(
      Identity identity, Tokens tokens, SessionContext context, long nowMillis) {
    Session session =
        new Session(
            SessionSecret.random(),
            identity,
            tokens,
            1,
            1,
            nowMillis,
            absoluteEnd(nowMillis, tokens),
            nowMillis,
            context);
    return this.<Boolean, Session>ask(
        "create",
        () -> store.create(sealed("create", session)),
        created -> {
          if (!created) {
            // Two secrets of 32 random bytes are the same: the random source is broken.
            throw new StoreUnavailableException("create", "the key is taken");
          }
          return session;
        });
  }

  /** The lease on a session's renewal; null if somebody else holds it. */
  public CompletionStage<@Nullable RefreshLease> lease(SessionKey key) {
    return this.<@Nullable RefreshLease, @Nullable RefreshLease>ask(
        "lease", () -> store.leases().take(key), lease -> lease);
  }

  /** Lets a lease last; false if it has ended. */
  public CompletionStage<Boolean> renew(RefreshLease lease) {
    return this.<Boolean, Boolean>ask("lease", () -> store.leases().renew(lease), held -> held);
  }

  /** Notes what is about to be presented, {@link RefreshLeases#intend}. */
  public CompletionStage<Boolean> intend(RefreshLease lease, long generation) {
    return this.<Boolean, Boolean>ask(
        "lease", () -> store.leases().intend(lease, generation), noted -> noted);
  }

  /** Ends a lease. */
  public CompletionStage<@Nullable Void> release(RefreshLease lease) {
    return this.<@Nullable Void, @Nullable Void>ask(
        "lease", () -> store.leases().release(lease), _ -> null);
  }

  /**
   * The session with new tokens and claims, or null, with nothing written, if the lease or the
   * session has ended, or its record moved on.
   */
  public CompletionStage<@Nullable Session> renew(
      RefreshLease lease, Session old, Tokens tokens, Identity identity, long nowMillis) {
    if (!isSamePerson(old.identity(), identity)) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("a renewal keeps provider, issuer and subject"));
    }
    Session renewed =
        new Session(
            old.secret(),
            identity,
            tokens,
            old.version() + 1,
            old.generation() + 1,
            old.createdAtMillis(),
            absoluteEnd(old.createdAtMillis(), tokens),
            Math.max(nowMillis, old.lastSeenAtMillis()),
            old.context());
    if (nowMillis >= renewed.absoluteExpiresAtMillis()) {
      return CompletableFuture.completedFuture(null);
    }
    return this.<Boolean, @Nullable Session>ask(
        "replace",
        () -> store.leases().replace(lease, sealed("replace", renewed), old.version()),
        replaced -> replaced ? renewed : null);
  }

  /** Ends a session; completes once the store has forgotten it. */
  public CompletionStage<@Nullable Void> end(SessionKey key) {
    return this.<@Nullable Void, @Nullable Void>ask("delete", () -> store.delete(key), _ -> null);
  }

  /**
   * Ends a session whose record is still the one that was read; false, with nothing done, if the
   * lease has ended, or the record moved on or is gone.
   */
  public CompletionStage<Boolean> end(RefreshLease lease, Session read) {
    return this.<Boolean, Boolean>ask(
        "delete", () -> store.leases().delete(lease, read.version()), deleted -> deleted);
  }

  /*
   * The provider's refresh token may live shorter than the session would, and slide: Keycloak's
   * lives for its own SSO idle time and is exchanged at each refresh. So the end is computed from
   * the newest one, and never lies beyond the login plus the absolute timeout.
   */
  private long absoluteEnd(long createdAtMillis, Tokens tokens) {
    long end = createdAtMillis + absoluteTimeoutMillis;
    long refreshEnd = tokens.refreshTokenExpiresAtMillis();
    return refreshEnd > 0 ? Math.min(end, refreshEnd) : end;
  }

  private SessionLookup judge(SessionSecret secret, SealedSession sealed, long nowMillis) {
    Session session;
    try {
      session = seal.open(secret, sealed);
    } catch (UnknownKeyException e) {
      unknownKeys.increment();
      throw e;
    }
    if (session == null) {
      sealMismatches.increment();
      LOG.warn("seal_mismatch: a session record was moved, cut, rolled back or changed");
      return new SessionLookup.None(Reason.SESSION_SEAL_MISMATCH);
    }
    if (nowMillis >= session.absoluteExpiresAtMillis()) {
      return new SessionLookup.None(Reason.SESSION_EXPIRED);
    }
    if (nowMillis - session.lastSeenAtMillis() > idleTimeoutMillis) {
      return new SessionLookup.None(Reason.SESSION_IDLE);
    }
    if (touches.isDue(session, nowMillis)) {
      touch(session.key(), nowMillis);
    }
    return new SessionLookup.Found(session);
  }

  /** Nobody waits for it: a note that is lost makes the session look idle a little earlier. */
  private void touch(SessionKey key, long nowMillis) {
    var _ =
        this.<@Nullable Void, @Nullable Void>ask(
            "touch", () -> store.touch(key, nowMillis), _ -> null);
  }

  private SealedSession sealed(String operation, Session session) {
    SealedSession sealed = seal.seal(session);
    if (sealed.isTooLong()) {
      throw new StoreUnavailableException(operation, "the record is too long");
    }
    return sealed;
  }

  private static boolean isSamePerson(Identity one, Identity other) {
    return one.provider().equals(other.provider())
        && one.issuer().equals(other.issuer())
        && one.subject().equals(other.subject());
  }

  /**
   * Asks the store and turns its word into an answer; whatever goes wrong on the way arrives as
   * itself, not wrapped.
   */
  private <T extends @Nullable Object, R extends @Nullable Object> CompletionStage<R> ask(
      String operation, Supplier<CompletionStage<T>> question, Function<T, R> answer) {
    CompletableFuture<R> answered = new CompletableFuture<>();
    try {
      var _ =
          question
              .get()
              .whenComplete((word, trouble) -> {
                if (trouble != null) {
                  storeErrors.increment(operation);
                  answered.completeExceptionally(unwrapped(trouble));
                  return;
                }
                try {
                  answered.complete(answer.apply(word));
                } catch (RuntimeException | Error e) {
                  answered.completeExceptionally(e);
                }
              });
    } catch (StoreUnavailableException e) {
      storeErrors.increment(operation);
      answered.completeExceptionally(e);
    }
    return answered;
  }

  private static Throwable unwrapped(Throwable trouble) {
    Throwable cause = trouble.getCause();
    return trouble instanceof CompletionException && cause != null ? cause : trouble;
  }
}
