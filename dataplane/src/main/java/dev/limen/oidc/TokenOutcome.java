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
  /** Tokens, and who they are about; every rule holds. */
  record Granted(Identity identity, Tokens tokens) implements TokenOutcome {}

  /** The code or refresh token is worth nothing, or what came for it cannot be accepted. */
  record Refused(Reason reason) implements TokenOutcome {}

  /** The provider refuses this client: an operator has to mend it; keep the session. */
  record ClientRefused() implements TokenOutcome {}

  /** Nothing definitive is known; keep the session and try again later. */
  record Unavailable(Reason reason) implements TokenOutcome {}
}
