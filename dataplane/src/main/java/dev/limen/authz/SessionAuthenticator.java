package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.check.Defect;
import dev.limen.check.Reason;
import dev.limen.cookie.CookieField;
import dev.limen.login.RefreshResult;
import dev.limen.login.Refresher;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the session behind a check, and sees to it that its tokens are fresh.
 *
 * <p>Invariant: a session counts only on routes of the provider it began at (A72), and only with an
 * access token that has not expired. A refresh that is due runs behind the answer; one that is
 * overdue is waited for, at most a second. A check that nobody waits for any more asks neither the
 * store nor the provider. Nothing here ends a session. Safe for all threads.
 */
final class SessionAuthenticator {
  private static final Logger LOG = LoggerFactory.getLogger(SessionAuthenticator.class);
  private static final byte[] COOKIE = "cookie".getBytes(StandardCharsets.US_ASCII);

  private final CookieField cookieField;
  private final SessionCookie sessionCookie;
  private final Sessions sessions;
  private final Refresher refresher;

  /** Looks for the session cookie {@code cookieName}. */
  SessionAuthenticator(
      String cookieName, SessionCookie sessionCookie, Sessions sessions, Refresher refresher) {
    this.cookieField = new CookieField(cookieName);
    this.sessionCookie = sessionCookie;
    this.sessions = sessions;
    this.refresher = refresher;
  }

  /** Who stands behind {@code check}; completes exceptionally when the store is in trouble. */
  CompletionStage<Authentication> authenticate(Check check) {
    long cookie = cookieOf(check.request());
    if (!Span.isPresent(cookie)) {
      boolean ambiguous = cookie == Span.AMBIGUOUS;
      return nobody(ambiguous ? Reason.SESSION_COOKIE_AMBIGUOUS : Reason.NO_SESSION);
    }
    SessionSecret secret = sessionCookie.parse(check.request().bytes(), cookie);
    if (secret == null) {
      return nobody(sessionCookie.refusal(check.request().bytes(), cookie));
    }
    if (check.isCancelled()) {
      return givenUp();
    }
    return sessions
        .find(secret, check.nowMillis(), check::isCancelled)
        .thenCompose(lookup ->
            switch (lookup) {
              case SessionLookup.None none -> nobody(none.reason());
              case SessionLookup.Found found -> withSession(check, found.session());
            });
  }

  private long cookieOf(CheckRequest request) {
    long found = Span.ABSENT;
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), COOKIE)) {
        long one = cookieField.find(request.bytes(), request.headerValue(i));
        found = CookieField.combine(found, one);
      }
    }
    return found;
  }

  private CompletionStage<Authentication> withSession(Check check, Session session) {
    if (!session.identity().provider().equals(check.route().provider())) {
      return nobody(Reason.SESSION_OF_OTHER_PROVIDER);
    }
    if (check.isCancelled()) {
      return givenUp();
    }
    if (refresher.isExpired(session, check.nowMillis())) {
      return afterRefresh(check, session);
    }
    if (refresher.isDue(session, check.nowMillis())) {
      refreshBehind(session, check.nowMillis());
    }
    return CompletableFuture.completedFuture(new Authentication.BySession(session));
  }

  /*
   * The wait is cut off on a stage of this check's own: the refresh itself is shared by all who
   * wait for it, and goes on whoever gives up.
   */
  private CompletionStage<Authentication> afterRefresh(Check check, Session session) {
    return refresher
        .refresh(session, check.nowMillis())
        .<Authentication>thenApply(result ->
            switch (result) {
              case RefreshResult.Renewed renewed -> new Authentication.BySession(renewed.session());
              case RefreshResult.Ended ended -> new Authentication.Nobody(ended.reason());
              case RefreshResult.Failed failed -> new Authentication.Unknown(failed.reason());
            })
        .toCompletableFuture()
        .completeOnTimeout(
            new Authentication.Unknown(Reason.REFRESH_PENDING),
            Deadline.refreshWaitNanos(check.request()),
            TimeUnit.NANOSECONDS);
  }

  /** The token is still good: a refresh that fails is somebody else's concern, not this check's. */
  private void refreshBehind(Session session, long nowMillis) {
    try {
      var _ = refresher.refresh(session, nowMillis);
    } catch (RuntimeException e) {
      LOG.error("a refresh could not be started: {}", Defect.described(e));
    }
  }

  /** Nobody waits for this answer: neither the store nor the provider is troubled for it. */
  private static CompletionStage<Authentication> givenUp() {
    return CompletableFuture.completedFuture(new Authentication.Unknown(Reason.DEADLINE_EXCEEDED));
  }

  private static CompletionStage<Authentication> nobody(Reason reason) {
    return CompletableFuture.completedFuture(new Authentication.Nobody(reason));
  }
}
