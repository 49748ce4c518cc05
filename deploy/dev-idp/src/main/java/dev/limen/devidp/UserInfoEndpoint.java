package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.id.ClientID;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says who is behind an access token (OpenID Connect Core 1.0, section 5.3).
 *
 * <p>Invariant: only an access token that this provider signed, that has not expired and whose
 * session lives is answered; an ID token is not one.
 */
final class UserInfoEndpoint implements Endpoint {
  private static final String BEARER = "Bearer ";

  private final Provider provider;

  UserInfoEndpoint(Provider provider) {
    this.provider = provider;
  }

  @Override
  public Reply answer(Incoming request, Strikes strikes) {
    if (!request.isRead() && !request.isPost()) {
      return Reply.empty(405, "method-not-allowed").with("Allow", "GET, HEAD, POST");
    }
    String authorization = request.header("authorization");
    if (authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return Reply.empty(401, "no-token").with("WWW-Authenticate", challenge());
    }
    Map<String, Object> claims =
        provider.keys().verified(authorization.substring(BEARER.length()).strip());
    Sessions.BrowserSession session = claims == null ? null : liveSession(claims);
    Client client =
        claims == null ? null : provider.realm().client(String.valueOf(claims.get("azp")));
    if (session == null || client == null) {
      return Reply.empty(401, "invalid_token")
          .with("WWW-Authenticate", challenge() + ", error=\"invalid_token\"");
    }
    return Reply.json(200, Tokens.userInfo(session.user(), client), "ok")
        .about(client.clientId(), session.user().username());
  }

  private Sessions.@Nullable BrowserSession liveSession(Map<String, Object> claims) {
    if (!"Bearer".equals(claims.get("typ"))
        || !(claims.get("exp") instanceof Number expiry)
        || expiry.longValue() <= provider.nowSeconds()
        || provider.sessions().isRevoked(String.valueOf(claims.get("jti")))) {
      return null;
    }
    String sid = String.valueOf(claims.get("sid"));
    ClientID clientId = new ClientID(String.valueOf(claims.get("azp")));
    return provider.sessions().lives(sid, clientId) ? provider.sessions().alive(sid) : null;
  }

  private String challenge() {
    return "Bearer realm=\"" + provider.addresses().realm() + "\"";
  }
}
