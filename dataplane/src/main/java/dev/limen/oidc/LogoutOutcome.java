package dev.limen.oidc;

import dev.limen.check.Reason;
import org.jspecify.annotations.Nullable;

/**
 * What a logout token came to.
 *
 * <p>Invariant: only a token that keeps every rule is {@link Accepted}; nothing of another is in
 * any of these.
 */
public sealed interface LogoutOutcome {
  /**
   * The provider says that a session has ended.
   *
   * @param issuer of the token
   * @param subject whose session, or null if it does not say
   * @param providerSession which session ({@code sid}); null for all of the subject's
   * @param tokenId {@code jti}
   * @param judgeableUntilMillis from when on the token would be refused for its age alone, wall
   *     clock
   */
  record Accepted(
      String issuer,
      @Nullable String subject,
      @Nullable String providerSession,
      String tokenId,
      long judgeableUntilMillis)
      implements LogoutOutcome {
    public Accepted {
      if (subject == null && providerSession == null) {
        throw new IllegalArgumentException("a logout token is about somebody");
      }
    }

    /** Whose session it is stays out of logs. */
    @Override
    public String toString() {
      return "Accepted[" + issuer + "]";
    }
  }

  /**
   * A rule is broken; sending the token again will not mend it.
   *
   * @param rule its label
   */
  record Refused(String rule) implements LogoutOutcome {}

  /** Nobody can tell now: the provider should send it again. */
  record Unavailable(Reason reason) implements LogoutOutcome {}
}
