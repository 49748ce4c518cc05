package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.Session;
import dev.limen.session.SessionLookup;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The browser's way out: ends the session here, then at the provider.
 *
 * <p>Invariant: nobody is told that they are signed out before the store has forgotten the session;
 * whatever the provider does afterwards, it has ended here. No other site can start it: that takes
 * a POST, or a navigation that {@code Sec-Fetch-Site} says is this site's own. Source: OpenID
 * Connect RP-Initiated Logout 1.0, section 2; W3C Fetch Metadata.
 */
final class SignOut {
  /** Random bytes in the {@code state} of a logout. */
  private static final int STATE_LENGTH = 16;

  private final Map<String, OpenIdProvider> rpInitiated;
  private final RedirectPolicy redirects;
  private final SessionIssue issue;
  private final LoginPages pages;

  /** Goes on at the providers in {@code rpInitiated}, by id; at others the logout ends here. */
  SignOut(
      Map<String, OpenIdProvider> rpInitiated,
      RedirectPolicy redirects,
      SessionIssue issue,
      LoginPages pages) {
    this.rpInitiated = Map.copyOf(rpInitiated);
    this.redirects = redirects;
    this.issue = issue;
    this.pages = pages;
  }

  /** Answers a sign-out. */
  CompletionStage<Decision> answer(EndpointRequest request, RequestCookies cookies, long now) {
    CarriedSessions carried = issue.carried(cookies);
    if (carried.isEmpty()) {
      return CompletableFuture.completedFuture(pages.signedOut(issue.clearing()));
    }
    if (!isOwnWish(request)) {
      return CompletableFuture.completedFuture(pages.confirmSignOut());
    }
    return carried
        .find(now)
        .exceptionally(SignOut::unreadable)
        .thenCompose(lookup -> carried.end().thenApply(_ -> ended(request, lookup)))
        .exceptionally(trouble -> pages.startAgain(503, Trouble.reasonOf(trouble), null));
  }

  /** A session that this ring cannot open can still be ended: that takes its key only. */
  private static SessionLookup unreadable(Throwable trouble) {
    Throwable cause = trouble instanceof CompletionException ? trouble.getCause() : trouble;
    if (cause instanceof UnknownKeyException) {
      return new SessionLookup.None(Reason.SEALING_KEY_UNKNOWN);
    }
    throw trouble instanceof RuntimeException unchecked
        ? unchecked
        : new CompletionException(trouble);
  }

  private Decision ended(EndpointRequest request, SessionLookup lookup) {
    String next =
        lookup instanceof SessionLookup.Found found
            ? endSessionUrl(request, found.session())
            : null;
    return next == null
        ? pages.signedOut(issue.clearing())
        : new Decision.Redirect(next, List.of(issue.clearing()), Reason.SIGNED_OUT);
  }

  private @Nullable String endSessionUrl(EndpointRequest request, Session session) {
    OpenIdProvider provider = rpInitiated.get(session.identity().provider());
    if (provider == null) {
      return null;
    }
    QueryString query = QueryString.parse(request.rawQuery());
    String wish = query == null ? null : query.single("rd");
    String target = redirects.target(request.scheme(), request.host(), wish);
    return provider.endSessionUrl(
        session.tokens().idToken(),
        redirects.absolute(request.scheme(), request.host(), target),
        Flow.randomText(STATE_LENGTH));
  }

  /*
   * The session cookie is SameSite=Lax, so another site's POST carries none, and another site's
   * navigation does. A user agent without Fetch Metadata tells a navigation by asking for HTML;
   * an image or a script never does.
   */
  private static boolean isOwnWish(EndpointRequest request) {
    String site = word(request.fetchSite());
    String mode = word(request.fetchMode());
    boolean own = site.isEmpty() || site.equals("same-origin") || site.equals("none");
    if (request.method().equals("POST")) {
      return own;
    }
    boolean navigates = mode.isEmpty() ? asksForHtml(request) : mode.equals("navigate");
    return own && navigates;
  }

  private static boolean asksForHtml(EndpointRequest request) {
    return word(request.accept()).contains("text/html");
  }

  private static String word(@Nullable String value) {
    return value == null ? "" : value.toLowerCase(Locale.ROOT);
  }
}
