package dev.limen.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One OpenID Provider.
 *
 * @param id how routes and records name it
 * @param provider whose dialect it speaks
 * @param clientID this relying party's name there
 * @param clientSecret this relying party's secret there
 * @param clientAuth how the secret is presented
 * @param scope asked for at each login; holds {@code openid}
 * @param loginURLParameters further parameters of the authentication request, fixed ones and those
 *     that a link to {@code start} may give
 * @param caFiles PEM certificates to trust for it, beside the system's
 * @param useSystemTrustStore whether the system's authorities are trusted for it; false leaves
 *     {@code caFiles} alone
 * @param proxy the HTTP proxy for all requests to it (CONNECT where it is https); null for none,
 *     whatever the JVM's own properties say
 * @param oidcConfig issuer, back channel, algorithms, claims
 * @param discovery how often its metadata is read again
 * @param timeouts of calls to it
 * @param logout what a sign-out does there
 */
public record ProviderConfig(
    @Setting(doc = "How routes and records name it") String id,
    @Setting(value = "oidc", doc = "keycloak-oidc (realm and client roles) or oidc")
        Dialect provider,
    @Setting(doc = "This relying party's name there") String clientID,
    @Setting(doc = "This relying party's secret there") Secret clientSecret,
    @Setting(value = "client_secret_basic", doc = "client_secret_basic or client_secret_post")
        ClientAuth clientAuth,
    @Setting(value = "openid profile email", doc = "Asked for at each login") String scope,
    @Setting(value = "[]", doc = "Further parameters of the authentication request")
        List<LoginParameter> loginURLParameters,
    @Setting(value = "[]", doc = "PEM certificates to trust for it, beside the system's")
        List<Path> caFiles,
    @Setting(value = "true", doc = "Trust the system's authorities for it; false: only caFiles")
        boolean useSystemTrustStore,
    @Setting(
            value = "null",
            doc = "HTTP proxy for all requests to it, such as http://proxy.example.com:3128")
        @Nullable URI proxy,
    @Setting OidcConfig oidcConfig,
    @Setting DiscoveryConfig discovery,
    @Setting TimeoutsConfig timeouts,
    @Setting LogoutConfig logout) {

  /** Whose dialect a provider speaks. */
  public enum Dialect {
    /** Any OpenID Provider. */
    OIDC,
    /** Keycloak: realm and client roles, groups. */
    KEYCLOAK_OIDC
  }

  /** How the client's secret is presented (OpenID Connect Core, section 9). */
  public enum ClientAuth {
    /** In the {@code Authorization} header. */
    CLIENT_SECRET_BASIC,
    /** In the form. */
    CLIENT_SECRET_POST
  }

  public ProviderConfig {
    caFiles = List.copyOf(caFiles);
    Require.that(
        id.matches("[a-z0-9][a-z0-9-]{0,31}"),
        "providers[].id",
        id,
        "lower-case letters, digits and hyphens, at most 32");
    Require.that(!clientID.isEmpty(), "providers[].clientID", "nothing", "the client's id");
    Require.that(
        !clientSecret.isEmpty(), "providers[].clientSecret", "nothing", "the client's secret");
    Require.that(
        List.of(scope.split(" ", -1)).contains("openid"),
        "providers[].scope",
        scope,
        "words with a space between, one of them openid");
    loginURLParameters = List.copyOf(loginURLParameters);
    Set<String> names = new HashSet<>();
    for (LoginParameter parameter : loginURLParameters) {
      Require.that(
          names.add(parameter.name()),
          "providers[].loginURLParameters[].name",
          parameter.name(),
          "each name once");
    }
    Require.that(
        useSystemTrustStore || !caFiles.isEmpty(),
        "providers[].useSystemTrustStore",
        "false without caFiles",
        "caFiles too, since nobody would be trusted else");
    IssuerAddress.requireProxy(proxy, "providers[].proxy");
  }

  /**
   * What OpenID Connect needs to know.
   *
   * @param issuerURL exactly as the provider's {@code iss}
   * @param backchannelBaseURL origin that replaces the issuer's for discovery, token, JWKS and
   *     userinfo, where the provider's public name is not reachable from here; or null
   * @param enabledSigningAlgs algorithms an ID token may be signed with; never {@code none}
   * @param emailClaim the claim that holds the e-mail address
   * @param groupsClaim the claim that holds the groups
   * @param userIDClaim the claim that goes to {@code X-Auth-Request-User}
   * @param insecureAllowUnverifiedEmail pass on {@code email} though {@code email_verified} denies
   *     that the provider has verified it
   */
  public record OidcConfig(
      @Setting(doc = "Exactly the provider's iss") URI issuerURL,
      @Setting(
              value = "null",
              doc =
                  "Origin for the back channel, where the provider's public name is not reachable")
          @Nullable URI backchannelBaseURL,
      @Setting(value = "[RS256, ES256, PS256]", doc = "Algorithms an ID token may be signed with")
          List<String> enabledSigningAlgs,
      @Setting(value = "email", doc = "Claim that holds the e-mail address") String emailClaim,
      @Setting(value = "groups", doc = "Claim that holds the groups") String groupsClaim,
      @Setting(value = "sub", doc = "Claim for X-Auth-Request-User") String userIDClaim,
      @Setting(
              value = "false",
              doc = "Pass on an e-mail address that the provider says it has not verified")
          boolean insecureAllowUnverifiedEmail) {

    public OidcConfig {
      enabledSigningAlgs = List.copyOf(enabledSigningAlgs);
      IssuerAddress.requireIssuer(issuerURL, "providers[].oidcConfig.issuerURL");
      IssuerAddress.requireBackchannel(
          backchannelBaseURL, "providers[].oidcConfig.backchannelBaseURL");
      IssuerAddress.requireAlgorithms(
          enabledSigningAlgs, "providers[].oidcConfig.enabledSigningAlgs");
    }
  }

  /**
   * How often the provider's metadata is read again.
   *
   * @param refresh between two readings; 10 s to 24 h
   */
  public record DiscoveryConfig(
      @Setting(value = "10m", bounds = "10s to 24h", doc = "Between two readings of the metadata")
          Duration refresh) {}

  /**
   * Of calls to the provider.
   *
   * @param connect to connect
   * @param token for the whole answer of the token endpoint; at most 10 s
   * @param jwks for the whole answer of discovery and JWKS
   */
  public record TimeoutsConfig(
      @Setting(value = "500ms", bounds = "1ms to 30s", doc = "To connect") Duration connect,
      @Setting(
              value = "5s",
              bounds = "1ms to 10s",
              doc = "For the whole answer of the token endpoint")
          Duration token,
      @Setting(
              value = "2s",
              bounds = "1ms to 30s",
              doc = "For the whole answer of discovery and JWKS")
          Duration jwks) {}

  /**
   * What a sign-out here does at the provider, and one there does here.
   *
   * @param rpInitiated send the browser to the provider's end-session endpoint
   * @param revokeTokens tell the provider's revocation endpoint that the refresh token is not used
   *     any more
   * @param backChannel take the provider's logout tokens
   * @param plainJwtTokens take logout tokens whose {@code typ} is that of any JWT
   */
  public record LogoutConfig(
      @Setting(value = "true", doc = "A sign-out goes on to the provider's end-session endpoint")
          boolean rpInitiated,
      @Setting(value = "true", doc = "A sign-out revokes the refresh token at the provider")
          boolean revokeTokens,
      @Setting(
              value = "true",
              doc = "The provider's back-channel logout ends sessions (/backchannel_logout)")
          boolean backChannel,
      @Setting(
              value = "false",
              doc = "Take logout tokens of typ JWT too, as Keycloak before 25 sends them")
          boolean plainJwtTokens) {}
}
