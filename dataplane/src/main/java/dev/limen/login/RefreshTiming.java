package dev.limen.login;

import dev.limen.session.Session;
import dev.limen.session.Tokens;
import java.time.Duration;

/**
 * Says when a session's tokens should be renewed, and when they have to be.
 *
 * <p>Invariant: depends on nothing but the session and the time, so that every check and every
 * replica says the same. Due is min(ahead, 20 % of the token's life) before its end, moved by up to
 * a quarter of that either way, differently for each session and each of its generations, so that
 * sessions that began together are not renewed together.
 *
 * <p>The tokens are at their end when the first of those that go upstream is: the access token, or
 * the ID token that came with the newest grant. A refresh that brought no ID token leaves the old
 * one, whose end then counts no more: asking again would bring none either.
 */
final class RefreshTiming {
  /** Of the token's life, at most. */
  private static final double MAX_SHARE_OF_LIFE = 0.2;

  /** Either way, of the time ahead. */
  private static final double JITTER = 0.25;

  /** 2^64 divided by the golden ratio: spreads generations that differ by one. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private final long aheadMillis;

  RefreshTiming(Duration ahead) {
    this.aheadMillis = ahead.toMillis();
  }

  boolean isDue(Session session, long nowMillis) {
    Tokens tokens = session.tokens();
    return tokens.refreshToken() != null
        && endMillis(tokens) > 0
        && nowMillis >= dueAtMillis(session);
  }

  boolean isExpired(Session session, long nowMillis) {
    long end = endMillis(session.tokens());
    return end > 0 && nowMillis >= end;
  }

  long dueAtMillis(Session session) {
    Tokens tokens = session.tokens();
    long end = endMillis(tokens);
    long issued = tokens.accessTokenIssuedAtMillis();
    long start = issued > 0 ? issued : session.createdAtMillis();
    double share = MAX_SHARE_OF_LIFE * (double) Math.max(0, end - start);
    double ahead = Math.min((double) aheadMillis, share);
    return end - Math.round(ahead * (1 + JITTER * offset(session)));
  }

  /** The earlier of the ends that are known; 0 if none is. */
  private static long endMillis(Tokens tokens) {
    long access = tokens.accessTokenExpiresAtMillis();
    long idToken = tokens.idTokenExpiresAtMillis();
    return access > 0 && idToken > 0 ? Math.min(access, idToken) : Math.max(access, idToken);
  }

  /** From -1 to 1, evenly. */
  private static double offset(Session session) {
    long seed = session.key().hashCode() + session.generation() * SPREAD;
    long mixed = (seed ^ seed >>> 31) * SPREAD;
    return (double) (mixed >> 11) * 0x1.0p-52;
  }
}
