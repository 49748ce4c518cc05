package dev.limen.session.redis;

import dev.limen.session.SessionKey;
import dev.limen.session.TokenMark;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What things are called in Redis.
 *
 * <pre>
 *   limen:s:{64 hex}   hash    b sealed tokens, m sealed metadata, v version, g generation
 *   limen:t:{64 hex}   string  last seen, epoch milliseconds in decimal
 *   limen:l:{64 hex}   string  owner of the lease on its renewal
 *   limen:f:{64 hex}   hash    f fence, p generation that was presented
 *   limen:x:{64 hex}   string  tombstone: the session ended on command, and stays so
 *   limen:w:{…}        string  watermark, microseconds of Redis' clock in decimal
 *   limen:u:{…}        zset    a user's sessions, keys of 32 bytes by when each began
 *   limen:i:{…}        zset    a provider session's sessions, likewise
 *   limen:j:{64 hex}   string  a one-time token that was used, until its time is over
 * </pre>
 *
 * <p>Invariant: all names of a session carry the same hash tag, so that they live in one slot of a
 * cluster. What is written without changing the record stands beside it, so that writing it
 * invalidates no copy of the record. Immutable.
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

  /** Field that counts leases. */
  static final String FENCE = "f";

  /** Field that says which refresh token is in doubt. */
  static final String PRESENTED = "p";

  /** What a tombstone holds; that it is there is what counts. */
  static final byte[] STANDS = {'1'};

  private final String prefix;

  RedisKeys(String prefix) {
    this.prefix = prefix;
  }

  /** The record of a session. */
  String session(SessionKey key) {
    return prefix + "s:{" + key.hex() + "}";
  }

  /** What the names of all records match. */
  String sessions() {
    return prefix + "s:{*}";
  }

  /** The session whose record has this name; null if it is no record's. */
  @Nullable SessionKey sessionIn(String name) {
    int start = prefix.length() + 3;
    int end = start + 2 * SessionKey.LENGTH;
    if (name.length() != end + 1) {
      return null;
    }
    try {
      return SessionKey.of(HexFormat.of().parseHex(name, start, end));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** That a one-time token was used. */
  String spentToken(TokenMark mark) {
    return prefix + "j:{" + mark.hex() + "}";
  }

  /** When a session was last seen. */
  String lastSeen(SessionKey key) {
    return prefix + "t:{" + key.hex() + "}";
  }

  /** Who renews a session. */
  String lease(SessionKey key) {
    return prefix + "l:{" + key.hex() + "}";
  }

  /** What outlives a lease. */
  String fence(SessionKey key) {
    return prefix + "f:{" + key.hex() + "}";
  }

  /** The tombstone of a session. */
  String tombstone(SessionKey key) {
    return prefix + "x:{" + key.hex() + "}";
  }

  /** A watermark or an index, by the name that its maker gave it. */
  String named(String name) {
    return prefix + name;
  }
}
