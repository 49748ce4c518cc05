package dev.limen.oidc;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a provider says about itself, as far as Limen believes it.
 *
 * <p>Invariant: {@code issuer} is the configured one, to the letter. Where Limen itself sends
 * requests, the origin is the back channel's if one is configured, else the issuer's; no document
 * can send it anywhere else. Where a browser is sent, the origin is the issuer's, or the address is
 * https.
 *
 * <p>Source: OpenID Connect Discovery 1.0, sections 3 and 4.3; RFC 9207, section 3.
 *
 * @param issuer {@code issuer}
 * @param authorizationEndpoint for browsers
 * @param tokenEndpoint on the back channel
 * @param jwksUri on the back channel
 * @param endSessionEndpoint for browsers, or null
 * @param revocationEndpoint on the back channel, or null
 * @param issParameterSupported whether an authorization response carries {@code iss}
 */
record ProviderMetadata(
    String issuer,
    URI authorizationEndpoint,
    URI tokenEndpoint,
    URI jwksUri,
    @Nullable URI endSessionEndpoint,
    @Nullable URI revocationEndpoint,
    boolean issParameterSupported) {

  private static final String WELL_KNOWN = "/.well-known/openid-configuration";

  /** Where the document is: below the issuer's path, on the back channel. */
  static URI documentOf(IssuerSource source) {
    URI issuer = source.issuer();
    String path = issuer.getRawPath() == null ? "" : issuer.getRawPath();
    String base = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return URI.create(origin(backChannel(source)) + base + WELL_KNOWN);
  }

  /**
   * Reads and checks the document.
   *
   * @throws MetadataRefusedException if it is another provider's, or names an address that it may
   *     not name
   */
  static ProviderMetadata read(JsonObject document, IssuerSource source)
      throws MetadataRefusedException {
    String issuer = requireIssuer(document, source);
    String endSession = "end_session_endpoint";
    return new ProviderMetadata(
        issuer,
        forBrowsers(document, "authorization_endpoint", source),
        forLimen(document, "token_endpoint", source),
        forLimen(document, "jwks_uri", source),
        document.has(endSession) ? forBrowsers(document, endSession, source) : null,
        revocationEndpoint(document, source),
        document.isTrue("authorization_response_iss_parameter_supported"));
  }

  /**
   * Reads and checks where the keys are, in the document of an issuer at which nobody signs in.
   *
   * @throws MetadataRefusedException as {@link #read} does
   */
  static URI jwksUri(JsonObject document, IssuerSource source) throws MetadataRefusedException {
    requireIssuer(document, source);
    return forLimen(document, "jwks_uri", source);
  }

  private static String requireIssuer(JsonObject document, IssuerSource source)
      throws MetadataRefusedException {
    String issuer = source.issuer().toString();
    String found = document.text("issuer");
    if (!issuer.equals(found)) {
      throw new MetadataRefusedException("issuer", String.valueOf(found), "exactly " + issuer);
    }
    return issuer;
  }

  /** How many addresses it names that Limen uses. */
  int endpointCount() {
    return 3 + (endSessionEndpoint == null ? 0 : 1) + (revocationEndpoint == null ? 0 : 1);
  }

  /** Nothing depends on it, so that one at an address that may not be used is as good as none. */
  private static @Nullable URI revocationEndpoint(JsonObject document, IssuerSource source) {
    try {
      return forLimen(document, "revocation_endpoint", source);
    } catch (MetadataRefusedException _) {
      return null;
    }
  }

  private static URI forBrowsers(JsonObject document, String member, IssuerSource source)
      throws MetadataRefusedException {
    URI uri = address(document, member);
    if (!uri.getScheme().equals("https") && !isSameOrigin(uri, source.issuer())) {
      throw new MetadataRefusedException(
          member, uri.toString(), "https, or the origin " + origin(source.issuer()));
    }
    return uri;
  }

  private static URI forLimen(JsonObject document, String member, IssuerSource source)
      throws MetadataRefusedException {
    URI uri = address(document, member);
    if (source.backchannelBaseURL() == null && !isSameOrigin(uri, source.issuer())) {
      throw new MetadataRefusedException(
          member,
          uri.toString(),
          "the origin " + origin(source.issuer()) + " (or set " + source.wayOut() + ")");
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return URI.create(origin(backChannel(source)) + uri.getRawPath() + query);
  }

  private static URI address(JsonObject document, String member) throws MetadataRefusedException {
    String text = document.text(member);
    URI uri = text == null ? null : parsed(text);
    if (uri == null) {
      throw new MetadataRefusedException(
          member, String.valueOf(text), "an http or https URL without user or fragment");
    }
    return uri;
  }

  private static @Nullable URI parsed(String text) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException _) {
      return null;
    }
    boolean isHttp = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
    boolean isPlain =
        uri.getHost() != null && uri.getRawUserInfo() == null && uri.getRawFragment() == null;
    return isHttp && isPlain ? uri : null;
  }

  private static URI backChannel(IssuerSource source) {
    URI backChannel = source.backchannelBaseURL();
    return backChannel == null ? source.issuer() : backChannel;
  }

  /** Scheme, host and port, in one spelling (RFC 6454, section 4). */
  static String origin(URI uri) {
    String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
    int defaultPort = scheme.equals("https") ? 443 : 80;
    boolean hasOtherPort = uri.getPort() >= 0 && uri.getPort() != defaultPort;
    return scheme
        + "://"
        + uri.getHost().toLowerCase(Locale.ROOT)
        + (hasOtherPort ? ":" + uri.getPort() : "");
  }

  private static boolean isSameOrigin(URI one, URI other) {
    return origin(one).equals(origin(other));
  }
}
