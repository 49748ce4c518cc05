package dev.limen.authz;

import java.util.List;

/**
 * The claims about a caller, as far as rules ask for them.
 *
 * <p>Invariant: only claims of a token that was verified; what is missing, or of another type than
 * asked for, is empty or false, never an exception.
 */
interface CallerClaims {
  /**
   * What the claim says, as text: the one string, number or boolean, or those in its list; empty if
   * there is none.
   *
   * @param dottedName a claim's name, or names of members with dots between
   */
  List<String> texts(String dottedName);

  /** Whether the claim is JSON's {@code true}. */
  boolean isTrue(String name);
}
