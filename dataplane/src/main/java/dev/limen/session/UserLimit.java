package dev.limen.session;

import dev.limen.check.Reason;
import dev.limen.config.SessionConfig;
import dev.limen.config.SessionConfig.OnExceed;
import dev.limen.session.RevocationStore.IndexEntry;
import dev.limen.session.RevocationStore.Listed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds each user to so many sessions: refuses the login that is one too many, or ends the sessions
 * that began first.
 *
 * <p>Invariant: of logins that come at once, on any replicas, no more stay than the limit. Each is
 * noted in the user's index before it counts, so of two at least one sees the other: refusing
 * counts what is under way, too, and so may refuse both; evicting happens once the new session is
 * stored, and may end that very one if others began later. An index that has lost an entry counts
 * one less: the limit is for order, and nobody's access hangs on it. Safe for all threads.
 */
final class UserLimit {
  /** Entries read beyond the limit, the latest first; what lies beyond is found another time. */
  static final int MAX_BEYOND = 200;

  /** An entry without a record is a login under way for this long, and then forgotten. */
  static final Duration UNDER_WAY = Duration.ofSeconds(60);

  private static final Comparator<IndexEntry> LATEST_FIRST =
      Comparator.comparingLong(IndexEntry::begunAt)
          .thenComparing(entry -> entry.key().hex())
          .reversed();

  private final RevocationStore marks;
  private final RevocationNames names;
  private final StoreCalls calls;
  private final SessionConfig.MaxPerUserConfig config;
  private final long idleTimeoutMillis;
  private final Duration lifeOfMarks;

  UserLimit(RevocationStore marks, RevocationNames names, SessionConfig config, StoreCalls calls) {
    this.marks = marks;
    this.names = names;
    this.calls = calls;
    this.config = config.maxPerUser();
    this.idleTimeoutMillis = config.idleTimeout().toMillis();
    this.lifeOfMarks = Revoker.lifeOfMarks(config.absoluteTimeout());
  }

  /** A login to be held against the limit, and its user's indexes. */
  record Login(Session session, List<SessionKey> replaced, List<String> indexes) {
    /** Whether an entry is another session that stays, and so takes a place. */
    boolean isBeside(Listed listed) {
      SessionKey key = listed.entry().key();
      return !key.equals(session.key()) && !replaced.contains(key);
    }
  }

  /** A login that takes the place of {@code replaced}. */
  Login login(Session session, List<SessionKey> replaced) {
    Identity identity = session.identity();
    RevocationScope.User user = new RevocationScope.User(identity.issuer(), identity.subject());
    return new Login(session, replaced, names.indexesOf(user));
  }

  /** Why a login, which is noted and not yet stored, is one too many; null if it is not. */
  CompletionStage<@Nullable Reason> before(Login login) {
    if (config.limit() == 0 || config.onExceed() != OnExceed.REFUSE) {
      return CompletableFuture.completedFuture(null);
    }
    return calls.<List<Listed>, @Nullable Reason>ask(
        "index",
        () -> marks.index().list(login.indexes(), config.limit() + MAX_BEYOND),
        listed -> {
          forgetStale(login, listed);
          long others =
              listed.stream()
                  .filter(login::isBeside)
                  .filter(each -> isLive(each, login) || isUnderWay(each, login))
                  .map(Listed::entry)
                  .distinct()
                  .count();
          return others >= config.limit() ? Reason.TOO_MANY_SESSIONS : null;
        });
  }

  /** What is left of a login, whose session is stored, once the limit is held. */
  CompletionStage<SessionLookup> after(Login login) {
    SessionLookup found = new SessionLookup.Found(login.session());
    if (config.limit() == 0 || config.onExceed() != OnExceed.EVICT_OLDEST) {
      return CompletableFuture.completedFuture(found);
    }
    return calls.<List<Listed>, SessionLookup>askThen(
        "index",
        () -> marks.index().list(login.indexes(), config.limit() + MAX_BEYOND),
        listed -> {
          forgetStale(login, listed);
          List<SessionKey> tooMany = tooMany(login, listed);
          return evicted(login, tooMany)
              .thenApply(_ ->
                  tooMany.contains(login.session().key())
                      ? new SessionLookup.None(Reason.TOO_MANY_SESSIONS)
                      : found);
        });
  }

  /** The sessions that began before the latest, of which there are as many as the limit. */
  private List<SessionKey> tooMany(Login login, List<Listed> listed) {
    return listed.stream()
        .filter(each -> !login.replaced().contains(each.entry().key()))
        .filter(each -> isLive(each, login))
        .map(Listed::entry)
        .distinct()
        .sorted(LATEST_FIRST)
        .skip(config.limit())
        .map(IndexEntry::key)
        .toList();
  }

  /** Takes a session that was refused out of its indexes; that it fails harms nobody. */
  CompletionStage<@Nullable Void> forget(Login login) {
    Session session = login.session();
    return calls
        .<@Nullable Void, @Nullable Void>ask(
            "index",
            () ->
                marks.index().remove(List.of(session.key()), names.indexesFor(session.identity())),
            _ -> null)
        .exceptionally(_ -> null);
  }

  private CompletionStage<@Nullable Void> evicted(Login login, List<SessionKey> keys) {
    List<CompletableFuture<?>> burials = new ArrayList<>();
    for (SessionKey key : keys) {
      burials.add(
          calls
              .ask("delete", () -> marks.bury(key, lifeOfMarks), buried -> buried)
              .toCompletableFuture());
    }
    return CompletableFuture.allOf(burials.toArray(CompletableFuture<?>[]::new))
        .thenCompose(_ ->
            keys.isEmpty()
                ? CompletableFuture.<@Nullable Void>completedFuture(null)
                : marks.index().remove(keys, login.indexes()));
  }

  /** Repairs the index, where it names what is gone; nobody waits for it. */
  private void forgetStale(Login login, List<Listed> listed) {
    List<SessionKey> stale =
        listed.stream()
            .filter(each -> !isLive(each, login) && !isUnderWay(each, login))
            .map(each -> each.entry().key())
            .toList();
    if (!stale.isEmpty()) {
      var _ =
          calls.<@Nullable Void, @Nullable Void>ask(
              "index", () -> marks.index().remove(stale, login.indexes()), _ -> null);
    }
  }

  /** As {@link Sessions} judges it, but for its absolute end, at which the record goes. */
  private boolean isLive(Listed listed, Login login) {
    long nowMillis = login.session().createdAtMillis();
    return listed.isStored()
        && (listed.lastSeenAtMillis() == 0
            || nowMillis - listed.lastSeenAtMillis() <= idleTimeoutMillis);
  }

  /** Both moments are the store's; in a store that counts, whatever is listed is under way. */
  private static boolean isUnderWay(Listed listed, Login login) {
    return !listed.isStored()
        && !listed.isBuried()
        && login.session().begunAt() - listed.entry().begunAt()
            <= TimeUnit.NANOSECONDS.toMicros(UNDER_WAY.toNanos());
  }
}
