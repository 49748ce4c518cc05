package dev.limen.check;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was learned about a check on its way: for metrics, the log of decisions, and the metadata
 * that a gateway may put into its own log.
 *
 * <p>Invariant: route, mode, provider and rule are words of the configuration, so they may be
 * labels of a metric; subject and session name a person and may not. Never a token, a cookie or a
 * session id. Immutable.
 *
 * @param route the route's name; empty where none was chosen
 * @param mode what the route needs; empty where none was chosen
 * @param provider id of the provider, or the issuer, that vouches for the caller; empty for nobody
 * @param subject {@code sub}; empty for nobody
 * @param session the session's id for logs, which opens nothing; empty where there is none
 * @param rule the rule of the configuration that refused; empty where none did
 */
public record CheckNotes(
    String route, String mode, String provider, String subject, String session, String rule) {
  /** Nothing was learned. */
  public static final CheckNotes NONE = new CheckNotes("", "", "", "", "", "");

  /** Which route was chosen, and what it needs. */
  public static CheckNotes of(String route, String mode) {
    return new CheckNotes(route, mode, "", "", "", "");
  }

  /** These notes, with the caller that became known. */
  public CheckNotes withCaller(String itsProvider, String itsSubject, String itsSession) {
    return new CheckNotes(route, mode, itsProvider, itsSubject, itsSession, rule);
  }

  /** These notes, with the rule that refused. */
  public CheckNotes withRule(String refusing) {
    return new CheckNotes(route, mode, provider, subject, session, refusing);
  }

  /**
   * What a gateway may know of a decision, by the names that it knows it under; empty texts say
   * nothing.
   *
   * @param reason why it is no plain allow, or {@code allowed}
   */
  public Map<String, String> metadata(String reason) {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("reason", reason);
    texts.put("route", route);
    texts.put("rule", rule);
    texts.put("provider", provider);
    texts.put("subject", subject);
    texts.put("session", session);
    return texts;
  }

  /** A person's data stays out of exceptions. */
  @Override
  public String toString() {
    return "CheckNotes[route=" + route + ", mode=" + mode + "]";
  }
}
