package dev.limen.faults;

import java.util.regex.Pattern;

/**
 * Tells by what is on the wire to Redis at which step of a refresh a process is.
 *
 * <p>Invariant: reads the protocol and the names of keys, and nothing of Limen's code. Source:
 * redis.io, "RESP"; the key scheme of the store.
 */
final class RedisWire {
  /** {@code HSET limen:f:{…} p n}: which refresh token is about to be presented. */
  private static final Pattern INTENT =
      Pattern.compile("HSET\\r\\n\\$\\d+\\r\\nlimen:f:\\{[0-9a-f]+\\}\\r\\n\\$1\\r\\np\\r\\n");

  /** {@code HSET limen:s:{…} …}: a session's record. */
  private static final Pattern RECORD =
      Pattern.compile("HSET\\r\\n\\$\\d+\\r\\nlimen:s:\\{[0-9a-f]+\\}\\r\\n");

  private static final Pattern EXECUTED = Pattern.compile("\\*\\d+\\r\\n[:+]");
  private static final String EXEC = "EXEC\r\n";

  private RedisWire() {}

  static boolean notesAnIntent(String sent) {
    return INTENT.matcher(sent).find();
  }

  static boolean commitsAnIntent(String sent) {
    return isFollowedByExec(INTENT, sent);
  }

  static boolean writesARecord(String sent) {
    return RECORD.matcher(sent).find();
  }

  static boolean commitsARecord(String sent) {
    return isFollowedByExec(RECORD, sent);
  }

  /** An answer to {@code EXEC}: a list of what each command gave. */
  static boolean isExecuted(String answered) {
    return EXECUTED.matcher(answered).find();
  }

  private static boolean isFollowedByExec(Pattern pattern, String sent) {
    var matcher = pattern.matcher(sent);
    return matcher.find() && sent.indexOf(EXEC, matcher.end()) >= 0;
  }
}
