package dev.limen.session;

import dev.limen.crypto.KeyRing;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/**
 * What a session is called in logs.
 *
 * <p>Invariant: made with the ring, so nobody without it gets from the name to the session or back;
 * the same on all replicas of one ring, and another one each day (UTC), so that a log that is kept
 * does not follow a person about. Safe for all threads.
 */
public final class SessionLogId {
  private static final String LABEL = "limen/log/1";

  /** Bytes of the name: 64 bits tell the sessions of one day apart. */
  private static final int LENGTH = 8;

  private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

  private final KeyRing keys;

  /** Names under {@code keys}. */
  public SessionLogId(KeyRing keys) {
    this.keys = keys;
  }

  /** The name of the session filed under {@code key}: 16 hexadecimal digits. */
  public String of(SessionKey key, long nowMillis) {
    byte[] named = named(key, Math.floorDiv(nowMillis, DAY_MILLIS));
    return HexFormat.of().formatHex(keys.mac(LABEL, named), 0, LENGTH);
  }

  /**
   * Whether the session filed under {@code key} was called {@code name} within {@code age} before
   * now, under any key of the ring.
   */
  public boolean was(SessionKey key, String name, long nowMillis, Duration age) {
    byte[] bytes = HexFormat.of().parseHex(name);
    long today = Math.floorDiv(nowMillis, DAY_MILLIS);
    long first = Math.floorDiv(nowMillis - age.toMillis(), DAY_MILLIS);
    for (long day = today; bytes.length == LENGTH && day >= first; day--) {
      if (keys.macMatches(LABEL, named(key, day), bytes)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] named(SessionKey key, long day) {
    return ByteBuffer.allocate(Long.BYTES + SessionKey.LENGTH)
        .putLong(day)
        .put(key.toBytes())
        .array();
  }
}
