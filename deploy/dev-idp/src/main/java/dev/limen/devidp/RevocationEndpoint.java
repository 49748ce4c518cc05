package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ends one token before its time (RFC 7009).
 *
 * <p>Invariant: 200 whether the token was known or not (section 2.2), but only to a client that
 * authenticated, and only for its own tokens.
 */
final class RevocationEndpoint implements Endpoint {
  private final Provider provider;
  private final ClientAuthenticator authenticator;

  RevocationEndpoint(Provider provider) {
    this.provider = provider;
    this.authenticator = new ClientAuthenticator(provider);
  }

  @Override
  public Reply answer(Incoming request, Strikes strikes) {
    if (!request.isPost()) {
      return Reply.empty(405, "method-not-allowed").with("Allow", "POST");
    }
    try {
      Client client =
          authenticator.authenticate(
              request, request.toSdk(provider.addresses().publicAddress("revoke")));
      String token = request.formValue("token");
      if (token == null) {
        ErrorObject error = OAuth2Error.INVALID_REQUEST.setDescription("Token not provided");
        return Reply.error(error).about(client.clientId(), null);
      }
      return revoked(client, token);
    } catch (GeneralException refusal) {
      return authenticator.refused(request, refusal, OAuth2Error.INVALID_REQUEST);
    }
  }

  private Reply revoked(Client client, String token) {
    Sessions.Grant ended = provider.sessions().revokeRefreshToken(token, client);
    if (ended != null) {
      return Reply.empty(200, "ok").about(client.clientId(), ended.browser().user().username());
    }
    boolean known = revokeAccessToken(client, provider.keys().verified(token));
    return Reply.empty(200, known ? "ok" : "token-not-known").about(client.clientId(), null);
  }

  private boolean revokeAccessToken(Client client, @Nullable Map<String, Object> claims) {
    if (claims == null
        || !"Bearer".equals(claims.get("typ"))
        || !client.clientId().equals(claims.get("azp"))) {
      return false;
    }
    provider.sessions().revokeAccessToken(String.valueOf(claims.get("jti")));
    return true;
  }
}
