package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.session.RevocationScope;
import dev.limen.session.Revocations;
import dev.limen.session.Session;
import dev.limen.session.SessionLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The browser's way out: ends the session here, or with {@code all=true} every session of the
 * person, then goes on at the provider.
 *
 * <p>Invariant: nobody is told that they are signed out before the store has forgotten the session;
 * whatever the provider does afterwards, it has ended here, and nobody waits for the provider. A
 * GET ends nothing, it asks; a POST ends it, and no other site can make one. Source: OpenID Connect
 * RP-Initiated Logout 1.0, section 2; RFC 7009; W3C Fetch Metadata; RFC 6454, section 7.
 */
final class SignOut {
  private final Map<String, OpenIdProvider> providers;
  private final RedirectPolicy redirects;
  private final LogoutReturn wayBack;
  private final SessionIssue issue;
  private final Revocations revocations;
  private final LoginPages pages;

  /** Goes on at the session's provider, one of {@code providers} by id, if that has an endpoint. */
  SignOut(
      Map<String, OpenIdProvider> providers,
      RedirectPolicy redirects,
      LogoutReturn wayBack,
      SessionIssue issue,
      Revocations revocations,
      LoginPages pages) {
    this.providers = Map.copyOf(providers);
    this.redirects = redirects;
    this.wayBack = wayBack;
    this.issue = issue;
    this.revocations = revocations;
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
    CompletionStage<Decision> answer =
        isEverywhere(request)
            ? carried
                .find(now)
                .thenCompose(lookup -> everywhere(request, cookies, carried, lookup, now))
            : carried
                .find(now)
                .exceptionally(SignOut::unreadable)
                .thenCompose(
                    lookup -> carried.end().thenApply(_ -> ended(request, cookies, lookup, now)));
    return answer.exceptionally(trouble -> pages.startAgain(503, Trouble.reasonOf(trouble), null));
  }

  private static boolean isEverywhere(EndpointRequest request) {
    QueryString query = QueryString.parse(request.rawQuery());
    return query != null && "true".equals(query.single("all"));
  }

  /** Ends every session of the person. Without one that is live, nobody knows whose. */
  private CompletionStage<Decision> everywhere(
      EndpointRequest request,
      RequestCookies cookies,
      CarriedSessions carried,
      SessionLookup lookup,
      long now) {
    return switch (lookup) {
      case SessionLookup.None(Reason reason) ->
          CompletableFuture.completedFuture(
              pages.startAgain(400, reason, target(request), issue.clearing()));
      case SessionLookup.Found(Session session) ->
          revocations
              .revoke(
                  new RevocationScope.User(
                      session.identity().issuer(), session.identity().subject()))
              .thenCompose(_ -> carried.end())
              .thenApply(_ -> ended(request, cookies, lookup, now));
    };
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

  /** It has ended here; what is left is to tell the provider, and the browser where to go. */
  private Decision ended(
      EndpointRequest request, RequestCookies cookies, SessionLookup lookup, long now) {
    Session session = lookup instanceof SessionLookup.Found found ? found.session() : null;
    OpenIdProvider provider = session == null ? null : providers.get(session.identity().provider());
    if (session == null || provider == null) {
      return pages.signedOut(issue.clearing());
    }
    String refreshToken = session.tokens().refreshToken();
    if (refreshToken != null) {
      provider.revoke(refreshToken);
    }
    Flow signOut = wayBack.begin(target(request), now);
    String next =
        provider.endSessionUrl(
            session.tokens().idToken(), wayBack.redirectUri(request), signOut.state());
    if (next == null) {
      return pages.signedOut(issue.clearing());
    }
    List<String> setCookies = new ArrayList<>(wayBack.setCookies(signOut, cookies));
    setCookies.addFirst(issue.clearing());
    return new Decision.Redirect(next, setCookies, Reason.SIGNED_OUT);
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
