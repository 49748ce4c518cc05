package dev.limen.devidp;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.ErrorObject;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.OAuth2Error;
import com.nimbusds.oauth2.sdk.ResponseMode;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallenge;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.openid.connect.sdk.AuthenticationErrorResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationSuccessResponse;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCError;
import com.nimbusds.openid.connect.sdk.Prompt;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a browser from an authentication request to a code: the authorization endpoint and the
 * login form.
 *
 * <p>Invariant: nothing is sent to an address before client and redirect URI are known to belong
 * together (RFC 9700, section 4.11); after that, every refusal goes there with {@code state} and
 * {@code iss} (RFC 9207).
 */
final class AuthorizationEndpoint implements Endpoint {
  /** What may be asked for. As in Keycloak, the client's default scopes are granted anyway. */
  static final List<String> SCOPES =
      List.of("openid", "profile", "email", "roles", "web-origins", "acr", "basic");

  private static final String GRANTED_SCOPE = "openid email profile";

  /** An S256 challenge is 32 bytes in base64url (RFC 7636, section 4.2). */
  private static final int CHALLENGE_LENGTH = 43;

  /** A login that waits for its form. */
  private record Waiting(Sessions.Asked asked, @Nullable State state, String browser) {}

  private final Provider provider;
  private final Pending<Waiting> waiting;

  AuthorizationEndpoint(Provider provider) {
    this.provider = provider;
    this.waiting = new Pending<>(provider.clock());
  }

  /** The authorization endpoint. */
  @Override
  public Reply answer(Incoming request, Strikes strikes) {
    if (!request.isRead() && !request.isPost()) {
      return Reply.empty(405, "method-not-allowed").with("Allow", "GET, HEAD, POST");
    }
    String clientId = single(request, "client_id");
    Client client = clientId == null ? null : provider.realm().client(clientId);
    if (client == null) {
      return refusalPage("Client not found.", "unknown-client");
    }
    String redirectUri = single(request, "redirect_uri");
    if (redirectUri == null || !client.redirectUris().allows(redirectUri)) {
      return refusalPage("Invalid parameter: redirect_uri", "invalid-redirect-uri")
          .about(client.clientId(), null);
    }
    try {
      if (request.hasRepeatedParameter()) {
        throw invalid("duplicated parameter");
      }
      AuthenticationRequest asked = checked(client, request);
      return loginOrCode(client, asked, redirectUri, request, strikes);
    } catch (GeneralException refusal) {
      return errorRedirect(client, redirectUri, request, refusal);
    }
  }

  private static AuthenticationRequest checked(Client client, Incoming request)
      throws GeneralException {
    if (request.parameter("request") != null) {
      throw refusal(OAuth2Error.REQUEST_NOT_SUPPORTED);
    }
    if (request.parameter("request_uri") != null) {
      throw refusal(OAuth2Error.REQUEST_URI_NOT_SUPPORTED);
    }
    AuthenticationRequest asked = AuthenticationRequest.parse(request.parameters());
    if (!asked.getResponseType().equals(ResponseType.CODE)) {
      throw refusal(OAuth2Error.UNSUPPORTED_RESPONSE_TYPE);
    }
    ResponseMode mode = asked.getResponseMode();
    if (mode != null && !mode.equals(ResponseMode.QUERY)) {
      throw invalid("Invalid parameter: response_mode");
    }
    if (!SCOPES.containsAll(asked.getScope().toStringList())) {
      throw refusal(OAuth2Error.INVALID_SCOPE.setDescription("Invalid scopes"));
    }
    checkChallenge(client, asked);
    return asked;
  }

  private static void checkChallenge(Client client, AuthenticationRequest asked)
      throws GeneralException {
    CodeChallenge challenge = asked.getCodeChallenge();
    CodeChallengeMethod method = asked.getCodeChallengeMethod();
    if (challenge == null) {
      if (client.pkceRequired()) {
        throw invalid("Missing parameter: code_challenge");
      }
      return;
    }
    if (method == null) {
      throw invalid("Missing parameter: code_challenge_method");
    }
    if (!method.equals(CodeChallengeMethod.S256)) {
      throw invalid("Invalid parameter: code challenge method is not matching the configured one");
    }
    if (challenge.getValue().length() != CHALLENGE_LENGTH) {
      throw invalid("Invalid parameter: code_challenge");
    }
  }

  private Reply loginOrCode(
      Client client,
      AuthenticationRequest request,
      String redirectUri,
      Incoming incoming,
      Strikes strikes)
      throws GeneralException {
    Nonce nonce = request.getNonce();
    CodeChallenge challenge = request.getCodeChallenge();
    Sessions.Asked asked =
        new Sessions.Asked(
            client,
            redirectUri,
            GRANTED_SCOPE,
            nonce == null ? null : nonce.getValue(),
            challenge == null ? null : challenge.getValue());
    Sessions.BrowserSession session =
        provider.sessions().byCookie(incoming.cookie(Provider.SESSION_COOKIE));
    Prompt prompt = request.getPrompt();
    boolean silent = prompt != null && prompt.contains(Prompt.Type.NONE);
    boolean fresh = prompt != null && prompt.contains(Prompt.Type.LOGIN);
    if (session != null && !fresh && isRecent(session, request.getMaxAge())) {
      return codeRedirect(session, asked, request.getState(), true, strikes);
    }
    if (silent) {
      throw refusal(OIDCError.LOGIN_REQUIRED);
    }
    return form(asked, request.getState(), incoming);
  }

