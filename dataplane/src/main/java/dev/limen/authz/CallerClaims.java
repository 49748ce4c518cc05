package dev.limen.authz;

import java.util.List;

/**
 * What a provider said of a caller, beyond the identity.
 *
 * <p>Invariant: read from a token that was accepted, and from nothing else.
 */
interface CallerClaims {
  /**
   * The values of a claim as text: of a list each, of anything else the one; none where it is not
   * said.
   *
   * @param dottedName with dots between the names of nested claims
   */
  List<String> texts(String dottedName);

  /** Whether a claim is {@code true}. */
  boolean isTrue(String name);
}
