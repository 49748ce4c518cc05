package dev.limen.login;

import dev.limen.cookie.OwnCookies;
import dev.limen.cookie.SetCookie;

/**
 * Counts the logins that begin right after one has ended: a browser that goes round, since the
 * session that it was given is not seen where it goes.
 *
 * <p>Invariant: the count is the browser's, in a small cookie, and decides nothing but whether it
 * is told so; somebody who changes it stops or misleads nobody else. Tabs that were opened before
 * the last login ended do not count. Counted at the callback, the one place that sees all cookies
 * even where a gateway keeps them from the checks. Immutable; safe for all threads.
 *
 * <pre>
 *   value = rounds "." last ended          a digit, and epoch milliseconds
 * </pre>
 */
final class LoginRounds {
  /** Logins, each begun right after the one before, that still lead on; one more is a page. */
  static final int MAX_ROUNDS = 3;

  /** What begins within this time after a login ended was begun by no person. */
  static final long RIGHT_AFTER_MILLIS = 10_000;

  private static final int MAX_TIME_DIGITS = 15;

  private final String cookieName;
  private final SetCookie setCookie;
  private final long keptSeconds;

  /** Kept as long as a login may take, for the next one to be compared with. */
  LoginRounds(String sessionCookieName, SetCookie setCookie, long keptSeconds) {
    this.cookieName = cookieName(sessionCookieName);
    this.setCookie = setCookie;
    this.keptSeconds = keptSeconds;
  }

  /** Begins like a flow cookie's, so that no upstream ever sees it; no flow has such an id. */
  static String cookieName(String sessionCookieName) {
    return sessionCookieName + OwnCookies.FLOW_INFIX + "rounds-";
  }

  /** Which round the login of {@code flow} is; 0 for one that a person began. */
  int roundOf(Flow flow, RequestCookies cookies) {
    String value = cookies.rounds();
    if (value == null) {
      return 0;
    }
    long last = lastEnded(value);
    if (last < 0) {
      return 0;
    }
    int rounds = value.charAt(0) - '0';
    if (flow.createdAtMillis() < last) {
      return rounds;
    }
    return flow.createdAtMillis() - last <= RIGHT_AFTER_MILLIS ? rounds + 1 : 0;
  }

  /** The {@code Set-Cookie} value after a login that was the round {@code round}. */
  String set(int round, long nowMillis) {
    return setCookie.lasting(cookieName, round + "." + nowMillis, keptSeconds);
  }

  /** The {@code Set-Cookie} value that begins the count afresh. */
  String clearing() {
    return setCookie.clearing(cookieName);
  }

  /** When the last login ended, or -1 if {@code value} is none of ours. */
  private static long lastEnded(String value) {
    boolean ours =
        value.length() > 2
            && value.length() <= 2 + MAX_TIME_DIGITS
            && value.charAt(1) == '.'
            && value.chars().filter(c -> c < '0' || c > '9').count() == 1;
    return ours ? Long.parseLong(value.substring(2)) : -1;
  }
}