  /** Whether the login is young enough; {@code maxAge} below 0 asks for nothing. */
  private boolean isRecent(Sessions.BrowserSession session, int maxAge) {
    Instant until = session.authenticatedAt().plusSeconds(maxAge);
    return maxAge < 0 || provider.clock().instant().isBefore(until);
  }

  private Reply form(Sessions.Asked asked, @Nullable State state, Incoming request) {
    String known = request.cookie(Provider.LOGIN_COOKIE);
    String browser = known == null ? provider.sessions().randomText() : known;
    String sessionCode = provider.sessions().randomText();
    waiting.put(sessionCode, new Waiting(asked, state, browser));
    HtmlPage page = HtmlPage.login(provider.addresses().loginAction(sessionCode), "", null);
    return Reply.page(200, page, "login-form")
        .with("Set-Cookie", provider.setCookie(Provider.LOGIN_COOKIE, browser))
        .about(asked.client().clientId(), null);
  }

  /** The login form comes back. */
  Reply login(Incoming request, Strikes strikes) {
    List<String> codes = request.query().getOrDefault("session_code", List.of());
    String sessionCode = codes.isEmpty() ? null : codes.getFirst();
    Waiting login = waiting.find(sessionCode);
    // The form works only in the browser that it was shown to: nobody is logged in by a form that
    // another site posts.
    if (sessionCode == null
        || login == null
        || !login.browser().equals(request.cookie(Provider.LOGIN_COOKIE))) {
      return refusalPage("This page has expired. Please go back and start again.", "expired-form");
    }
    String clientId = login.asked().client().clientId();
    if (!request.isPost()) {
      return Reply.page(200, formAgain(sessionCode, "", null), "login-form").about(clientId, null);
    }
    String username = request.formValue("username");
    String password = request.formValue("password");
    User user = username == null ? null : provider.realm().user(username);
    if (user == null
        || password == null
        || !ClientAuthenticator.sameText(user.password(), password)) {
      String typed = username == null ? "" : username;
      HtmlPage page = formAgain(sessionCode, typed, "Invalid username or password.");
      return Reply.page(200, page, "wrong-password")
          .about(clientId, user == null ? null : user.username());
    }
    if (!waiting.remove(sessionCode)) {
      return refusalPage("This form was sent already.", "expired-form").about(clientId, null);
    }
    Sessions.BrowserSession session =
        provider.sessions().signIn(user, request.cookie(Provider.SESSION_COOKIE));
    return codeRedirect(session, login.asked(), login.state(), false, strikes)
        .with("Set-Cookie", provider.setCookie(Provider.SESSION_COOKIE, session.cookie()));
  }

  private HtmlPage formAgain(String sessionCode, String username, @Nullable String problem) {
    return HtmlPage.login(provider.addresses().loginAction(sessionCode), username, problem);
  }

  private Reply codeRedirect(
      Sessions.BrowserSession session,
      Sessions.Asked asked,
      @Nullable State state,
      boolean fromSso,
      Strikes strikes) {
    String code = provider.sessions().issueCode(session, asked, fromSso);
    String issuer =
        strikes.strike(Fault.WRONG_ISSUER) ? Provider.WRONG_ISSUER : provider.addresses().issuer();
    AuthenticationSuccessResponse response =
        new AuthenticationSuccessResponse(
            URI.create(asked.redirectUri()),
            new AuthorizationCode(code),
            null,
            null,
            state,
            new State(session.sid()),
            new Issuer(issuer),
            ResponseMode.QUERY);
    return Reply.redirect(response.toURI(), "code-issued")
        .about(asked.client().clientId(), session.user().username());
  }

  private Reply errorRedirect(
      Client client, String redirectUri, Incoming request, GeneralException refusal) {
    ErrorObject known = refusal.getErrorObject();
    ErrorObject error = known == null ? OAuth2Error.INVALID_REQUEST : known;
    State state = State.parse(single(request, "state"));
    AuthenticationErrorResponse response =
        new AuthenticationErrorResponse(
            URI.create(redirectUri),
            error,
            state,
            new Issuer(provider.addresses().issuer()),
            ResponseMode.QUERY);
    return Reply.redirect(response.toURI(), error.getCode()).about(client.clientId(), null);
  }

  private static @Nullable String single(Incoming request, String name) {
    List<String> values = request.parameters().getOrDefault(name, List.of());
    return values.size() == 1 ? values.getFirst() : null;
  }

  private static Reply refusalPage(String text, String outcome) {
    return Reply.page(400, HtmlPage.message("We are sorry …", text), outcome);
  }

  private static GeneralException invalid(String description) {
    return refusal(OAuth2Error.INVALID_REQUEST.setDescription(description));
  }

  private static GeneralException refusal(ErrorObject error) {
    return new GeneralException(error.getDescription(), error);
  }
}
