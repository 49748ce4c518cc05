package dev.limen.oidc;

import java.util.Map;

/**
 * One authentication request (OpenID Connect Core, section 3.1.2.1).
 *
 * <p>Invariant: whoever makes one has {@code state}, {@code nonce} and the verifier behind {@code
 * codeChallenge} from a secure source, new for each request.
 *
 * @param state {@code state}
 * @param nonce {@code nonce}
 * @param codeChallenge of the method S256 (RFC 7636)
 * @param redirectUri one that the provider knows
 * @param more further parameters; one that this request sets itself is not among what is sent
 */
public record AuthorizationRequest(
    String state,
    String nonce,
    String codeChallenge,
    String redirectUri,
    Map<String, String> more) {
  public AuthorizationRequest {
    more = Map.copyOf(more);
  }

  /** Nothing of a flow goes into a log. */
  @Override
  public String toString() {
    return "AuthorizationRequest";
  }
}
