package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.oidc.TokenOutcome;
import dev.limen.pages.LoopCause;
import dev.limen.session.LoginStart;
import dev.limen.session.Session;
import dev.limen.session.SessionLookup;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The provider's answer comes back: from a code to a session.
 *
 * <pre>
 *   query ── well-formed? ── flow cookie of this state? ── not expired? ── state equal?
 *         ── issuer right? ── no error? ── not going round? ── ask the store what time it is
 *         ── redeem the code, once ── store the new session ── end the one that came along
 *         ── Set-Cookie, 302
 * </pre>
 *
 * <p>Invariant: no token request before the state was compared, none twice (A54), and none before
 * the login's moment is known, so that a logout that overtakes it wins; the session is stored
 * before its cookie is sent (I8) and has a new id always (A40). Source: RFC 6749, section 4.1.2;
 * RFC 9207; RFC 9700, section 4.7. Safe for all threads.
 */
final class Callback {
  private static final Logger LOG = LoggerFactory.getLogger(Callback.class);

  private final Map<String, OpenIdProvider> providers;
  private final FlowCookies flowCookies;
  private final LoginRounds rounds;
  private final RedirectPolicy redirects;
  private final SessionIssue issue;
  private final LoginPages pages;
  private final SpentFlows spentFlows = new SpentFlows();

  Callback(
      Map<String, OpenIdProvider> providers,
      FlowCookies flowCookies,
      LoginRounds rounds,
      RedirectPolicy redirects,
      SessionIssue issue,
      LoginPages pages) {
    this.providers = Map.copyOf(providers);
    this.flowCookies = flowCookies;
    this.rounds = rounds;
    this.redirects = redirects;
    this.issue = issue;
    this.pages = pages;
  }

  /** Answers a callback. */
  CompletionStage<Decision> answer(EndpointRequest request, RequestCookies cookies, long now) {
    return switch (CallbackAnswer.of(request.rawQuery())) {
      case CallbackAnswer.Malformed malformed ->
          done(pages.startAgain(400, malformed.reason(), null));
      case CallbackAnswer.WellFormed answer -> new Arrival(request, cookies, now).judge(answer);
    };
  }

  private static CompletionStage<Decision> done(Decision decision) {
    return CompletableFuture.completedFuture(decision);
  }

  /** One callback, and the sessions that came along with it. */
  private final class Arrival {
    private final EndpointRequest request;
    private final RequestCookies cookies;
    private final CarriedSessions carried;
    private final long nowMillis;

    Arrival(EndpointRequest request, RequestCookies cookies, long nowMillis) {
      this.request = request;
      this.cookies = cookies;
      this.carried = issue.carried(cookies);
      this.nowMillis = nowMillis;
    }

    CompletionStage<Decision> judge(CallbackAnswer.WellFormed answer) {
      Flow flow = flowCookies.open(Flow.idIn(answer.state()), cookies);
      if (flow == null) {
        return gone(Reason.FLOW_UNKNOWN, redirects.defaultPath());
      }
      if (flowCookies.isExpired(flow, nowMillis)) {
        return gone(Reason.FLOW_EXPIRED, redirects.defaultPath(), clearing(flow));
      }
      if (!flow.stateIs(answer.state())) {
        // The cookie stays: its own answer may still come.
        return done(pages.startAgain(400, Reason.STATE_MISMATCH, null));
      }
      OpenIdProvider provider = providers.get(flow.provider());
      if (provider == null) {
        return gone(Reason.FLOW_UNKNOWN, redirects.defaultPath(), clearing(flow));
      }
      if (!isFrom(provider, answer.issuer())) {
        return done(pages.startAgain(400, Reason.ISSUER_MISMATCH, null, clearing(flow)));
      }
      String error = answer.error();
      if (error != null) {
        String word = ProviderErrors.registered(error);
        Reason reason = ProviderErrors.reasonOf(error);
        return done(pages.providerError(reason, word, flow, clearing(flow)));
      }
      String code = answer.code();
      if (code == null) {
        return done(pages.startAgain(400, Reason.CALLBACK_MALFORMED, null));
      }
      return rounds.roundOf(flow, cookies) > LoginRounds.MAX_ROUNDS
          ? goingRound(flow)
          : spentFlows.once(flow, () -> redeem(provider, flow, code), () -> spent(flow));
    }

