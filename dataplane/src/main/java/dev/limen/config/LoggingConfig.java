package dev.limen.config;

/**
 * How much is said.
 *
 * @param level of log lines
 * @param format of log lines
 * @param decisions which answers to checks have a line of their own, whatever the level
 */
public record LoggingConfig(
    @Setting(value = "info", doc = "error, warn, info or debug") Level level,
    @Setting(value = "json", doc = "One JSON object a line, or plain text") Format format,
    @Setting(
            value = "denied",
            doc = "Which answers to checks have a log line: none, all, or all but the allows")
        Decisions decisions) {
  /** How a line is written. */
  public enum Format {
    /** One object a line, for machines. */
    JSON,
    /** For people; one line each, whatever a value holds. */
    TEXT
  }

  /** Which answers to checks have a line of their own. */
  public enum Decisions {
    /** None. */
    NONE,
    /** Every answer but an allow. */
    DENIED,
    /** Every answer. */
    ALL
  }

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
