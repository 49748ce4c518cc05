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
 * whatever the provider does afterwards, it has ended here. A GET ends nothing, it asks; a POST
 * ends it, and no other site can make one. Source: OpenID Connect RP-Initiated Logout 1.0, section
 * 2; W3C Fetch Metadata; RFC 6454, section 7.
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
    if (request.method().equals("GET")) {
      return asked(200, Reason.SIGN_OUT_ASKED, request);
    }
    if (!isFromHere(request)) {
      return asked(403, Reason.CROSS_SITE_REFUSED, request);
    }
    return carried
        .find(now)
        .exceptionally(SignOut::unreadable)
        .thenCompose(lookup -> carried.end().thenApply(_ -> ended(request, lookup)))
        .exceptionally(trouble -> pages.startAgain(503, Trouble.reasonOf(trouble), null));
  }

  private CompletionStage<Decision> asked(int status, Reason reason, EndpointRequest request) {
    return CompletableFuture.completedFuture(pages.confirmSignOut(status, reason, target(request)));
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
    return provider.endSessionUrl(
        session.tokens().idToken(),
        redirects.absolute(request.scheme(), request.host(), target(request)),
        Flow.randomText(STATE_LENGTH));
  }

  private String target(EndpointRequest request) {
    QueryString query = QueryString.parse(request.rawQuery());
    String wish = query == null ? null : query.single("rd");
    return redirects.target(request.scheme(), request.host(), wish);
  }

  /*
   * The session cookie is SameSite=Lax, so that another site's POST carries none; another host of
   * this site is told by what the user agent says. One that says neither is a program.
   */
  private boolean isFromHere(EndpointRequest request) {
    String site = word(request.fetchSite());
    if (!site.isEmpty()) {
      return site.equals("same-origin") || site.equals("none");
    }
    String origin = word(request.origin());
    String own = redirects.hosts().origin(request.scheme(), request.host());
    return origin.isEmpty() || origin.equals(own);
  }

  private static String word(@Nullable String value) {
    return value == null ? "" : value.toLowerCase(Locale.ROOT);
  }
}
