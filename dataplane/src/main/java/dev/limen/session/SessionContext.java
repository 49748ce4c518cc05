package dev.limen.session;

/**
 * Where a login came from, as far as the console shows it.
 *
 * <p>Invariant: coarse on purpose: a network, not an address; a family, not a version.
 *
 * @param ipPrefix such as {@code 203.0.113.0/24}; empty if not known
 * @param browserFamily such as {@code Firefox}; empty if not known
 */
public record SessionContext(String ipPrefix, String browserFamily) {
  /** Nothing is known. */
  public static final SessionContext UNKNOWN = new SessionContext("", "");

  /** A person's data stays out of logs. */
  @Override
  public String toString() {
    return "SessionContext";
  }
}
