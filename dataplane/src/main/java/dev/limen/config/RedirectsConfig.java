package dev.limen.config;

import java.net.URI;
import java.util.List;
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
        redirectURL != null || !whitelistDomains.isEmpty(),
        "redirects",
        "neither redirectURL nor whitelistDomains",
        "one of them, so that it is known which hosts may log in");
    Require.that(
        redirectURL == null || redirectURL.getHost() != null,
        "redirects.redirectURL",
        redirectURL == null ? "" : redirectURL,
        "an absolute URL such as https://shop.example.com/oauth2/callback");
    Require.that(
        defaultPath.startsWith("/") && !defaultPath.startsWith("//"),
        "redirects.defaultPath",
        defaultPath,
        "a path that begins with one slash");
  }
}