    /** Nobody is helped by one more session: the page says why this one would not be seen. */
    private CompletionStage<Decision> goingRound(Flow flow) {
      return carried
          .find(nowMillis)
          .thenApply(lookup -> {
            LoopCause cause = causeOf(lookup);
            LOG.warn("a browser goes round between sign-in and page: cause={}", cause.label());
            return pages.loginLoop(cause, flow.returnTo(), clearing(flow), rounds.clearing());
          })
          .exceptionally(
              trouble -> pages.startAgain(503, Trouble.reasonOf(trouble), flow.returnTo()));
    }

    private LoopCause causeOf(SessionLookup lookup) {
      return switch (lookup) {
        case SessionLookup.Found _ -> LoopCause.SESSION_NOT_SEEN;
        case SessionLookup.None(Reason reason) when reason == Reason.NO_SESSION ->
            LoopCause.COOKIE_NOT_KEPT;
        case SessionLookup.None _ -> LoopCause.SESSION_LOST;
      };
    }

    private CompletionStage<Decision> redeem(OpenIdProvider provider, Flow flow, String code) {
      // As it was sent: this host's, since a login's cookies never leave the host it began on.
      String redirectUri = redirects.hosts().redirectUri(request.scheme(), request.host());
      if (redirectUri == null) {
        return done(pages.refusal(400, Reason.HOST_UNKNOWN));
      }
      // Noted before the code is sent: a logout while the answer is on its way is later, and wins.
      return issue
          .loginBegins(carried)
          .thenCompose(start ->
              provider
                  .redeem(code, flow.codeVerifier(), redirectUri, flow.sent())
                  .thenCompose(outcome -> redeemed(flow, start, outcome)))
          .exceptionally(
              trouble -> pages.startAgain(503, Trouble.reasonOf(trouble), flow.returnTo()));
    }

    private CompletionStage<Decision> redeemed(Flow flow, LoginStart start, TokenOutcome outcome) {
      String again = flow.returnTo();
      // The code is spent, or may be: whatever is offered begins afresh.
      return switch (outcome) {
        case TokenOutcome.Granted granted -> issue(flow, start, granted);
        case TokenOutcome.Refused refused ->
            done(pages.startAgain(400, refused.reason(), again, clearing(flow)));
        case TokenOutcome.ClientRefused _ ->
            done(pages.startAgain(503, Reason.CLIENT_REFUSED_BY_PROVIDER, again, clearing(flow)));
        case TokenOutcome.Unavailable unavailable ->
            done(pages.startAgain(503, unavailable.reason(), again, clearing(flow)));
        // A login does not wait for keys: there is no session yet that would be worth it.
        case TokenOutcome.Unverified unverified ->
            done(pages.startAgain(503, unverified.reason(), again, clearing(flow)));
      };
    }

    private CompletionStage<Decision> issue(
        Flow flow, LoginStart start, TokenOutcome.Granted granted) {
      return issue
          .create(granted, request, start, nowMillis)
          .thenCompose(lookup ->
              switch (lookup) {
                case SessionLookup.Found(Session session) ->
                    carried.end().thenApply(_ -> signedIn(flow, session));
                case SessionLookup.None(Reason reason) ->
                    done(pages.startAgain(403, reason, flow.returnTo(), clearing(flow)));
              });
    }

    private Decision signedIn(Flow flow, Session session) {
      String count = rounds.set(rounds.roundOf(flow, cookies), nowMillis);
      List<String> setCookies = List.of(issue.setCookie(session), clearing(flow), count);
      // Judged again: another replica, with other hosts allowed, may have started this login.
      String target = redirects.target(request.scheme(), request.host(), flow.returnTo());
      return new Decision.Redirect(target, setCookies, Reason.SIGNED_IN);
    }

    /** This login had its token request: with its session it goes on, without it starts again. */
    private CompletionStage<Decision> spent(Flow flow) {
      return gone(Reason.FLOW_UNKNOWN, flow.returnTo(), clearing(flow));
    }

    private CompletionStage<Decision> gone(Reason reason, String target, String... setCookies) {
      return carried
          .find(nowMillis)
          .<Decision>thenApply(lookup ->
              switch (lookup) {
                case SessionLookup.Found _ ->
                    new Decision.Redirect(target, List.of(setCookies), reason);
                case SessionLookup.None _ -> pages.startAgain(400, reason, target, setCookies);
              })
          .exceptionally(trouble -> pages.startAgain(503, Trouble.reasonOf(trouble), target));
    }

    private String clearing(Flow flow) {
      return flowCookies.clearing(flow.id());
    }
  }

  private static boolean isFrom(OpenIdProvider provider, @Nullable String issuer) {
    return issuer == null ? !provider.requiresIssParameter() : issuer.equals(provider.issuer());
  }
}
