package dev.limen.authz;

import dev.limen.check.CheckNotes;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.DecisionListener;
import dev.limen.check.Defect;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.login.Login;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.BearerTokens;
import dev.limen.oidc.Claims;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.pages.Pages;
import dev.limen.session.Identity;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLogId;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import dev.limen.session.Tokens;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides: may this request pass, and as whom?
 *
 * <p>Invariant: exactly one answer to each check, by its deadline; and only a route that needs
 * nobody, or a live session or an accepted token in hand, makes an {@link Decision.Allow}. Trouble
 * of any kind is {@link Decision.Unavailable}, never "no session". Nothing here blocks; the answer
 * comes on the thread that asks, or on the one where the store's or the provider's word arrived.
 * Safe for all threads.
 *
 * <pre>
 *   well-formed? --no--> 400
 *     own endpoint? --yes--> 404, a page that names the missing route
 *       route? --depends on how the path is read--> 400
 *         public, or a preflight that passes --> allow, as nobody
 *         deny                               --> 403
 *         optional   session? --no--> allow, as nobody
 *         bearer     token?   --no--> 401 with a challenge
 *         either     bearer if a token came, else login
 *         login      host allowed? --no--> 400
 *                    session? --no--> 302 for a navigation, 401 for all else
 *           rules? --no--> 403; to the provider once more where another sign-in mends it
 *             headers --> allow
 * </pre>
 */
public final class Authorizer {
  private static final Logger LOG = LoggerFactory.getLogger(Authorizer.class);

  private final RouteTable routes;
  private final OwnEndpoints ownEndpoints;
  private final IdentityHeaders identityHeaders;
  private final Refusals refusals;
  private final SignIn signIn;
  private final SessionAuthenticator sessionAuthenticator;
  private final BearerAuthenticator bearerAuthenticator;
  private final SessionLogId sessionLogId;

  /** Decides by the routes of {@code config}, which must name providers in {@code providers}. */
  public Authorizer(
      LimenConfig config,
      Map<String, OpenIdProvider> providers,
      Login login,
      Refresher refresher,
      Sessions sessions,
      BearerTokens bearerTokens,
      KeyRing keys,
      Metrics metrics) {
    String cookieName = config.cookie().name();
    this.routes = new RouteTable(config.routes(), config.defaults());
    this.ownEndpoints = new OwnEndpoints(config.web().proxyPrefix());
    this.identityHeaders = new IdentityHeaders(config, metrics);
    this.refusals = new Refusals(new Pages(config.web().proxyPrefix()));
    this.signIn = new SignIn(config, providers, login);
    this.sessionAuthenticator =
        new SessionAuthenticator(cookieName, new SessionCookie(keys), sessions, refresher);
    this.bearerAuthenticator = new BearerAuthenticator(bearerTokens);
    this.sessionLogId = new SessionLogId(keys);
  }

  /**
   * Answers {@code request} through {@code listener}, once, on any thread; never throws.
   *
   * @param nowMillis wall clock
   */
  public void authorize(CheckRequest request, long nowMillis, DecisionListener listener) {
    CompletableFuture<Decision> answer;
    try {
      answer =
          decide(request, nowMillis, listener)
              .toCompletableFuture()
              .exceptionally(Authorizer::trouble);
    } catch (Throwable e) {
      // Errors too: whatever broke, the gateway gets its one answer.
      listener.onDecision(trouble(e));
      return;
    }
    if (!answer.isDone()) {
      long remaining = Deadline.remainingNanos(request);
      Decision late = new Decision.Unavailable(Reason.DEADLINE_EXCEEDED);
      answer = answer.completeOnTimeout(late, remaining, TimeUnit.NANOSECONDS);
    }
    var _ = answer.thenAccept(listener::onDecision);
  }

  private CompletionStage<Decision> decide(
      CheckRequest request, long nowMillis, DecisionListener listener) {
    NormalPath path = NormalPath.of(request.bytes(), request.target().path());
    HostName host = HostName.of(request);
    Reason malformed = WellFormed.refusal(request, path, identityHeaders.managed());
    if (malformed != null) {
      return answered(refusals.malformed(request, malformed));
    }
    if (host == null) {
      return answered(refusals.malformed(request, Reason.REQUEST_MALFORMED));
    }
    if (ownEndpoints.contain(path)) {
      return answered(refusals.notRouted(request, path));
    }
    Route route = routes.routeOf(request, host, path);
    if (route == null) {
      return answered(refusals.malformed(request, Reason.PATH_AMBIGUOUS));
    }
    request.note(CheckNotes.of(route.name(), route.mode().label()));
    return byMode(new Check(request, host, route, nowMillis, listener), path);
  }

