package dev.limen.session;

import java.util.concurrent.TimeUnit;

/**
 * A session, opened: what a check needs to answer, and what a refresh needs to renew.
 *
 * <p>Invariant: {@code generation} counts the refresh tokens of this session and never goes back;
 * {@code version} counts the writes of its record and is what a compare-and-set compares.
 *
 * @param secret the browser's secret that opened it
 * @param identity who
 * @param tokens what the provider granted last
 * @param version writes of the record so far, from 1
 * @param generation refresh tokens so far, from 1
 * @param createdAtMillis when the login was, wall clock
 * @param absoluteExpiresAtMillis when it ends, however much it is used, wall clock; only a renewal
 *     moves it
 * @param lastSeenAtMillis when the store was last told that it is used, wall clock
 * @param context where the login came from
 * @param begunAt when the login's tokens were asked for, by the store's own clock ({@link
 *     RevocationStore#moment}): what a revocation compares, and no other clock is compared with
 */
public record Session(
    SessionSecret secret,
    Identity identity,
    Tokens tokens,
    long version,
    long generation,
    long createdAtMillis,
    long absoluteExpiresAtMillis,
    long lastSeenAtMillis,
    SessionContext context,
    long begunAt) {
  /** A session of which nobody noted where it came from, and what the store's clock said. */
  public Session(
      SessionSecret secret,
      Identity identity,
      Tokens tokens,
      long version,
      long generation,
      long createdAtMillis,
      long absoluteExpiresAtMillis,
      long lastSeenAtMillis) {
    this(
        secret,
        identity,
        tokens,
        version,
        generation,
        createdAtMillis,
        absoluteExpiresAtMillis,
        lastSeenAtMillis,
        SessionContext.UNKNOWN,
        TimeUnit.MILLISECONDS.toMicros(createdAtMillis));
  }

  /** What it is filed under. */
  public SessionKey key() {
    return secret.key();
  }

  /** Nothing of a session goes into a log. */
  @Override
  public String toString() {
    return "Session[generation=" + generation + "]";
  }
}
