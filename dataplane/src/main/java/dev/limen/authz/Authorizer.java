package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckHandler;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.DecisionListener;
import dev.limen.check.HeaderMutations;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.config.RouteConfig.Mode;
import dev.limen.cookie.CookieField;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.login.Login;
import dev.limen.login.RefreshResult;
import dev.limen.login.Refresher;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.pages.Pages;
import dev.limen.session.Session;
import dev.limen.session.SessionCookie;
import dev.limen.session.SessionLookup;
import dev.limen.session.SessionSecret;
import dev.limen.session.Sessions;
import dev.limen.session.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
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
 * <p>Invariant: exactly one answer to each check, by its deadline; and only a public route or a
 * live session in hand makes an {@link Decision.Allow}. Trouble of any kind is {@link
 * Decision.Unavailable}, never "no session". Nothing here blocks; the answer comes on the thread
 * that asks, or on the one where the store's or the provider's word arrived. Safe for all threads.
 *
 * <pre>
 *   well-formed? --no--> 400
 *     own endpoint? --yes--> 404, a page that names the missing route
 *       route: public --> allow, as nobody
 *       route: login
 *         host allowed? --no--> 400
 *         session? --no--> 302 for a navigation, 401 for all else
 *           access token expired --> wait for the refresh, at most a second
 *           due                  --> allow; the refresh runs behind the answer
 * </pre>
 */
public final class Authorizer implements CheckHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Authorizer.class);
  private static final int LOGGED_FRAMES = 12;
  private static final byte[] COOKIE = "cookie".getBytes(StandardCharsets.US_ASCII);

  private final RouteTable routes;
  private final OwnEndpoints ownEndpoints;
  private final IdentityHeaders identityHeaders;
  private final Refusals refusals;
  private final SignIn signIn;
  private final CookieField sessionCookieField;
  private final SessionCookie sessionCookie;
  private final Sessions sessions;
  private final Refresher refresher;

  /** Decides by the routes of {@code config}, which must name providers in {@code providers}. */
  public Authorizer(
      LimenConfig config,
      Map<String, OpenIdProvider> providers,
      Login login,
      Refresher refresher,
      Sessions sessions,
      SessionCookie sessionCookie,
      Pages pages,
      Metrics metrics) {
    String cookieName = config.cookie().name();
    this.routes = new RouteTable(config.routes(), config.defaults().mode());
    this.ownEndpoints = new OwnEndpoints(config.web().proxyPrefix());
    this.identityHeaders = new IdentityHeaders(cookieName, metrics);
    this.refusals = new Refusals(pages);
    this.signIn = new SignIn(config, providers, login);
    this.sessionCookieField = new CookieField(cookieName);
    this.sessionCookie = sessionCookie;
    this.sessions = sessions;
    this.refresher = refresher;
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
      answer = decide(request, nowMillis).toCompletableFuture().exceptionally(this::trouble);
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
    Reason malformed = WellFormed.refusal(request, path);
    if (malformed != null) {
      return answered(refusals.malformed(request, malformed));
    }
    if (host == null) {
      return answered(refusals.malformed(request, Reason.REQUEST_MALFORMED));
    }
    if (ownEndpoints.contain(path)) {
      return answered(refusals.notRouted(request, path));
    }
    Mode mode = routes.modeOf(request, host, path);
    return switch (mode) {
      case PUBLIC -> answered(new Decision.Allow(identityHeaders.forPublic(request)));
      case LOGIN -> login(new Check(request, host, nowMillis));
    };
  }

  private CompletionStage<Decision> login(Check check) {
    if (!signIn.isAllowed(check)) {
      return answered(refusals.malformed(check.request(), Reason.HOST_UNKNOWN));
    }
    long cookie = sessionCookieOf(check.request());
    if (!Span.isPresent(cookie)) {
      boolean ambiguous = cookie == Span.AMBIGUOUS;
      return answered(
          signIn.start(check, ambiguous ? Reason.SESSION_COOKIE_AMBIGUOUS : Reason.NO_SESSION));
    }
    SessionSecret secret = sessionCookie.parse(check.request().bytes(), cookie);
    if (secret == null) {
      Reason refusal = sessionCookie.refusal(check.request().bytes(), cookie);
      return answered(signIn.start(check, refusal));
    }
    return sessions
        .find(secret, check.nowMillis())
        .thenCompose(lookup ->
            switch (lookup) {
              case SessionLookup.None none -> answered(signIn.start(check, none.reason()));
              case SessionLookup.Found found -> withSession(check, found.session());
            });
  }

  private long sessionCookieOf(CheckRequest request) {
    long found = Span.ABSENT;
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), COOKIE)) {
        long one = sessionCookieField.find(request.bytes(), request.headerValue(i));
        found = CookieField.combine(found, one);
      }
    }
    return found;
  }

  private CompletionStage<Decision> withSession(Check check, Session session) {
    if (refresher.isExpired(session, check.nowMillis())) {
      return afterRefresh(check, session);
    }
    Decision decision = allow(check, session);
    if (refresher.isDue(session, check.nowMillis())) {
      refreshBehind(session, check.nowMillis());
    }
    return answered(decision);
  }

  /*
   * The wait is cut off on a stage of this check's own: the refresh itself is shared by all who
   * wait for it, and goes on whoever gives up.
   */
  private CompletionStage<Decision> afterRefresh(Check check, Session session) {
    return refresher
        .refresh(session, check.nowMillis())
        .thenApply(result ->
            switch (result) {
              case RefreshResult.Renewed renewed -> allow(check, renewed.session());
              case RefreshResult.Ended ended -> signIn.start(check, ended.reason());
              case RefreshResult.Failed failed -> new Decision.Unavailable(failed.reason());
            })
        .toCompletableFuture()
        .completeOnTimeout(
            new Decision.Unavailable(Reason.REFRESH_PENDING),
            Deadline.refreshWaitNanos(check.request()),
            TimeUnit.NANOSECONDS);
  }

  /** The token is still good: a refresh that fails is somebody else's concern, not this check's. */
  private void refreshBehind(Session session, long nowMillis) {
    try {
      var _ = refresher.refresh(session, nowMillis);
    } catch (RuntimeException e) {
      LOG.error("a refresh could not be started: {}", described(e));
    }
  }

  private Decision allow(Check check, Session session) {
    HeaderMutations mutations = identityHeaders.forSession(check.request(), session);
    return mutations == null
        ? refusals.forbidden(check.request(), Reason.HEADER_VALUE_REFUSED)
        : new Decision.Allow(mutations);
  }

  private Decision trouble(Throwable failure) {
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
    LOG.error("a check met a defect: {}", described(cause));
    return new Decision.Unavailable(Reason.INTERNAL_ERROR);
  }

  /** Where it went wrong, without the message: that may hold something of the request. */
  private static String described(@Nullable Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      text.append(text.isEmpty() ? "" : " caused by ").append(each.getClass().getName());
      StackTraceElement[] frames = each.getStackTrace();
      for (int i = 0; i < Math.min(frames.length, LOGGED_FRAMES); i++) {
        text.append(" at ").append(frames[i]);
      }
    }
    return text.toString();
  }

  private static CompletionStage<Decision> answered(Decision decision) {
    return CompletableFuture.completedFuture(decision);
  }
}
