package dev.limen.authz;

import dev.limen.session.Identity;
import java.util.Set;

/**
 * Who asks, as rules and headers see them.
 *
 * <p>Invariant: made only of a live session, or of a bearer token that was accepted.
 *
 * @param identity who
 * @param scopes what the access token was granted for
 * @param claims what else the provider said of them
 */
record Caller(Identity identity, Set<String> scopes, CallerClaims claims) {
  /** A person's data stays out of logs. */
  @Override
  public String toString() {
    return "Caller[" + identity + "]";
  }
}
