package dev.limen.session;

import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, begins, renews and ends sessions: the one place that seals and opens what a store holds.
 *
 * <p>Invariants: trouble is an exception and never "no session" (I7); a renewal is a
 * compare-and-set on an existing record, so it neither rolls back (I3) nor brings back (I4); a
 * session is stored before anyone hears of it (I8). No session is handed out whose marks were not
 * read after its record was: neither found, nor begun, nor renewed (I4, I6). Nothing here deletes a
 * session but the two called {@code end} and the limit of its user (I5).
 *
 * <p>Stages complete on whatever thread the store completes on. Safe for all threads.
 */
public final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);

  private final SessionStore store;
  private final Metrics metrics;
  private final LoadTurns turns;
  private final Loads<SessionLookup> loads;
  private final RevocationStore marks;
  private final RevocationNames names;
  private final Revoker revoker;
  private final UserLimit limit;
  private final SessionSeal seal;
  private final long absoluteTimeoutMillis;
  private final long idleTimeoutMillis;
  private final Duration lifeOfMarks;
  private final Touches touches;
  private final StoreCalls calls;
  private final Counter sealMismatches;
  private final Counter unknownKeys;

  /** Sessions in {@code store}, sealed under {@code keys}. */
  public Sessions(SessionStore store, KeyRing keys, SessionConfig config, Metrics metrics) {
    this(store, keys, config, metrics, new LoadTurns(config.store().maxLoads(), metrics));
  }

  Sessions(
      SessionStore store, KeyRing keys, SessionConfig config, Metrics metrics, LoadTurns turns) {
    this.store = store;
    this.metrics = metrics;
    this.turns = turns;
    this.loads = new Loads<>(turns);
    this.marks = store.revocations();
    this.names = new RevocationNames(keys);
    this.revoker = new Revoker(marks, keys, config.absoluteTimeout(), metrics);
    this.calls = new StoreCalls(metrics);
    this.limit = new UserLimit(marks, names, config, calls);
    this.seal = new SessionSeal(keys);
    this.absoluteTimeoutMillis = config.absoluteTimeout().toMillis();
    this.idleTimeoutMillis = config.idleTimeout().toMillis();
    this.lifeOfMarks = Revoker.lifeOfMarks(config.absoluteTimeout());
    this.touches = new Touches(idleTimeoutMillis);
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
   * The same store, under another ring or configuration. They have their turns at the store
   * together, and share no load: what opens under one ring may not open under the other.
   */
  public Sessions with(KeyRing keys, SessionConfig config) {
    return new Sessions(store, keys, config, metrics, turns);
  }

  /** Ends sessions on command. */
  public Revocations revocations() {
    return revoker;
  }

  /** Which logout tokens were used, at any replica. */
  public SpentTokens spentTokens() {
    return store.spentTokens();
  }

  /**
   * The session that {@code secret} opens, or why there is none. Completes exceptionally with
   * {@link StoreUnavailableException} or {@link UnknownKeyException}: then nobody knows.
   */
  public CompletionStage<SessionLookup> find(SessionSecret secret, long nowMillis) {
    return find(secret, nowMillis, () -> false);
  }

  /**
   * The same, for somebody who may give up: the store is not asked if nobody waits for the answer
   * by the time that it would be.
   *
   * @param isGivenUp asked on any thread
   */
  public CompletionStage<SessionLookup> find(
      SessionSecret secret, long nowMillis, BooleanSupplier isGivenUp) {
    return StoreCalls.told(
        loads.ask(secret.key(), () -> load(secret), isGivenUp), stored -> judge(stored, nowMillis));
  }

  /** What is shared by all who ask at once: what the store says, and nothing that a clock says. */
  private CompletionStage<SessionLookup> load(SessionSecret secret) {
    return calls.<@Nullable SealedSession, SessionLookup>askThen(
        "load",
        () -> store.load(secret.key()),
        sealed -> {
          Session session = sealed == null ? null : opened(secret, sealed);
          if (session != null) {
            return unlessRevoked(session);
          }
          return CompletableFuture.completedFuture(
              new SessionLookup.None(
                  sealed == null ? Reason.SESSION_UNKNOWN : Reason.SESSION_SEAL_MISMATCH));
        });
  }

  /**
   * Notes that a login begins, before its tokens are asked for.
   *
   * @param replaced sessions of the same browser, which the caller ends afterwards
   */
  public CompletionStage<LoginStart> loginBegins(List<SessionKey> replaced) {
    return calls.ask("moment", marks::moment, moment -> new LoginStart(moment, replaced));
  }

  /** A login that begins and ends now; trouble if it is refused. */
  public CompletionStage<Session> create(
      Identity identity, Tokens tokens, SessionContext context, long nowMillis) {
    return calls.askThen(
        "moment",
        marks::moment,
        moment ->
            create(identity, tokens, context, new LoginStart(moment, List.of()), nowMillis)
                .thenApply(Sessions::admitted));
  }

  /**
   * A new session under a new secret, stored by the time that the stage completes; or why there is
   * none, and then nothing is stored: it was revoked while it began, or its user has too many.
   *
   * @param start what {@link #loginBegins} said before the tokens were asked for
   */
  public CompletionStage<SessionLookup> create(
      Identity identity, Tokens tokens, SessionContext context, LoginStart start, long nowMillis) {
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
            context,
            start.begunAt());
    UserLimit.Login login = limit.login(session, start.replaced());
    return calls.<@Nullable Void, SessionLookup>askThen(
        "index",
        () -> marks.index().add(entryOf(session), names.indexesFor(identity), lifeOfMarks),
        _ -> limit.before(login).thenCompose(refusal -> unlessRefused(login, refusal)));
  }

  /*
   * The index comes first and the marks second: a revocation that sets its mark after they were
   * read finds the session in the index, or the session finds the mark at its first check.
   */
  private CompletionStage<SessionLookup> unlessRefused(
      UserLimit.Login login, @Nullable Reason refusal) {
    if (refusal != null) {
      return refused(login, refusal);
    }
    return unlessRevoked(login.session())
        .thenCompose(lookup ->
            lookup instanceof SessionLookup.None(Reason reason)
                ? refused(login, reason)
                : stored(login));
  }

  private CompletionStage<SessionLookup> refused(UserLimit.Login login, Reason reason) {
    return limit.forget(login).thenApply(_ -> new SessionLookup.None(reason));
  }

  private CompletionStage<SessionLookup> stored(UserLimit.Login login) {
    return calls.<Boolean, SessionLookup>askThen(
        "create",
        () -> store.create(sealed("create", login.session())),
        created -> {
          if (!created) {
            // Two secrets of 32 random bytes are the same: the random source is broken. Or somebody
            // revoked what was not stored yet: then the login is to begin again, too.
            throw new StoreUnavailableException("create", "the key is taken");
          }
          return limit.after(login);
        });
  }

  /** The lease on a session's renewal; null if somebody else holds it. */
  public CompletionStage<@Nullable RefreshLease> lease(SessionKey key) {
    return calls.<@Nullable RefreshLease, @Nullable RefreshLease>ask(
        "lease", () -> store.leases().take(key), lease -> lease);
  }

  /** Lets a lease last; false if it has ended. */
  public CompletionStage<Boolean> renew(RefreshLease lease) {
    return calls.<Boolean, Boolean>ask("lease", () -> store.leases().renew(lease), held -> held);
  }

  /** Notes what is about to be presented, {@link RefreshLeases#intend}. */
  public CompletionStage<Boolean> intend(RefreshLease lease, long generation) {
    return calls.<Boolean, Boolean>ask(
        "lease", () -> store.leases().intend(lease, generation), noted -> noted);
  }

  /** Ends a lease. */
  public CompletionStage<@Nullable Void> release(RefreshLease lease) {
    return calls.<@Nullable Void, @Nullable Void>ask(
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
            old.context(),
            old.begunAt());
    if (nowMillis >= renewed.absoluteExpiresAtMillis()) {
      return CompletableFuture.completedFuture(null);
    }
    return calls.<Boolean, @Nullable Session>askThen(
        "replace",
        () -> store.leases().replace(lease, sealed("replace", renewed), old.version()),
        replaced ->
            replaced
                ? unlessRevoked(renewed)
                    .<@Nullable Session>thenApply(
                        lookup -> lookup instanceof SessionLookup.Found ? renewed : null)
                : CompletableFuture.<@Nullable Session>completedFuture(null));
  }

  /** Ends a session; completes once the store has forgotten it, and will not hear of it again. */
  public CompletionStage<@Nullable Void> end(SessionKey key) {
    return calls.<Revocations.Revoked, @Nullable Void>ask(
        "delete", () -> marks.bury(key, lifeOfMarks), _ -> null);
  }

  /**
   * Ends a session whose record is still the one that was read; false, with nothing done, if the
   * lease has ended, or the record moved on or is gone.
   */
  public CompletionStage<Boolean> end(RefreshLease lease, Session read) {
    return calls.<Boolean, Boolean>ask(
        "delete",
        () -> store.leases().delete(lease, read.version(), lifeOfMarks),
        deleted -> deleted);
  }

  /** The marks are read after the record: what was revoked before this check began is seen. */
  private CompletionStage<SessionLookup> unlessRevoked(Session session) {
    return calls.<RevocationStore.Marks, SessionLookup>ask(
        "marks",
        () -> marks.marks(session.key(), names.watermarksOver(session.identity())),
        standing ->
            standing.end(session.begunAt())
                ? new SessionLookup.None(Reason.SESSION_REVOKED)
                : new SessionLookup.Found(session));
  }

  private static Session admitted(SessionLookup lookup) {
    return switch (lookup) {
      case SessionLookup.Found(Session session) -> session;
      case SessionLookup.None(Reason reason) ->
          throw new IllegalStateException("a login was refused: " + reason);
    };
  }

  private static RevocationStore.IndexEntry entryOf(Session session) {
    return new RevocationStore.IndexEntry(session.key(), session.begunAt());
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

  private SessionLookup judge(SessionLookup stored, long nowMillis) {
    if (!(stored instanceof SessionLookup.Found(Session session))) {
      return stored;
    }
    // The timeout of now counts, too: a mark stands only for as long as that one asks for.
    if (nowMillis >= session.absoluteExpiresAtMillis()
        || nowMillis - session.createdAtMillis() >= absoluteTimeoutMillis) {
      return new SessionLookup.None(Reason.SESSION_EXPIRED);
    }
    if (nowMillis - session.lastSeenAtMillis() > idleTimeoutMillis) {
      return new SessionLookup.None(Reason.SESSION_IDLE);
    }
    if (touches.isDue(session, nowMillis)) {
      touch(session.key(), nowMillis);
    }
    return stored;
  }

  private @Nullable Session opened(SessionSecret secret, SealedSession sealed) {
    try {
      Session session = seal.open(secret, sealed);
      if (session == null) {
        sealMismatches.increment();
        LOG.warn("seal_mismatch: a session record was moved, cut, rolled back or changed");
      }
      return session;
    } catch (UnknownKeyException e) {
      unknownKeys.increment();
      throw e;
    }
  }

  /** Nobody waits for it: a note that is lost makes the session look idle a little earlier. */
  private void touch(SessionKey key, long nowMillis) {
    var _ =
        calls.<@Nullable Void, @Nullable Void>ask(
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
}
