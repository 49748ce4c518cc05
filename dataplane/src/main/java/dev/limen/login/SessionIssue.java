package dev.limen.login;

import dev.limen.cookie.SetCookie;
import dev.limen.oidc.TokenOutcome;
import dev.limen.session.LoginStart;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import dev.limen.session.Sessions;
import java.util.concurrent.CompletionStage;

/**
 * Sessions as browsers hold them: how one begins, and how its cookie is set, read and cleared.
 *
 * <p>Invariant: a cookie is written only for a session that is stored; setting and clearing have
 * the same attributes. Immutable; safe for all threads.
 */
final class SessionIssue {
  private final Sessions sessions;
  private final SessionCookie sessionCookie;
  private final SetCookie setCookie;
  private final String cookieName;

  SessionIssue(
      Sessions sessions, SessionCookie sessionCookie, SetCookie setCookie, String cookieName) {
    this.sessions = sessions;
    this.sessionCookie = sessionCookie;
    this.setCookie = setCookie;
    this.cookieName = cookieName;
  }

  /** Limen's own cookies in {@code request}. */
  RequestCookies cookiesOf(EndpointRequest request) {
    return RequestCookies.of(cookieName, request.cookieHeaders());
  }

  /** The sessions that came along. */
  CarriedSessions carried(RequestCookies cookies) {
    return CarriedSessions.of(cookies, sessionCookie, sessions);
  }

  /** Notes that a login begins, which ends the sessions that came along. */
  CompletionStage<LoginStart> loginBegins(CarriedSessions carried) {
    return sessions.loginBegins(carried.keys());
  }

  /** A new session, under a new id, stored when the stage completes; or why there is none. */
  CompletionStage<SessionLookup> create(
      TokenOutcome.Granted granted, EndpointRequest request, LoginStart start, long nowMillis) {
    return sessions.create(
        granted.identity(),
        granted.tokens(),
        LoginOrigin.of(request.remoteAddress(), request.userAgent()),
        start,
        nowMillis);
  }

  /** The {@code Set-Cookie} value of a stored session. */
  String setCookie(Session session) {
    return setCookie.ofSession(cookieName, sessionCookie.value(session.secret()));
  }

  /** The {@code Set-Cookie} value that clears the session cookie. */
  String clearing() {
    return setCookie.clearing(cookieName);
  }
}
