package dev.limen.oidc;

import dev.limen.config.ProviderConfig;
import dev.limen.session.Identity;
import dev.limen.session.Tokens;
import org.jspecify.annotations.Nullable;

/**
 * Makes identities of claims.
 *
 * <p>Invariant: only of claims that a validator accepted. A claim of another type than its
 * definition says (OpenID Connect Core, section 5.1) is left out; the groups may be one string or
 * several, and what is no string among them is left out.
 */
final class Identities {
  private static final String EMAIL = "email";
  private static final String EMAIL_VERIFIED = "email_verified";

  private final String provider;
  private final String issuer;
  private final ClaimNames names;
  private final boolean trustsUnverifiedEmail;

  /**
   * Identities of one issuer.
   *
   * @param provider id of the provider, or the issuer where it is none
   * @param trustsUnverifiedEmail whether an e-mail address counts that nobody verified
   */
  Identities(String provider, String issuer, ClaimNames names, boolean trustsUnverifiedEmail) {
    this.provider = provider;
    this.issuer = issuer;
    this.names = names;
    this.trustsUnverifiedEmail = trustsUnverifiedEmail;
  }

  static Identities of(ProviderConfig config) {
    return new Identities(
        config.id(),
        config.oidcConfig().issuerURL().toString(),
        ClaimNames.of(config.oidcConfig()),
        config.oidcConfig().insecureAllowUnverifiedEmail());
  }

  Identity of(JsonObject claims, Roles roles) {
    String subject = claims.text("sub");
    String user = said(claims, names.user());
    Long authTime = claims.seconds("auth_time");
    return new Identity(
        provider,
        issuer,
        subject == null ? "" : subject,
        user == null ? "" : user,
        claims.text("name"),
        said(claims, names.email()),
        claims.text("preferred_username"),
        claims.textsAmong(names.groups()),
        roles.realm(),
        roles.clients(),
        claims.text("sid"),
        claims.text("acr"),
        claims.textsAmong("amr"),
        authTime == null || authTime < 0 ? 0 : authTime);
  }

  /**
   * What a refresh granted with a new ID token: groups, {@code acr}, e-mail and the rest are as
   * that token says them, also if it says nothing. Only when and in which of the provider's
   * sessions the person signed in stays if the token is silent, since a refresh is no sign-in
   * (OpenID Connect Core, section 12.2).
   */
  static TokenOutcome sinceSignIn(Identity before, TokenOutcome outcome) {
    if (!(outcome instanceof TokenOutcome.Granted(Identity now, Tokens tokens))) {
      return outcome;
    }
    boolean isSilent = now.authTimeSeconds() == 0;
    Identity identity =
        new Identity(
            now.provider(),
            now.issuer(),
            now.subject(),
            now.user(),
            now.name(),
            now.email(),
            now.preferredUsername(),
            now.groups(),
            now.realmRoles(),
            now.clientRoles(),
            now.providerSession() == null ? before.providerSession() : now.providerSession(),
            now.acr(),
            now.amr(),
            isSilent ? before.authTimeSeconds() : now.authTimeSeconds());
    return new TokenOutcome.Granted(identity, tokens);
  }

  /**
   * The claim, unless it is the e-mail address and the provider says that it did not verify it
   * (OpenID Connect Core, section 5.1): then anybody may have written it into the account. Some
   * providers write the word in quotes.
   */
  private @Nullable String said(JsonObject claims, String name) {
    boolean isUnverified =
        name.equals(EMAIL)
            && !trustsUnverifiedEmail
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
