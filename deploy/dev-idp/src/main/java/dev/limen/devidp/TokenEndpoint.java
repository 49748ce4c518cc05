package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Redeems codes and refresh tokens.
 *
 * <p>Invariant: a token leaves only towards an authenticated client, and only for a grant that
 * {@link Sessions} let pass. RFC 6749, sections 4.1.3, 5 and 6; RFC 7636, section 4.6.
 */
final class TokenEndpoint implements Endpoint {
  private final Provider provider;
  private final ClientAuthenticator authenticator;
  private final Tokens tokens;

  TokenEndpoint(Provider provider) {
    this.provider = provider;
    this.authenticator = new ClientAuthenticator(provider);
    this.tokens = new Tokens(provider);
  }

  @Override
  public Reply answer(Incoming request, Strikes strikes) {
    if (!request.isPost()) {
      return Reply.empty(405, "method-not-allowed").with("Allow", "POST");
    }
    try {
      if (request.hasRepeatedParameter()) {
        throw refusal(OAuth2Error.INVALID_REQUEST.setDescription("duplicated parameter"));
      }
      HTTPRequest sdkRequest = request.toSdk(provider.addresses().publicAddress("token"));
      Client client = authenticator.authenticate(request, sdkRequest);
      return granted(client, TokenRequest.parse(sdkRequest).getAuthorizationGrant(), strikes);
    } catch (GeneralException refusal) {
      return authenticator.refused(request, refusal, OAuth2Error.INVALID_REQUEST);
    }
  }

  private Reply granted(Client client, AuthorizationGrant asked, Strikes strikes) {
    try {
      return tokens(grant(client, asked), strikes);
    } catch (GeneralException refusal) {
      return Reply.error(refusal.getErrorObject()).about(client.clientId(), null);
    }
  }

  private Sessions.Grant grant(Client client, AuthorizationGrant asked) throws GeneralException {
    return switch (asked) {
      case AuthorizationCodeGrant code -> {
        URI redirectUri = code.getRedirectionURI();
        yield provider
            .sessions()
            .redeem(
                code.getAuthorizationCode().getValue(),
                client,
                redirectUri == null ? null : redirectUri.toString(),
                code.getCodeVerifier());
      }
      case RefreshTokenGrant refresh ->
          provider.sessions().refresh(refresh.getRefreshToken().getValue(), client);
      default ->
          throw refusal(
              OAuth2Error.UNAUTHORIZED_CLIENT.setDescription("Client not allowed for this grant"));
    };
  }

  private Reply tokens(Sessions.Grant grant, Strikes strikes) {
    String accessToken = tokens.accessToken(grant);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("access_token", accessToken);
    json.put("expires_in", provider.realm().accessTokenLifetime().toSeconds());
    json.put("refresh_expires_in", provider.sessions().refreshLifetime(grant).toSeconds());
    json.put("refresh_token", provider.sessions().issueRefreshToken(grant));
    json.put("token_type", "Bearer");
    json.put("id_token", tokens.idToken(grant, accessToken, strikes));
    json.put("not-before-policy", 0);
    json.put("session_state", grant.browser().sid());
    json.put("scope", grant.scope());
    return Reply.json(200, json, "ok")
        .about(grant.client().clientId(), grant.browser().user().username());
  }

  private static GeneralException refusal(ErrorObject error) {
    return new GeneralException(error.getDescription(), error);
  }
}
