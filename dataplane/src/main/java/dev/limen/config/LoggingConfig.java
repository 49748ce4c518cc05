package dev.limen.config;

/**
 * How much is said.
 *
 * @param level of log lines
 */
public record LoggingConfig(
    @Setting(value = "info", doc = "error, warn, info or debug") Level level) {
  /** Levels, from quiet to loud; none of them shows a secret. */
  public enum Level {
    /** Only what needs a person. */
    ERROR,
    /** And what may need one soon. */
    WARN,
    /** And what happened: logins, ends of sessions, starts and stops. */
    INFO,
    /** And why requests were refused. */
    DEBUG
  }
}
