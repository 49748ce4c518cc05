package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import dev.limen.session.Identity;
import org.jspecify.annotations.Nullable;

/**
 * Makes identities of claims.
 *
 * <p>Invariant: only of claims that {@link IdTokenValidator} accepted. A claim of another type than
 * its definition says (OpenID Connect Core, section 5.1) is left out; the groups may be one string
 * or several, and what is no string among them is left out.
 */
final class Identities {
  private static final String EMAIL = "email";
  private static final String EMAIL_VERIFIED = "email_verified";

  private final ProviderConfig config;

  Identities(ProviderConfig config) {
    this.config = config;
  }

  Identity of(JsonObject claims, Roles roles) {
    String subject = claims.text("sub");
    String user = said(claims, config.oidcConfig().userIDClaim());
    Long authTime = claims.seconds("auth_time");
    return new Identity(
        config.id(),
        config.oidcConfig().issuerURL().toString(),
        subject == null ? "" : subject,
        user == null ? "" : user,
        claims.text("name"),
        said(claims, config.oidcConfig().emailClaim()),
        claims.text("preferred_username"),
        claims.textsAmong(config.oidcConfig().groupsClaim()),
        roles.realm(),
        roles.clients(),
        claims.text("sid"),
        claims.text("acr"),
        claims.textsAmong("amr"),
        authTime == null || authTime < 0 ? 0 : authTime);
  }

  /**
   * The claim, unless it is the e-mail address and the provider says that it did not verify it
   * (OpenID Connect Core, section 5.1): then anybody may have written it into the account. Some
   * providers write the word in quotes.
   */
  private @Nullable String said(JsonObject claims, String name) {
    boolean isUnverified =
        name.equals(EMAIL)
            && !config.oidcConfig().insecureAllowUnverifiedEmail()
            && claims.has(EMAIL_VERIFIED)
            && !claims.isTrue(EMAIL_VERIFIED)
            && !"true".equals(claims.text(EMAIL_VERIFIED));
    return isUnverified ? null : claims.text(name);
  }

  /** The same person, with the roles that a new access token gives. */
  static Identity renewed(Identity before, Roles roles) {
    return new Identity(
        before.provider(),
        before.issuer(),
        before.subject(),
        before.user(),
        before.name(),
        before.email(),
        before.preferredUsername(),
        before.groups(),
        roles.realm(),
        roles.clients(),
        before.providerSession(),
        before.acr(),
        before.amr(),
        before.authTimeSeconds());
  }
}
