package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.oidc.SentRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way back from a provider's end-session endpoint: one address for it to know, and from there
 * to where the browser wanted to go.
 *
 * <p>Invariant: a browser goes on only to where it said, itself, when it signed out: {@code state}
 * is compared with the cookie of that sign-out, and without it the way leads to {@code
 * redirects.defaultPath}. Nothing is signed out here: that is done by then. Source: OpenID Connect
 * RP-Initiated Logout 1.0, sections 2 and 3. Immutable; safe for all threads.
 *
 * <p>A sign-out under way lives in a cookie like that of a login, and makes room like one.
 */
final class LogoutReturn {
  /** Below {@code web.proxyPrefix}. */
  static final String PATH = "/signed_out";

  /** In the place of a provider's id, which never has a slash: no callback takes such a flow. */
  private static final String NO_PROVIDER = PATH;

  private final RedirectPolicy redirects;
  private final FlowCookies flowCookies;
  private final String proxyPrefix;

  LogoutReturn(RedirectPolicy redirects, FlowCookies flowCookies, String proxyPrefix) {
    this.redirects = redirects;
    this.flowCookies = flowCookies;
    this.proxyPrefix = proxyPrefix;
  }

  /** A sign-out that ends at {@code target}. */
  Flow begin(String target, long nowMillis) {
    return Flow.begin(NO_PROVIDER, target, SentRequest.NO_MAX_AGE, nowMillis);
  }

  /** The {@code post_logout_redirect_uri} of a sign-out at this host. */
  String redirectUri(EndpointRequest request) {
    return redirects.absolute(request.scheme(), request.host(), proxyPrefix + PATH);
  }

  /** The {@code Set-Cookie} values that carry a sign-out. */
  List<String> setCookies(Flow signOut, RequestCookies cookies) {
    List<String> setCookies = new ArrayList<>(flowCookies.makingRoom(cookies));
    setCookies.add(flowCookies.set(signOut, redirects.defaultPath()));
    return setCookies;
  }

  /** Answers a browser that comes back. */
  Decision answer(EndpointRequest request, RequestCookies cookies, long nowMillis) {
    QueryString query = QueryString.parse(request.rawQuery());
    String state = query == null ? null : query.single("state");
    Flow signOut = signOutOf(state, cookies);
    if (signOut == null || flowCookies.isExpired(signOut, nowMillis)) {
      return new Decision.Redirect(redirects.defaultPath(), List.of(), Reason.SIGNED_OUT);
    }
    // Judged again: another replica, with other hosts allowed, may have begun it.
    String target = redirects.target(request.scheme(), request.host(), signOut.returnTo());
    return new Decision.Redirect(
        target, List.of(flowCookies.clearing(signOut.id())), Reason.SIGNED_OUT);
  }

  private @Nullable Flow signOutOf(@Nullable String state, RequestCookies cookies) {
    if (state == null || !Flow.isState(state)) {
      return null;
    }
    Flow flow = flowCookies.open(Flow.idIn(state), cookies);
    boolean isThisOne = flow != null && flow.provider().equals(NO_PROVIDER) && flow.stateIs(state);
    return isThisOne ? flow : null;
  }
}
