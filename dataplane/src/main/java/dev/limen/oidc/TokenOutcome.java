package dev.limen.oidc;

import dev.limen.check.Reason;
import dev.limen.session.Identity;
import dev.limen.session.Tokens;

/**
 * What came of redeeming a code or a refresh token.
 *
 * <p>Invariant: {@link Refused} is definitive, and the only one that may end a session.
 */
public sealed interface TokenOutcome {
  /** The provider gave tokens, so whatever was presented for them is spent. */
  sealed interface Bought extends TokenOutcome {}

  /** Tokens, and who they are about; every rule holds. */
  record Granted(Identity identity, Tokens tokens) implements Bought {}

  /**
   * A refresh brought tokens whose ID token cannot be accepted now: no key known here can have
   * signed it, or it breaks a rule. Keep the session and the grant; {@link OpenIdProvider#refresh}
   * judges it again.
   */
  record Unverified(UnverifiedGrant grant, Reason reason) implements Bought {}

  /**
   * The code or refresh token is worth nothing, what came for the code cannot be accepted, or what
   * came for the refresh token is about somebody else.
   */
  record Refused(Reason reason) implements TokenOutcome {}

  /** The provider refuses this client: an operator has to mend it; keep the session. */
  record ClientRefused() implements TokenOutcome {}

  /** Nothing definitive is known; keep the session and try again later. */
  record Unavailable(Reason reason) implements TokenOutcome {}
}