  private CompletionStage<Decision> byMode(Check check, NormalPath path) {
    Route route = check.route();
    if (route.passesPreflight() && path.isPlain() && Preflights.isPreflight(check.request())) {
      return answered(nobody(check));
    }
    return switch (route.mode()) {
      case PUBLIC -> answered(nobody(check));
      case DENY -> answered(refusals.forbidden(check.request(), Reason.ROUTE_DENIED));
      case OPTIONAL -> bySession(check, (asked, _) -> nobody(asked));
      case BEARER -> byBearer(check);
      case EITHER -> BearerAuthenticator.isMeant(check.request()) ? byBearer(check) : login(check);
      case LOGIN -> login(check);
    };
  }

  /** What becomes of a check that nobody stands behind. */
  @FunctionalInterface
  private interface Otherwise {
    Decision answer(Check check, Reason reason);
  }

  private CompletionStage<Decision> login(Check check) {
    return signIn.isAllowed(check)
        ? bySession(check, signIn::start)
        : answered(refusals.malformed(check.request(), Reason.HOST_UNKNOWN));
  }

  private CompletionStage<Decision> bySession(Check check, Otherwise otherwise) {
    return sessionAuthenticator
        .authenticate(check)
        .thenApply(found -> answer(check, found, otherwise));
  }

  private CompletionStage<Decision> byBearer(Check check) {
    return bearerAuthenticator
        .authenticate(check)
        .thenApply(found -> answer(check, found, (_, reason) -> Challenges.withoutToken(reason)));
  }

  private Decision answer(Check check, Authentication found, Otherwise otherwise) {
    return switch (found) {
      case Authentication.BySession(Session session) -> withSession(check, session);
      case Authentication.ByBearer(Caller caller, String token) -> withBearer(check, caller, token);
      case Authentication.Nobody(Reason reason) -> otherwise.answer(check, reason);
      case Authentication.Refused(Reason reason) -> Challenges.invalid(reason);
      case Authentication.Unknown(Reason reason) -> new Decision.Unavailable(reason);
    };
  }

  private Decision nobody(Check check) {
    return new Decision.Allow(identityHeaders.forNobody(check.request()));
  }

  private Decision withSession(Check check, Session session) {
    Tokens tokens = session.tokens();
    Claims granted = check.route().hasRules() ? Claims.ofAccepted(tokens.accessToken()) : null;
    Set<String> scopes = granted == null ? Set.of() : granted.scopes();
    Caller caller = new Caller(session.identity(), scopes, TokenClaims.of(session));
    note(check, caller, sessionLogId.of(session.key(), check.nowMillis()));
    RuleRefusal refusal = refusalOf(check, caller);
    if (refusal == null) {
      return allow(check, caller, new Credentials(tokens.idToken(), tokens.accessToken()));
    }
    return refusal.isMendedBySignIn() && Navigation.isNavigation(check.request())
        ? signIn.stepUp(check, refusal)
        : refusals.forbidden(check.request(), refusal.reason());
  }

  private Decision withBearer(Check check, Caller caller, String token) {
    note(check, caller, "");
    RuleRefusal refusal = refusalOf(check, caller);
    return refusal == null
        ? allow(check, caller, new Credentials(token, token))
        : Challenges.insufficient(refusal.reason());
  }

  private static void note(Check check, Caller caller, String session) {
    CheckRequest request = check.request();
    Identity identity = caller.identity();
    request.note(request.notes().withCaller(identity.provider(), identity.subject(), session));
  }

  private static @Nullable RuleRefusal refusalOf(Check check, Caller caller) {
    RuleRefusal refusal = check.route().rules().judge(caller, check.nowMillis());
    if (refusal != null) {
      check.request().note(check.request().notes().withRule(refusal.rule()));
    }
    return refusal;
  }

  private Decision allow(Check check, Caller caller, Credentials credentials) {
    CheckRequest request = check.request();
    HeaderMutations mutations =
        identityHeaders.forCaller(request, check.route().headers(), caller, credentials);
    return mutations == null
        ? refusals.forbidden(request, Reason.HEADER_VALUE_REFUSED)
        : new Decision.Allow(mutations);
  }

  private static Decision trouble(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StoreUnavailableException unavailable) {
      return new Decision.Unavailable(unavailable.reason());
    }
    if (cause instanceof UnknownKeyException) {
      return new Decision.Unavailable(Reason.SEALING_KEY_UNKNOWN);
    }
    LOG.error("a check met a defect: {}", Defect.described(cause));
    return new Decision.Unavailable(Reason.INTERNAL_ERROR);
  }

  private static CompletionStage<Decision> answered(Decision decision) {
    return CompletableFuture.completedFuture(decision);
  }
}
