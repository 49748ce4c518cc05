package dev.limen.config;

import java.util.List;

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
 * @param cookie the session cookie, the flow cookies and the key ring
 * @param session lifetimes, refresh, store
 * @param redirects where browsers may be sent
 * @param routes which requests need what; the most specific wins, order never matters
 * @param defaults for requests that no route matches
 * @param logging level
 */
public record LimenConfig(
    @Setting(bounds = "1 to 1", doc = "Format of this file") int version,
    @Setting ServerConfig server,
    @Setting WebConfig web,
    @Setting ManagementConfig management,
    @Setting(doc = "The OpenID Providers, at least one") List<ProviderConfig> providers,
    @Setting CookieConfig cookie,
    @Setting SessionConfig session,
    @Setting RedirectsConfig redirects,
    @Setting(
            value = "[]",
            doc = "Which requests need what; the most specific wins, order never matters")
        List<RouteConfig> routes,
    @Setting DefaultsConfig defaults,
    @Setting LoggingConfig logging) {
  public LimenConfig {
    Require.that(!providers.isEmpty(), "providers", "none", "at least one provider");
    providers = List.copyOf(providers);
    routes = List.copyOf(routes);
    String provider = defaults.provider();
    Require.that(
        providers.stream().anyMatch(each -> each.id().equals(provider)),
        "defaults.provider",
        provider,
        "the id of one of providers");
    boolean redis = session.store().type() == StoreConfig.Type.REDIS;
    Require.that(
        !redis || !cookie.secrets().isEmpty(),
        "cookie.secrets",
        "none",
        "a key ring, since session.store.type is redis: sessions outlive this process, and so must"
            + " the keys that seal them");
  }

  /** The provider with this id; the id was checked at load. */
  public ProviderConfig provider(String id) {
    return providers.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
  }
}
