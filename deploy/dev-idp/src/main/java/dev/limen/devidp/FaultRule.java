package dev.limen.devidp;

import java.util.Arrays;

/**
 * One fault, where it strikes and how often.
 *
 * <p>Invariant: {@code times} is at least 1, and the fault can show within the scope.
 *
 * <pre>
 *   rule = fault [ "@" endpoint ] [ ":" times ]      http-500@token:refresh_token:2
 * </pre>
 *
 * @param fault what goes wrong
 * @param scope the requests that it meets
 * @param times how many of them; {@link #ALWAYS} for all
 */
public record FaultRule(Fault fault, RequestKind scope, int times) {
  /** No limit to how often. */
  public static final int ALWAYS = Integer.MAX_VALUE;

  /** Checks the count, and that the fault would ever be seen. */
  public FaultRule {
    if (times < 1) {
      throw new IllegalArgumentException("times must be at least 1: times=" + times);
    }
    if (Arrays.stream(RequestKind.values()).noneMatch(k -> scope.covers(k) && fault.canShowAt(k))) {
      throw new IllegalArgumentException(fault.label() + " never shows at " + scope.label());
    }
  }

  /** Every time, at the requests where the fault makes sense. */
  public static FaultRule always(Fault fault) {
    return new FaultRule(fault, fault.defaultScope(), ALWAYS);
  }

  /**
   * Reads a rule as the command line has it.
   *
   * @throws IllegalArgumentException if a part is unknown; the message lists what is known
   */
  public static FaultRule parse(String text) {
    int times = ALWAYS;
    String rest = text;
    int lastColon = text.lastIndexOf(':');
    if (lastColon >= 0 && isNumber(text.substring(lastColon + 1))) {
      times = Integer.parseInt(text.substring(lastColon + 1));
      rest = text.substring(0, lastColon);
    }
    int at = rest.indexOf('@');
    Fault fault = Fault.labelled(at < 0 ? rest : rest.substring(0, at));
    RequestKind scope =
        at < 0 ? fault.defaultScope() : RequestKind.labelled(rest.substring(at + 1));
    return new FaultRule(fault, scope, times);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= 9
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
