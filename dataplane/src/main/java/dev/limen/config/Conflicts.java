package dev.limen.config;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Keys that are good each by itself and do not go together: what is asked for at one address would
 * be answered at another, or never.
 *
 * <p>Invariant: what is refused here could not have worked for a single request.
 */
final class Conflicts {
  private Conflicts() {}

  /** Checks and the browser's endpoints come to one port, and are told apart by their paths. */
  static void requireApart(String pathPrefix, String proxyPrefix) {
    Require.that(
        !isAtOrBelow(pathPrefix, proxyPrefix) && !isAtOrBelow(proxyPrefix, pathPrefix),
        "server.extAuthz.http.pathPrefix",
        pathPrefix,
        "a path apart from web.proxyPrefix, which is " + proxyPrefix);
  }

  /** The provider would send browsers to where nobody waits for them. */
  static void requireCallbacks(RedirectsConfig redirects, String proxyPrefix) {
    URI one = redirects.redirectURL();
    if (one != null) {
      requireCallback("redirects.redirectURL", one, proxyPrefix);
    }
    for (int i = 0; i < redirects.redirectURLs().size(); i++) {
      requireCallback(
          "redirects.redirectURLs[" + i + "]", redirects.redirectURLs().get(i), proxyPrefix);
    }
  }

  private static void requireCallback(String key, URI url, String proxyPrefix) {
    Require.that(
        url.getRawPath().equals(proxyPrefix + "/callback"),
        key,
        url,
        "the path " + proxyPrefix + "/callback, which is web.proxyPrefix and /callback");
  }

  /** Below the prefix everything is Limen's own, and no route is asked. */
  static void requireReached(List<RouteConfig> routes, String proxyPrefix) {
    for (int i = 0; i < routes.size(); i++) {
      String path = routes.get(i).match().path();
      Require.that(
          !isAtOrBelow(path, proxyPrefix),
          "routes[" + i + "].match.path",
          path,
          "a path that is not below web.proxyPrefix, which is Limen's own");
    }
  }

  /** Whoever is sent to sign in has to come back to the host, which has to be allowed. */
  static void requireHostsThatMayLogIn(List<RouteConfig> routes, RedirectsConfig redirects) {
    for (int i = 0; i < routes.size(); i++) {
      RouteConfig route = routes.get(i);
      for (String host : route.mode().sendsToSignIn() ? route.match().hosts() : List.<String>of()) {
        Require.that(
            host.startsWith("*.") || mayLogIn(host, redirects),
            "routes[" + i + "].match.hosts",
            host,
            "a host of redirects.redirectURL, redirectURLs or whitelistDomains, since mode "
                + route.mode().label()
                + " sends people to sign in and back");
      }
    }
  }

  /** Ports are left aside: which one a gateway sees is not known here. */
  private static boolean mayLogIn(String host, RedirectsConfig redirects) {
    String name = name(host);
    boolean fixed =
        Stream.concat(Stream.ofNullable(redirects.redirectURL()), redirects.redirectURLs().stream())
            .anyMatch(url -> url.getHost().toLowerCase(Locale.ROOT).equals(name));
    return fixed
        || redirects.whitelistDomains().stream()
            .map(Conflicts::name)
            .anyMatch(
                domain -> domain.startsWith(".") ? name.endsWith(domain) : name.equals(domain));
  }

  private static String name(String host) {
    return host.replaceFirst(":[0-9]+$", "");
  }

  private static boolean isAtOrBelow(String path, String prefix) {
    return path.equals(prefix) || path.startsWith(prefix + "/");
  }
}
