package dev.limen.authz;

import dev.limen.session.Identity;
import java.util.Set;

/**
 * Who asks: all that rules may judge by.
 *
 * <p>Invariant: of one person and one sign-in, and of the newest tokens that are known. The set of
 * scopes is not copied: whoever makes a caller hands it over.
 *
 * @param identity who signed in, or whom the bearer token names
 * @param scopes what was granted (RFC 6749, section 3.3)
 * @param claims of the ID token, or of the bearer token
 */
record Caller(Identity identity, Set<String> scopes, CallerClaims claims) {
  /** A person's data stays out of logs. */
  @Override
  public String toString() {
    return "Caller[provider=" + identity.provider() + "]";
  }
}
