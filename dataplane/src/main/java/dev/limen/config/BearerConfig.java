package dev.limen.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Access tokens that come with a request instead of a session.
 *
 * @param issuers whose tokens are taken, each of them once
 * @param cache tokens that were verified
 */
public record BearerConfig(
    @Setting(value = "[]", doc = "Whose access tokens are taken; a token says by iss whose it is")
        List<IssuerConfig> issuers,
    @Setting CacheConfig cache) {

  public BearerConfig {
    issuers = List.copyOf(issuers);
    Set<String> seen = new HashSet<>();
    for (IssuerConfig each : issuers) {
      Require.that(
          seen.add(each.issuer().toString()),
          "bearer.issuers[].issuer",
          each.issuer(),
          "each issuer once");
    }
  }

  /**
   * One issuer of access tokens. Where it is a provider too, its keys are known already, and
   * nothing may be said here of how to get them.
   *
   * @param issuer exactly as the tokens' {@code iss}
   * @param audiences of which a token names at least one in {@code aud}
   * @param enabledSigningAlgs algorithms a token may be signed with; never {@code none}
   * @param types what {@code typ} in a token's header may be, in lower case and without {@code
   *     application/}; a token without {@code typ} counts as {@code jwt}
   * @param jwksURL of its key set; or null, and then discovery says where that is
   * @param backchannelBaseURL origin that replaces the issuer's for discovery and JWKS, where the
   *     issuer's public name is not reachable from here; or null
   * @param caFiles PEM certificates to trust for it, beside the system's
   * @param proxy for every request to it, such as {@code http://proxy:3128}; null for none
   * @param userIDClaim the claim that goes to {@code X-Auth-Request-User}
   * @param emailClaim the claim that holds the e-mail address
   * @param groupsClaim the claim that holds the groups
   */
  public record IssuerConfig(
      @Setting(doc = "Exactly the tokens' iss") URI issuer,
      @Setting(doc = "Of these a token names at least one in aud") List<String> audiences,
      @Setting(value = "[RS256, ES256, PS256]", doc = "Algorithms a token may be signed with")
          List<String> enabledSigningAlgs,
      @Setting(value = "[at+jwt, jwt]", doc = "What typ in a token's header may be; none is jwt")
          List<String> types,
      @Setting(value = "null", doc = "Its key set, where discovery does not lead there")
          @Nullable URI jwksURL,
      @Setting(
              value = "null",
              doc =
                  "Origin for discovery and keys, where the issuer's public name is not reachable")
          @Nullable URI backchannelBaseURL,
      @Setting(value = "[]", doc = "PEM certificates to trust for it, beside the system's")
          List<Path> caFiles,
      @Setting(value = "null", doc = "For every request to it, such as http://proxy:3128")
          @Nullable URI proxy,
      @Setting(value = "sub", doc = "Claim for X-Auth-Request-User") String userIDClaim,
      @Setting(value = "email", doc = "Claim that holds the e-mail address") String emailClaim,
      @Setting(value = "groups", doc = "Claim that holds the groups") String groupsClaim) {

    private static final String KEY = "bearer.issuers[].";

    public IssuerConfig {
      audiences = List.copyOf(audiences);
      enabledSigningAlgs = List.copyOf(enabledSigningAlgs);
      types = List.copyOf(types);
      caFiles = List.copyOf(caFiles);
      IssuerAddress.requireIssuer(issuer, KEY + "issuer");
      requireAudiences(audiences);
      IssuerAddress.requireAlgorithms(enabledSigningAlgs, KEY + "enabledSigningAlgs");
      requireTypes(types);
      if (jwksURL != null) {
        Require.that(
            IssuerAddress.isHttp(jwksURL)
                && jwksURL.getRawUserInfo() == null
                && jwksURL.getRawFragment() == null
                && IssuerAddress.isProtected(jwksURL),
            KEY + "jwksURL",
            jwksURL,
            "an https URL without user or fragment (http only on loopback)");
        Require.that(
            backchannelBaseURL == null,
            KEY + "backchannelBaseURL",
            String.valueOf(backchannelBaseURL),
            "nothing beside jwksURL, which says where the keys are");
      }
      IssuerAddress.requireBackchannel(backchannelBaseURL, KEY + "backchannelBaseURL");
      IssuerAddress.requireProxy(proxy, KEY + "proxy");
    }

    private static void requireAudiences(List<String> audiences) {
      Require.that(
          !audiences.isEmpty(), KEY + "audiences", "none", "at least one audience of the tokens");
      Require.that(
          audiences.stream().noneMatch(String::isEmpty),
          KEY + "audiences",
          "an empty one",
          "the names of services, as the issuer writes them into aud");
    }

    private static void requireTypes(List<String> types) {
      Require.that(!types.isEmpty(), KEY + "types", "none", "at least one, such as at+jwt");
      for (String type : types) {
        Require.that(
            type.matches("[a-z0-9][a-z0-9.+-]{0,63}"),
            KEY + "types",
            type,
            "lower-case media types without application/, such as at+jwt");
      }
    }

    /** Whether something is said of how to get the keys. */
    boolean hasKeySource() {
      return jwksURL != null || backchannelBaseURL != null || !caFiles.isEmpty() || proxy != null;
    }
  }

  /**
   * Tokens that were verified, and need not be again until they expire.
   *
   * @param size how many; 0 to 1,000,000, where 0 remembers none
   */
  public record CacheConfig(
      @Setting(
              value = "20000",
              bounds = "0 to 1000000",
              doc = "How many verified tokens are remembered until they expire")
          int size) {}
}
