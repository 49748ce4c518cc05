package dev.limen.check;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the connections of one door, all together and by where they come from.
 *
 * <p>Invariant: who was let in is counted until {@link #leave}, and nobody else; the map holds no
 * source without a connection, so it is never larger than the first limit. Safe for all threads.
 *
 * <p>A gateway's workers share an address, and behind a network's translation so do gateways: the
 * limit on one source is off unless the operator knows better.
 */
public final class ConnectionLimit {
  /** For the second limit: a source may have as many as all. */
  public static final int NO_LIMIT = 0;

  private final int maxConnections;
  private final int maxPerSource;
  private final Map<InetAddress, Integer> sources = new HashMap<>();
  private int count;

  /**
   * Nobody is in yet.
   *
   * @param maxConnections of all sources together
   * @param maxPerSource of each, or {@link #NO_LIMIT}
   */
  public ConnectionLimit(int maxConnections, int maxPerSource) {
    this.maxConnections = maxConnections;
    this.maxPerSource = maxPerSource;
  }

  /** Lets one more in from {@code source}, and counts it; false when a limit is reached. */
  public synchronized boolean enter(InetAddress source) {
    if (count >= maxConnections) {
      return false;
    }
    if (maxPerSource != NO_LIMIT) {
      int already = sources.getOrDefault(source, 0);
      if (already >= maxPerSource) {
        return false;
      }
      sources.put(source, already + 1);
    }
    count++;
    return true;
  }

  /** One that was let in is gone. */
  public synchronized void leave(InetAddress source) {
    count--;
    sources.computeIfPresent(source, (_, here) -> here > 1 ? here - 1 : null);
  }

  /** How many are in now. */
  public synchronized int count() {
    return count;
  }

  /** How many sources are told apart now. */
  synchronized int sourceCount() {
    return sources.size();
  }
}
