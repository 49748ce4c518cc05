package dev.limen.config;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must hold of an issuer, whether it signs people in or only tokens: its address, that of its
 * back channel, and how it may sign.
 *
 * <p>Invariant: who an issuer is comes over https, or does not leave this machine. Only the back
 * channel, which an operator names apart, may be plain http elsewhere, with a warning.
 */
final class IssuerAddress {
  private static final int MAX_PORT = 65_535;

  private IssuerAddress() {}

  static void requireIssuer(URI issuer, String key) {
    Require.that(
        isHttp(issuer) && issuer.getRawQuery() == null && issuer.getRawFragment() == null,
        key,
        issuer,
        "an https URL without credentials, query or fragment (http only on loopback)");
    Require.that(isProtected(issuer), key, issuer, "https, since plain http is for loopback only");
  }

  static void requireBackchannel(@Nullable URI base, String key) {
    Require.that(
        base == null || isHttp(base),
        key,
        base == null ? "" : base,
        "an http or https origin without credentials, such as http://keycloak.keycloak.svc:8080");
  }

  static void requireAlgorithms(List<String> algorithms, String key) {
    for (String algorithm : algorithms) {
      Require.that(
          algorithm.matches("(RS|PS|ES)(256|384|512)|EdDSA|Ed25519"),
          key,
          algorithm,
          "asymmetric algorithms, such as RS256, ES256, PS256");
    }
    Require.that(!algorithms.isEmpty(), key, "none", "at least one algorithm");
  }

  /** Whether {@code uri} is an address on the web, and one without credentials. */
  static boolean isHttp(URI uri) {
    String scheme = uri.getScheme();
    return uri.getHost() != null
        && uri.getRawUserInfo() == null
        && isPort(uri.getPort())
        && ("https".equals(scheme) || "http".equals(scheme));
  }

  /** Whether {@code port}, of a URL, is one or stands for the scheme's own. */
  static boolean isPort(int port) {
    return port == -1 || (port > 0 && port <= MAX_PORT);
  }

  /** Whether it is https, or plain http that stays on this machine. */
  static boolean isProtected(URI uri) {
    String host = uri.getHost();
    return "https".equals(uri.getScheme())
        || host.equals("localhost")
        || host.equals("[::1]")
        || host.startsWith("127.");
  }

  /** Refuses a {@code proxy} that is no plain {@code http://host:port}; null for none is right. */
  static void requireProxy(@Nullable URI proxy, String key) {
    Require.that(
        proxy == null || isProxy(proxy),
        key,
        proxy == null ? "" : proxy,
        "scheme http, no credentials, a host and a port, such as http://proxy.example.com:3128");
  }

  private static boolean isProxy(URI proxy) {
    String path = proxy.getRawPath();
    return "http".equals(proxy.getScheme())
        && proxy.getHost() != null
        && proxy.getPort() > 0
        && proxy.getPort() <= MAX_PORT
        && proxy.getRawUserInfo() == null
        && (path == null || path.isEmpty() || path.equals("/"))
        && proxy.getRawQuery() == null
        && proxy.getRawFragment() == null;
  }
}
