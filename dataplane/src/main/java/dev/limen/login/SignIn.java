package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.oidc.AuthorizationRequest;
import dev.limen.oidc.OpenIdProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The browser's way in: makes state, nonce and verifier, seals them into a flow cookie, and sends
 * the browser to the provider.
 *
 * <p>Invariant: writes to no store; every login has its own seed of 256 random bits; without the
 * provider's metadata the answer is 503, never a redirect. Source: OpenID Connect Core, section
 * 3.1.2.1; RFC 7636; RFC 9700, section 2.1.
 */
final class SignIn {
  private final RedirectPolicy redirects;
  private final FlowCookies flowCookies;
  private final LoginPages pages;

  SignIn(RedirectPolicy redirects, FlowCookies flowCookies, LoginPages pages) {
    this.redirects = redirects;
    this.flowCookies = flowCookies;
    this.pages = pages;
  }

  /**
   * What a provider is asked beyond a sign-in.
   *
   * @param parameters of the authentication request; {@code max_age} is among them
   * @param maxAgeSeconds what the ID token is held to, or {@link StepUp#ANY_AGE}
   */
  record Asked(Map<String, String> parameters, long maxAgeSeconds) {}

  /**
   * Sends the browser to {@code provider}.
   *
   * @param wish where it goes afterwards; its target is judged here
   * @param asked what the provider is asked beyond a sign-in
   */
  Decision begin(
      OpenIdProvider provider, ReturnTo wish, RequestCookies cookies, Asked asked, long nowMillis) {
    String redirectUri = redirects.hosts().redirectUri(wish.scheme(), wish.host());
    if (redirectUri == null) {
      return pages.refusal(400, Reason.HOST_UNKNOWN);
    }
    String target = redirects.target(wish.scheme(), wish.host(), wish.target());
    Flow flow = Flow.begin(provider.id(), target, asked.maxAgeSeconds(), nowMillis);
    String location =
        provider.authorizationUrl(
            new AuthorizationRequest(
                flow.state(), flow.nonce(), flow.codeChallenge(), redirectUri, asked.parameters()));
    if (location == null) {
      return pages.startAgain(503, Reason.PROVIDER_UNAVAILABLE, target);
    }
    List<String> setCookies = new ArrayList<>(flowCookies.makingRoom(cookies));
    setCookies.add(flowCookies.set(flow, redirects.defaultPath()));
    return new Decision.Redirect(location, setCookies, Reason.SIGN_IN_STARTED);
  }
}
