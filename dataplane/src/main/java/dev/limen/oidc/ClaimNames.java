package dev.limen.oidc;

import dev.limen.config.BearerConfig.IssuerConfig;
import dev.limen.config.ProviderConfig;

/**
 * Under which names an issuer puts what its standard leaves open.
 *
 * <p>Invariant: as configured, to the letter.
 *
 * @param user the claim that names the person to services
 * @param email the claim that holds the e-mail address
 * @param groups the claim that holds the groups
 */
record ClaimNames(String user, String email, String groups) {
  static ClaimNames of(ProviderConfig.OidcConfig config) {
    return new ClaimNames(config.userIDClaim(), config.emailClaim(), config.groupsClaim());
  }

  static ClaimNames of(IssuerConfig config) {
    return new ClaimNames(config.userIDClaim(), config.emailClaim(), config.groupsClaim());
  }
}
