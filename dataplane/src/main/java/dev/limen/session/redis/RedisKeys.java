package dev.limen.session.redis;

import dev.limen.session.SessionKey;

/**
 * What things are called in Redis.
 *
 * <pre>
 *   limen:s:{64 hex}   hash    b sealed tokens, m sealed metadata, v version, g generation
 *   limen:t:{64 hex}   string  last seen, epoch milliseconds in decimal
 * </pre>
 *
 * <p>Invariant: both names of a session carry the same hash tag, so that they live in one slot of a
 * cluster. The note of use stands beside the record, so that writing it invalidates no copy of the
 * record. Immutable.
 */
final class RedisKeys {
  /** Field of the sealed tokens. */
  static final String TOKENS = "b";

  /** Field of the sealed metadata. */
  static final String METADATA = "m";

  /** Field that a compare-and-set compares. */
  static final String VERSION = "v";

  /** Field that counts refresh tokens. */
  static final String GENERATION = "g";

  private final String prefix;

  RedisKeys(String prefix) {
    this.prefix = prefix;
  }

  /** The record of a session. */
  String session(SessionKey key) {
    return prefix + "s:{" + key.hex() + "}";
  }

  /** When a session was last seen. */
  String lastSeen(SessionKey key) {
    return prefix + "t:{" + key.hex() + "}";
  }
}
