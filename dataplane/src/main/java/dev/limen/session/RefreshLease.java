package dev.limen.session;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The right to renew one session's tokens, for a while.
 *
 * <p>Invariant: no two leases have the same owner, and of two leases of one session the later has
 * the greater fence. What was presented before is as it stood when the lease was taken. Immutable.
 *
 * @param key of the session
 * @param owner 128 random bits, in hexadecimal
 * @param fence counts the leases of this session, from 1
 * @param presented the generation whose refresh token was presented last, and of which nobody noted
 *     what came of it; {@link #NOTHING} if there is none
 */
public record RefreshLease(SessionKey key, String owner, long fence, long presented) {
  /** No generation: they count from 1. */
  public static final long NOTHING = 0;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int OWNER_LENGTH = 16;

  /** An owner that nobody had before. */
  public static String randomOwner() {
    byte[] bytes = new byte[OWNER_LENGTH];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Nothing of a session goes into a log. */
  @Override
  public String toString() {
    return "RefreshLease[fence=" + fence + "]";
  }
}
