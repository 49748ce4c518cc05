package dev.limen.session.redis;

import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session's record as Redis holds it.
 *
 * <p>Invariant: a record that lacks a field, holds one that is no number, or is too long, is
 * trouble ({@link StoreUnavailableException}) and never "no session": somebody else wrote it.
 */
final class RedisRecord {
  /** Digits of the greatest number read; all of them fit into a {@code long}. */
  static final int MAX_DIGITS = 18;

  private RedisRecord() {}

  /** The fields of {@code session}. */
  static Map<String, byte[]> fields(SealedSession session) {
    return Map.of(
        RedisKeys.TOKENS, session.tokens(),
        RedisKeys.METADATA, session.metadata(),
        RedisKeys.VERSION, decimal(session.version()),
        RedisKeys.GENERATION, decimal(session.generation()));
  }

  /**
   * The session that Redis answered with, or null if there is none.
   *
   * @param fields b, m, v, g, in this order, null where there is none
   * @param lastSeen null if Redis has forgotten it
   */
  static @Nullable SealedSession read(
      SessionKey key, List<? extends byte @Nullable []> fields, byte @Nullable [] lastSeen) {
    if (fields.stream().allMatch(Objects::isNull)) {
      return null;
    }
    byte[] tokens = fields.get(0);
    byte[] metadata = fields.get(1);
    byte[] version = fields.get(2);
    byte[] generation = fields.get(3);
    if (tokens == null || metadata == null || version == null || generation == null) {
      throw new StoreUnavailableException("load", "the record lacks a field");
    }
    SealedSession session =
        new SealedSession(
            key,
            tokens,
            metadata,
            number("load", version),
            number("load", generation),
            0,
            lastSeen == null ? 0 : number("load", lastSeen));
    if (session.isTooLong()) {
      throw new StoreUnavailableException("load", "the record is too long");
    }
    return session;
  }

  /** A number as Redis holds it. */
  static byte[] decimal(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  /** A number that Redis holds; anything else is trouble with {@code operation}. */
  static long number(String operation, byte[] digits) {
    if (digits.length == 0 || digits.length > MAX_DIGITS) {
      throw new StoreUnavailableException(operation, "the record holds what is no number");
    }
    long number = 0;
    for (byte digit : digits) {
      if (digit < '0' || digit > '9') {
        throw new StoreUnavailableException(operation, "the record holds what is no number");
      }
      number = number * 10 + (digit - '0');
    }
    return number;
  }
}
