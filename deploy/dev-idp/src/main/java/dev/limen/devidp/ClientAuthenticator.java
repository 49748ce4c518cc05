package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.PlainClientSecret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Finds out which client calls, by {@code client_secret_basic} or {@code client_secret_post}.
 *
 * <p>Invariant: one way at a time (RFC 6749, section 2.3). Of the refusals, a wrong secret is
 * {@code unauthorized_client} and an unknown client {@code invalid_client}, both 401, since that is
 * what Keycloak 26.7.3 says and what the field has to cope with.
 */
final class ClientAuthenticator {
  private static final String DESCRIPTION = "Invalid client or Invalid client credentials";

  private final Provider provider;

  ClientAuthenticator(Provider provider) {
    this.provider = provider;
  }

  Client authenticate(Incoming request, HTTPRequest sdkRequest) throws GeneralException {
    if (request.header("authorization") != null && request.formValue("client_secret") != null) {
      throw refusal(
          OAuth2Error.INVALID_REQUEST.setDescription("Two ways of client authentication at once"));
    }
    if (!(parsed(sdkRequest) instanceof PlainClientSecret presented)) {
      throw refusal(unauthorized("invalid_client"));
    }
    Client client = provider.realm().client(presented.getClientID().getValue());
    if (client == null) {
      throw refusal(unauthorized("invalid_client"));
    }
    if (!sameText(client.secret(), presented.getClientSecret().getValue())) {
      throw refusal(unauthorized("unauthorized_client"));
    }
    return client;
  }

  private static ClientAuthentication parsed(HTTPRequest sdkRequest) throws GeneralException {
    try {
      return ClientAuthentication.parse(sdkRequest);
    } catch (ParseException _) {
      throw refusal(unauthorized("invalid_client"));
    }
  }

  static boolean sameText(String expected, String presented) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), presented.getBytes(StandardCharsets.UTF_8));
  }

  /** The answer to a refused client or grant, with the challenge that a 401 needs. */
  Reply refused(Incoming request, GeneralException refusal, ErrorObject fallback) {
    ErrorObject error = refusal.getErrorObject();
    Reply reply = Reply.error(error == null ? fallback : error);
    String clientId = request.formValue("client_id");
    Client client = clientId == null ? null : provider.realm().client(clientId);
    reply = reply.about(client == null ? null : client.clientId(), null);
    return reply.status() == 401
        ? reply.with("WWW-Authenticate", "Basic realm=\"" + provider.addresses().realm() + "\"")
        : reply;
  }

  private static ErrorObject unauthorized(String code) {
    return new ErrorObject(code, DESCRIPTION, 401);
  }

  private static GeneralException refusal(ErrorObject error) {
    return new GeneralException(error.getDescription(), error);
  }
}
