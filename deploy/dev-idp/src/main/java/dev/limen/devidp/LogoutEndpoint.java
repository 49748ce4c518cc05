package dev.limen.devidp;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ends a session at the wish of a client (OpenID Connect RP-Initiated Logout 1.0).
 *
 * <p>Invariant: without a valid ID token of the very session, no session ends before the person has
 * said so; and a browser is sent only to an address that the client registered. An expired ID token
 * is as good a hint as any (section 2).
 */
final class LogoutEndpoint implements Endpoint {
  private record Waiting(@Nullable String cookie, @Nullable URI next, @Nullable String clientId) {}

  private final Provider provider;
  private final LogoutNotices notices;
  private final Pending<Waiting> waiting;

  LogoutEndpoint(Provider provider, LogoutNotices notices) {
    this.provider = provider;
    this.notices = notices;
    this.waiting = new Pending<>(provider.clock());
  }

  @Override
  public Reply answer(Incoming request, Strikes strikes) {
    if (!request.isRead() && !request.isPost()) {
      return Reply.empty(405, "method-not-allowed").with("Allow", "GET, HEAD, POST");
    }
    if (provider.addresses().isLogoutConfirmation(request)) {
      return confirmed(request);
    }
    String presented = request.parameter("id_token_hint");
    Map<String, Object> hint = presented == null ? null : idToken(presented);
    if (presented != null && hint == null) {
      return refused("Invalid parameter: id_token_hint", "invalid-hint");
    }
    String clientId = request.parameter("client_id");
    String hintedClientId = hint == null ? clientId : String.valueOf(hint.get("azp"));
    if (clientId != null && !clientId.equals(hintedClientId)) {
      return refused("Invalid parameter: client_id", "invalid-hint");
    }
    Client client = hintedClientId == null ? null : provider.realm().client(hintedClientId);
    String address = request.parameter("post_logout_redirect_uri");
    if (address != null && client == null) {
      return refused("Missing parameters: id_token_hint", "missing-hint");
    }
    if (address != null && client != null && !client.postLogoutRedirectUris().allows(address)) {
      return refused("Invalid redirect uri", "invalid-redirect-uri").about(hintedClientId, null);
    }
    URI next = address == null ? null : withState(address, request.parameter("state"));
    String knownClientId = client == null ? null : client.clientId();
    return hint != null && isAboutThisBrowser(hint, request)
        ? signedOut(String.valueOf(hint.get("sid")), next, knownClientId)
        : confirmation(request, next, knownClientId);
  }

  /** The claims of an ID token of this provider, however old; null for anything else. */
  private @Nullable Map<String, Object> idToken(String presented) {
    Map<String, Object> claims = provider.keys().verified(presented);
    boolean isOurs =
        claims != null
            && "ID".equals(claims.get("typ"))
            && provider.addresses().issuer().equals(claims.get("iss"));
    return isOurs ? claims : null;
  }

  private boolean isAboutThisBrowser(Map<String, Object> hint, Incoming request) {
    Sessions.BrowserSession here =
        provider.sessions().byCookie(request.cookie(Provider.SESSION_COOKIE));
    return here == null || here.sid().equals(hint.get("sid"));
  }

  private Reply confirmation(Incoming request, @Nullable URI next, @Nullable String clientId) {
    String code = provider.sessions().randomText();
    waiting.put(code, new Waiting(request.cookie(Provider.SESSION_COOKIE), next, clientId));
    HtmlPage page = HtmlPage.logoutConfirmation(provider.addresses().logoutConfirmation(code));
    return Reply.page(200, page, "confirmation").about(clientId, null);
  }

  private Reply confirmed(Incoming request) {
    List<String> codes = request.query().getOrDefault("logout_code", List.of());
    String code = codes.isEmpty() ? null : codes.getFirst();
    Waiting asked = waiting.find(code);
    String cookie = request.cookie(Provider.SESSION_COOKIE);
    if (!request.isPost()
        || code == null
        || asked == null
        || (cookie != null && !cookie.equals(asked.cookie()))
        || !waiting.remove(code)) {
      return refused("This page has expired. Please go back and start again.", "expired-form");
    }
    Sessions.BrowserSession session = provider.sessions().byCookie(cookie);
    return signedOut(session == null ? null : session.sid(), asked.next(), asked.clientId());
  }

  private Reply signedOut(@Nullable String sid, @Nullable URI next, @Nullable String clientId) {
    Sessions.SignedOut ended = sid == null ? null : provider.sessions().signOut(sid);
    if (ended != null) {
      notices.send(ended);
    }
    HtmlPage page = HtmlPage.message("Signed out", "You are signed out.");
    Reply reply =
        next == null ? Reply.page(200, page, "signed-out") : Reply.redirect(next, "signed-out");
    return reply
        .with("Set-Cookie", provider.clearCookie(Provider.SESSION_COOKIE))
        .about(clientId, ended == null ? null : ended.session().user().username());
  }

  private static URI withState(String address, @Nullable String state) {
    if (state == null) {
      return URI.create(address);
    }
    String separator = address.indexOf('?') < 0 ? "?" : "&";
    return URI.create(
        address + separator + "state=" + URLEncoder.encode(state, StandardCharsets.UTF_8));
  }

  private static Reply refused(String text, String outcome) {
    return Reply.page(400, HtmlPage.message("We are sorry …", text), outcome);
  }
}
