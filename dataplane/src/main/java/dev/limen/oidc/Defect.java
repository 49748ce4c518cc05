package dev.limen.oidc;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An exception that nobody expected, as the log may know it.
 *
 * <p>Invariant: its type and its place, never its message, which may hold anything.
 */
final class Defect {
  private static final Logger LOG = LoggerFactory.getLogger(Defect.class);

  private Defect() {}

  static void log(String where, Throwable thrown) {
    Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
    StackTraceElement[] stack = cause.getStackTrace();
    LOG.error(
        "{}: unexpected {} at {}",
        where,
        cause.getClass().getName(),
        stack.length == 0 ? "?" : stack[0]);
  }
}
