package dev.limen.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
 * @param caFiles PEM certificates to trust for it, beside the system's
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
    @Setting(value = "[]", doc = "PEM certificates to trust for it, beside the system's")
        List<Path> caFiles,
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
      @Setting(value = "sub", doc = "Claim for X-Auth-Request-User") String userIDClaim) {

    public OidcConfig {
      enabledSigningAlgs = List.copyOf(enabledSigningAlgs);
      Require.that(
          isHttp(issuerURL)
              && issuerURL.getRawQuery() == null
              && issuerURL.getRawFragment() == null,
          "providers[].oidcConfig.issuerURL",
          issuerURL,
          "an https URL without query or fragment (http only on loopback)");
      Require.that(
          !issuerURL.getScheme().equals("http") || isLoopback(issuerURL),
          "providers[].oidcConfig.issuerURL",
          issuerURL,
          "https, since plain http is for loopback only");
      Require.that(
          backchannelBaseURL == null || isHttp(backchannelBaseURL),
          "providers[].oidcConfig.backchannelBaseURL",
          backchannelBaseURL == null ? "" : backchannelBaseURL,
          "an http or https origin, such as http://keycloak.keycloak.svc:8080");
      for (String alg : enabledSigningAlgs) {
        Require.that(
            alg.matches("(RS|PS|ES)(256|384|512)|EdDSA|Ed25519"),
            "providers[].oidcConfig.enabledSigningAlgs",
            alg,
            "asymmetric algorithms, such as RS256, ES256, PS256");
      }
      Require.that(
          !enabledSigningAlgs.isEmpty(),
          "providers[].oidcConfig.enabledSigningAlgs",
          "none",
          "at least one algorithm");
    }

    private static boolean isHttp(URI uri) {
      String scheme = uri.getScheme();
      return uri.getHost() != null && ("https".equals(scheme) || "http".equals(scheme));
    }

    private static boolean isLoopback(URI uri) {
      String host = uri.getHost();
      return host.equals("localhost") || host.equals("[::1]") || host.startsWith("127.");
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
   * What a sign-out does at the provider.
   *
   * @param rpInitiated send the browser to the provider's end-session endpoint
   */
  public record LogoutConfig(
      @Setting(value = "true", doc = "A sign-out goes on to the provider's end-session endpoint")
          boolean rpInitiated) {}
}
