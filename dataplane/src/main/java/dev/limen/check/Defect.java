package dev.limen.check;

import org.jspecify.annotations.Nullable;

/**
 * Says where something went wrong, for the log.
 *
 * <p>Invariant: never a message of an exception, which may hold something of the request.
 * Stateless.
 */
public final class Defect {
  private static final int LOGGED_FRAMES = 12;

  private Defect() {}

  /** Each cause's class, and where it was thrown. */
  public static String described(@Nullable Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      text.append(text.isEmpty() ? "" : " caused by ").append(each.getClass().getName());
      StackTraceElement[] frames = each.getStackTrace();
      for (int i = 0; i < Math.min(frames.length, LOGGED_FRAMES); i++) {
        text.append(" at ").append(frames[i]);
      }
    }
    return text.toString();
  }
}
