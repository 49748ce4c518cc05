package dev.limen.config;

import java.time.Duration;

/**
 * Lifetimes, refresh and store of sessions.
 *
 * @param absoluteTimeout after login, whatever happens; at most 30 days
 * @param idleTimeout after the last use; not more than the absolute one
 * @param refresh when tokens are renewed
 * @param maxPerUser how many sessions one user may have
 * @param store where sessions are kept
 */
public record SessionConfig(
    @Setting(
            value = "12h",
            bounds = "1s to 30d",
            doc = "A session ends this long after login, whatever happens")
        Duration absoluteTimeout,
    @Setting(
            value = "1h",
            bounds = "1s to 30d",
            doc = "A session ends this long after its last use; at most absoluteTimeout")
        Duration idleTimeout,
    @Setting RefreshConfig refresh,
    @Setting MaxPerUserConfig maxPerUser,
    @Setting StoreConfig store) {

  public SessionConfig {
    Require.that(
        idleTimeout.compareTo(absoluteTimeout) <= 0,
        "session.idleTimeout",
        SettingTypes.text(idleTimeout),
        "at most session.absoluteTimeout, which is " + SettingTypes.text(absoluteTimeout));
  }

  /**
   * When tokens are renewed.
   *
   * @param ahead at most this long before the access token expires; 20 % of its life if that is
   *     less
   * @param maxInFlight at one provider, for each replica; the rest wait for their turn
   */
  public record RefreshConfig(
      @Setting(
              value = "60s",
              bounds = "0s to 60m",
              doc = "This long before the access token expires, at most 20 % of its life")
          Duration ahead,
      @Setting(
              value = "64",
              bounds = "1 to 64",
              doc =
                  "Refreshes at once at one provider, from each replica; the rest wait their turn")
          int maxInFlight) {}

  /**
   * How many sessions one user may have at once.
   *
   * @param limit the number; 0 for any
   * @param onExceed what becomes of one more
   */
  public record MaxPerUserConfig(
      @Setting(value = "0", bounds = "0 to 1000", doc = "Sessions of one user at once; 0 for any")
          int limit,
      @Setting(
              value = "evict-oldest",
              doc =
                  "At one more login: evict-oldest ends the session that began first, refuse"
                      + " turns the login away")
          OnExceed onExceed) {}

  /** What becomes of a login that is one too many. */
  public enum OnExceed {
    /** It is let in, and the session that began first ends. */
    EVICT_OLDEST,
    /** It is turned away. */
    REFUSE
  }
}
