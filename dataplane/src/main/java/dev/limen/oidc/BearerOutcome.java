package dev.limen.oidc;

import dev.limen.check.Reason;
import dev.limen.session.Identity;
import java.util.Set;

/**
 * What came of an access token that a request carried.
 *
 * <p>Invariant: nothing of a token that was not accepted is in it, and of one that was, not the
 * token itself.
 */
public sealed interface BearerOutcome {
  /**
   * Every rule holds.
   *
   * @param identity whose it is
   * @param scopes what it allows
   * @param claims all that it says
   * @param expiresAtMillis wall clock; from here on it is not accepted. This is {@code exp} and as
   *     much more as clocks may differ
   */
  record Accepted(Identity identity, Set<String> scopes, Claims claims, long expiresAtMillis)
      implements BearerOutcome {
    public Accepted {
      scopes = Set.copyOf(scopes);
    }

    /** A person's data stays out of logs. */
    @Override
    public String toString() {
      return "Accepted[" + identity + "]";
    }
  }

  /** A rule is broken: 401, and asking again with the same token will not mend it. */
  record Refused(Reason reason) implements BearerOutcome {}

  /** Nobody can tell at the moment: 503. */
  record Unavailable(Reason reason) implements BearerOutcome {}
}
