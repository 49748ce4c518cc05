package dev.limen.oidc;

/**
 * What came of a token.
 *
 * <p>Invariant: nothing of a token that was not accepted is in it.
 */
sealed interface Verdict {
  /**
   * Every rule holds.
   *
   * @param algorithm how it is signed
   * @param claims its payload
   */
  record Accepted(SigningAlgorithm algorithm, JsonObject claims) implements Verdict {}

  /** A rule is broken; looking again will not mend it. */
  record Refused(TokenRule rule) implements Verdict {}

  /** No published key that is known here can have signed it: perhaps a new one has. */
  record KeyUnknown() implements Verdict {}
}
