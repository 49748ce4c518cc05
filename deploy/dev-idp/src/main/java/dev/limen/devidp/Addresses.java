package dev.limen.devidp;

import java.net.URI;
import java.util.regex.Pattern;

/**
 * Where things are: the paths of a Keycloak realm under the issuer, and the two origins that they
 * are reached by.
 *
 * <p>Invariant: what a browser follows carries the issuer's origin; what another server calls
 * carries the origin that it asked by (Keycloak's {@code hostname-backchannel-dynamic}). Like
 * Keycloak 26.7.3, the revocation endpoint counts among the first.
 */
final class Addresses {
  private static final String PROTOCOL = "/protocol/openid-connect";

  /** What a Host header may be before it is echoed (RFC 3986, section 3.2, without user info). */
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?");

  private final String issuer;
  private final String publicOrigin;
  private final String basePath;
  private final String realm;
  private final String ownHost;

  Addresses(URI issuer, String realm, String ownHost) {
    this.issuer = issuer.toString();
    this.publicOrigin = issuer.getScheme() + "://" + issuer.getRawAuthority();
    this.basePath = issuer.getRawPath();
    this.realm = realm;
    this.ownHost = ownHost;
  }

  String issuer() {
    return issuer;
  }

  String realm() {
    return realm;
  }

  boolean isHttps() {
    return publicOrigin.startsWith("https:");
  }

  /** The {@code Path} of cookies: this realm only. */
  String cookiePath() {
    return basePath + "/";
  }

  String publicAddress(String endpoint) {
    return publicOrigin + basePath + PROTOCOL + "/" + endpoint;
  }

  /** The address of an endpoint for a server that reached us by this {@code Host}. */
  String dynamicAddress(String host, String endpoint) {
    String origin = "http://" + (HOST.matcher(host).matches() ? host : ownHost);
    return origin + basePath + PROTOCOL + "/" + endpoint;
  }

  String loginAction(String sessionCode) {
    return publicOrigin + basePath + "/login-actions/authenticate?session_code=" + sessionCode;
  }

  String logoutConfirmation(String logoutCode) {
    return publicAddress("logout/logout-confirm") + "?logout_code=" + logoutCode;
  }

  boolean isLogoutConfirmation(Incoming request) {
    return request.path().equals(basePath + PROTOCOL + "/logout/logout-confirm");
  }

  /** What a request asks for, by its path and, at the token endpoint, by its grant. */
  RequestKind kindOf(Incoming request) {
    if (!request.path().startsWith(basePath)) {
      return RequestKind.UNKNOWN;
    }
    return switch (request.path().substring(basePath.length())) {
      case "/.well-known/openid-configuration" -> RequestKind.DISCOVERY;
      case PROTOCOL + "/certs" -> RequestKind.CERTS;
      case PROTOCOL + "/auth" -> RequestKind.AUTHORIZE;
      case "/login-actions/authenticate" -> RequestKind.LOGIN;
      case PROTOCOL + "/token" -> grantOf(request);
      case PROTOCOL + "/userinfo" -> RequestKind.USERINFO;
      case PROTOCOL + "/revoke" -> RequestKind.REVOKE;
      case PROTOCOL + "/logout", PROTOCOL + "/logout/logout-confirm" -> RequestKind.LOGOUT;
      default -> RequestKind.UNKNOWN;
    };
  }

  private static RequestKind grantOf(Incoming request) {
    String grantType = request.formValue("grant_type");
    if ("authorization_code".equals(grantType)) {
      return RequestKind.TOKEN_CODE;
    }
    return "refresh_token".equals(grantType) ? RequestKind.TOKEN_REFRESH : RequestKind.TOKEN;
  }
}
