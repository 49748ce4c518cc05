package dev.limen.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every setting of one process.
 *
 * <p>Invariant: a value of this type was checked as a whole; nothing downstream checks again.
 *
 * @param version of the file's format: 1
 * @param server the two front doors, and how they close
 * @param web the browser-facing endpoints
 * @param management ping, readiness, metrics
 * @param providers the OpenID Providers, at least one
 * @param bearer access tokens that come with a request instead of a session
 * @param cookie the session cookie, the flow cookies and the key ring
 * @param session lifetimes, refresh, store
 * @param redirects where browsers may be sent
 * @param routes which requests need what; the most specific wins, order never matters
 * @param defaults for requests that no route matches
 * @param headerProfiles which headers tell an upstream who asks
 * @param headerPolicy what holds for the headers of every route
 * @param logging level
 */
public record LimenConfig(
    @Setting(bounds = "1 to 1", doc = "Format of this file") int version,
    @Setting ServerConfig server,
    @Setting WebConfig web,
    @Setting ManagementConfig management,
    @Setting(doc = "The OpenID Providers, at least one") List<ProviderConfig> providers,
    @Setting BearerConfig bearer,
    @Setting CookieConfig cookie,
    @Setting SessionConfig session,
    @Setting RedirectsConfig redirects,
    @Setting(
            value = "[]",
            doc = "Which requests need what; the most specific wins, order never matters")
        List<RouteConfig> routes,
    @Setting DefaultsConfig defaults,
    @Setting(value = "[]", doc = "Which headers tell an upstream who asks")
        List<HeaderProfileConfig> headerProfiles,
    @Setting HeaderPolicyConfig headerPolicy,
    @Setting LoggingConfig logging) {
  public LimenConfig {
    Require.that(!providers.isEmpty(), "providers", "none", "at least one provider");
    providers = List.copyOf(providers);
    routes = List.copyOf(routes);
    Set<String> ids = new HashSet<>();
    for (ProviderConfig each : providers) {
      Require.that(ids.add(each.id()), "providers[].id", each.id(), "an id that no other has");
    }
    requireProvider(ids, "defaults.provider", defaults.provider());
    headerProfiles = List.copyOf(headerProfiles);
    Set<String> profiles = new HashSet<>();
    for (HeaderProfileConfig each : headerProfiles) {
      Require.that(
          profiles.add(each.id()), "headerProfiles[].id", each.id(), "an id that no other has");
    }
    profiles.add(HeaderProfileConfig.DEFAULT);
    requireProfile(profiles, "defaults.headers", defaults.headers());
    requireIssuers(bearer, "defaults.mode", defaults.mode());
    for (int i = 0; i < routes.size(); i++) {
      requireProvider(ids, "routes[" + i + "].provider", routes.get(i).provider());
      requireProfile(profiles, "routes[" + i + "].headers", routes.get(i).headers());
      requireIssuers(bearer, "routes[" + i + "].mode", routes.get(i).mode());
    }
    for (ProviderConfig each : providers) {
      requireOneSourceOfKeys(each, bearer);
    }
    Conflicts.requireApart(server.extAuthz().http().pathPrefix(), web.proxyPrefix());
    Conflicts.requireCallbacks(redirects, web.proxyPrefix());
    Conflicts.requireReached(routes, web.proxyPrefix());
    Conflicts.requireHostsThatMayLogIn(routes, redirects);
    boolean redis = session.store().type() == StoreConfig.Type.REDIS;
    Require.that(
        !redis || !cookie.secrets().isEmpty(),
        "cookie.secrets",
        "none",
        "a key ring, since session.store.type is redis: sessions outlive this process, and so must"
            + " the keys that seal them");
  }

  private static void requireProvider(Set<String> ids, String key, @Nullable String id) {
    Require.that(
        id == null || ids.contains(id), key, String.valueOf(id), "the id of one of providers");
  }

  private static void requireProfile(Set<String> ids, String key, @Nullable String id) {
    Require.that(
        id == null || ids.contains(id), key, String.valueOf(id), "the id of a header profile");
  }

  private static void requireIssuers(BearerConfig bearer, String key, RouteConfig.Mode mode) {
    Require.that(
        !mode.takesBearer() || !bearer.issuers().isEmpty(),
        key,
        mode.label(),
        "bearer.issuers beside it, since nobody's access tokens are taken without");
  }

  private static void requireOneSourceOfKeys(ProviderConfig provider, BearerConfig bearer) {
    String issuer = provider.oidcConfig().issuerURL().toString();
    for (BearerConfig.IssuerConfig each : bearer.issuers()) {
      Require.that(
          !each.issuer().toString().equals(issuer) || !each.hasKeySource(),
          "bearer.issuers[].issuer",
          each.issuer(),
          "no jwksURL, backchannelBaseURL, caFiles or proxy beside it, since its keys come by"
              + " way of providers["
              + provider.id()
              + "]");
    }
  }

  /** The provider with this id; the id was checked at load. */
  public ProviderConfig provider(String id) {
    return providers.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }
}
