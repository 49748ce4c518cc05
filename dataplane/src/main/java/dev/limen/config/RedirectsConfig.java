package dev.limen.config;

import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where browsers may be sent.
 *
 * <p>Invariant: there is a redirect URL, or at least one domain to build one for.
 *
 * @param whitelistDomains hosts that may log in and be returned to: exact ({@code
 *     shop.example.com}), or with one leading dot for all hosts below ({@code .example.com}); a
 *     port may follow, and without one any port of the gateway's scheme is meant
 * @param redirectURL the callback as registered at the provider; null builds it for each allowed
 *     host
 * @param redirectURLs callbacks of further hosts, each for its own host
 * @param defaultPath where to return to when nothing else is known
 */
public record RedirectsConfig(
    @Setting(
            value = "[]",
            doc = "Hosts that may log in and be returned to; .example.com for all below")
        List<String> whitelistDomains,
    @Setting(
            value = "null",
            doc = "The callback as registered; without it one is built for each allowed host")
        @Nullable URI redirectURL,
    @Setting(value = "[]", doc = "Callbacks of further hosts as registered, each for its own host")
        List<URI> redirectURLs,
    @Setting(value = "/", doc = "Where to return to when nothing else is known")
        String defaultPath) {
  public RedirectsConfig {
    whitelistDomains = List.copyOf(whitelistDomains);
    for (String domain : whitelistDomains) {
      Require.that(
          domain.matches("\\.?[a-z0-9-]+(\\.[a-z0-9-]+)*(:[0-9]{1,5})?"),
          "redirects.whitelistDomains",
          domain,
          "lower-case host names such as shop.example.com, or .example.com for all below");
    }
    Require.that(
        redirectURL != null || !redirectURLs.isEmpty() || !whitelistDomains.isEmpty(),
        "redirects",
        "neither redirectURL nor whitelistDomains",
        "one of them, so that it is known which hosts may log in");
    redirectURLs = List.copyOf(redirectURLs);
    Set<String> hosts = new HashSet<>();
    if (redirectURL != null) {
      check("redirects.redirectURL", redirectURL, hosts);
    }
    for (URI url : redirectURLs) {
      check("redirects.redirectURLs", url, hosts);
    }
    Require.that(
        defaultPath.startsWith("/") && !defaultPath.startsWith("//"),
        "redirects.defaultPath",
        defaultPath,
        "a path that begins with one slash");
  }

  private static void check(String key, URI url, Set<String> hosts) {
    Require.that(
        IssuerAddress.isHttp(url) && url.getRawQuery() == null && url.getRawFragment() == null,
        key,
        url,
        "an absolute URL such as https://shop.example.com/oauth2/callback");
    Require.that(
        hosts.add(url.getRawAuthority().toLowerCase(Locale.ROOT)),
        key,
        url,
        "one callback for each host");
  }
}
