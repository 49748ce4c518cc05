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
   * @param header its header
   * @param signer which key signed it, and how
   * @param claims its payload
   */
  record Accepted(JsonObject header, Signer signer, JsonObject claims) implements Verdict {}

  /** A rule is broken; looking again will not mend it. */
  record Refused(TokenRule rule) implements Verdict {}

  /** No published key that is known here can have signed it: perhaps a new one has. */
  record KeyUnknown() implements Verdict {}
}
