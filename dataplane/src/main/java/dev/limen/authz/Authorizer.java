package dev.limen.authz;

import dev.limen.check.CheckHandler;
import dev.limen.check.CheckNotes;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.DecisionListener;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.login.Login;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.pages.Pages;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLogId;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides: may this request pass, and as whom?
 *
 * <p>Invariant: exactly one answer to each check, by its deadline; and only a route that needs
 * nobody or a live session in hand makes an {@link Decision.Allow}. Trouble of any kind is {@link
 * Decision.Unavailable}, never "no session". Nothing here blocks; the answer comes on the thread
 * that asks, or on the one where the store's or the provider's word arrived. Safe for all threads.
 *
 * <pre>
 *   well-formed? --no--> 400
 *     own endpoint? --yes--> 404, a page that names the missing route
 *       route? --depends on how the path is read--> 400
 *         public, or a preflight that passes --> allow, as nobody
 *         deny                               --> 403
 *         optional   session? --no--> allow, as nobody
 *         login      host allowed? --no--> 400
 *                    session? --no--> 302 for a navigation, 401 for all else
 *           headers --> allow
 * </pre>
 */
public final class Authorizer implements CheckHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Authorizer.class);

  private final RouteTable routes;
  private final OwnEndpoints ownEndpoints;
  private final IdentityHeaders identityHeaders;
  private final Refusals refusals;
  private final SignIn signIn;
  private final SessionAuthenticator sessionAuthenticator;
  private final SessionLogId sessionLogId;

  /** Decides by the routes of {@code config}, which must name providers in {@code providers}. */
  public Authorizer(
      LimenConfig config,
      Map<String, OpenIdProvider> providers,
      Login login,
      Refresher refresher,
      Sessions sessions,
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
    this.sessionLogId = new SessionLogId(keys);
  }

  /**
   * Answers {@code request} through {@code listener}, once; never throws.
   *
   * @param nowMillis wall clock
   */
  @Override
  public void authorize(CheckRequest request, long nowMillis, DecisionListener listener) {
    CompletableFuture<Decision> answer;
    try {
      answer = decide(request, nowMillis).toCompletableFuture().exceptionally(Authorizer::trouble);
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

  private CompletionStage<Decision> decide(CheckRequest request, long nowMillis) {
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
    return byMode(new Check(request, host, route, nowMillis), path);
  }

  private CompletionStage<Decision> byMode(Check check, NormalPath path) {
    Route route = check.route();
    if (route.passesPreflight() && path.isPlain() && Preflights.isPreflight(check.request())) {
      return answered(nobody(check));
    }
    return switch (route.mode()) {
      case PUBLIC -> answered(nobody(check));
      case DENY -> answered(refusals.forbidden(check.request(), Reason.ROUTE_DENIED));
      case OPTIONAL -> optional(check);
      case LOGIN -> login(check);
    };
  }

  private CompletionStage<Decision> optional(Check check) {
    return sessionAuthenticator
        .authenticate(check)
        .thenApply(found ->
            switch (found) {
              case Authentication.BySession by -> withSession(check, by.session());
              case Authentication.Nobody _ -> nobody(check);
              case Authentication.Unknown unknown -> new Decision.Unavailable(unknown.reason());
            });
  }

  private CompletionStage<Decision> login(Check check) {
    if (!signIn.isAllowed(check)) {
      return answered(refusals.malformed(check.request(), Reason.HOST_UNKNOWN));
    }
    return sessionAuthenticator
        .authenticate(check)
        .thenApply(found ->
            switch (found) {
              case Authentication.BySession by -> withSession(check, by.session());
              case Authentication.Nobody nobody -> signIn.start(check, nobody.reason());
              case Authentication.Unknown unknown -> new Decision.Unavailable(unknown.reason());
            });
  }

  private Decision nobody(Check check) {
    return new Decision.Allow(identityHeaders.forNobody(check.request()));
  }

  private Decision withSession(Check check, Session session) {
    CheckRequest request = check.request();
    request.note(
        request
            .notes()
            .withCaller(
                session.identity().provider(),
                session.identity().subject(),
                sessionLogId.of(session.key(), check.nowMillis())));
    Caller caller = new Caller(session.identity(), Set.of(), new SessionClaims(session));
    Credentials credentials =
        new Credentials(session.tokens().idToken(), session.tokens().accessToken());
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
    if (cause instanceof StoreUnavailableException) {
      return new Decision.Unavailable(Reason.STORE_UNAVAILABLE);
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
