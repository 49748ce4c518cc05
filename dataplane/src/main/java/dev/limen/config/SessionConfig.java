package dev.limen.config;

import java.time.Duration;

/**
 * Lifetimes, refresh and store of sessions.
 *
 * @param absoluteTimeout after login, whatever happens; at most 30 days
 * @param idleTimeout after the last use; not more than the absolute one
 * @param refresh when tokens are renewed
 * @param store where sessions are kept
 */
public record SessionConfig(
    @Setting(value = "12h", doc = "A session ends this long after login, whatever happens")
        Duration absoluteTimeout,
    @Setting(value = "1h", doc = "A session ends this long after its last use")
        Duration idleTimeout,
    @Setting RefreshConfig refresh,
    @Setting StoreConfig store) {

  public SessionConfig {
    Require.that(
        absoluteTimeout.toMillis() >= 1_000 && absoluteTimeout.toDays() <= 30,
        "session.absoluteTimeout",
        absoluteTimeout,
        "1s to 30 days");
    Require.that(
        idleTimeout.toMillis() >= 1_000 && idleTimeout.compareTo(absoluteTimeout) <= 0,
        "session.idleTimeout",
        idleTimeout,
        "1s to session.absoluteTimeout, which is " + absoluteTimeout);
  }

  /**
   * When tokens are renewed.
   *
   * @param ahead at most this long before the access token expires; 20 % of its life if that is
   *     less
   */
  public record RefreshConfig(
      @Setting(
              value = "60s",
              doc = "This long before the access token expires, at most 20 % of its life")
          Duration ahead) {

    public RefreshConfig {
      Require.that(
          !ahead.isNegative() && ahead.toMinutes() <= 60,
          "session.refresh.ahead",
          ahead,
          "0s to 60m");
    }
  }
}
