package dev.limen.login;

import dev.limen.check.Decision;
import dev.limen.check.Defect;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.config.ProviderConfig;
import dev.limen.cookie.SetCookie;
import dev.limen.crypto.KeyRing;
import dev.limen.metrics.Counter;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.OpenIdProvider;
import dev.limen.pages.Pages;
import dev.limen.session.SessionCookie;
import dev.limen.session.Sessions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The browser's way in and out: Limen's own endpoints below {@code web.proxyPrefix}.
 *
 * <pre>
 *   GET       start      302 to the provider, with a flow cookie
 *   GET       callback   302 to where the browser wanted to go, with a session cookie
 *   GET       sign_out   200 and a page that asks; nothing has changed
 *   POST      sign_out   302 to the provider's end-session endpoint, session ended
 *   GET       signed_out 302 to where the browser wanted to go, on its way back from there
 *   POST      backchannel_logout   200, 400 or 503, for a provider: its session has ended
 *   GET       userinfo   200 and JSON, or 401
 * </pre>
 *
 * <p>Invariant: every request gets an answer, whatever happens; only hosts that the configuration
 * allows take part. Source: the paths are oauth2-proxy's. Safe for all threads.
 */
public final class Login {
  private static final String BACKCHANNEL_LOGOUT = EndpointRequest.BACKCHANNEL_LOGOUT.substring(1);

  private static final Logger LOG = LoggerFactory.getLogger(Login.class);

  private final String prefix;
  private final Map<String, OpenIdProvider> providers;
  private final ProviderChoice choice;
  private final Map<String, LoginParameters> parameters = new HashMap<>();
  private final RedirectPolicy redirects;
  private final HostPolicy hosts;
  private final LoginPages pages;
  private final SessionIssue issue;
  private final String cookieName;
  private final SignIn signIn;
  private final Callback callback;
  private final SignOut signOut;
  private final LogoutReturn logoutReturn;
  private final BackChannelLogout backChannelLogout;
  private final UserInfo userInfo;
  private final Counter logins;

  /** As below, and {@code start} signs in at {@code defaults.provider} wherever it returns to. */
  public Login(
      LimenConfig config,
      Map<String, OpenIdProvider> providers,
      Sessions sessions,
      SessionCookie sessionCookie,
      KeyRing keys,
      Metrics metrics) {
    this(
        config,
        providers,
        (_, _, _) -> config.defaults().provider(),
        sessions,
        sessionCookie,
        keys,
        metrics);
  }

  /** The endpoints of {@code config}; {@code providers} by id. */
  public Login(
      LimenConfig config,
      Map<String, OpenIdProvider> providers,
      ProviderChoice choice,
      Sessions sessions,
      SessionCookie sessionCookie,
      KeyRing keys,
      Metrics metrics) {
    prefix = config.web().proxyPrefix();
    String defaultId = config.defaults().provider();
    if (!providers.containsKey(defaultId)) {
      throw new IllegalArgumentException("defaults.provider must be started: " + defaultId);
    }
    this.providers = Map.copyOf(providers);
    this.choice = choice;
    for (ProviderConfig each : config.providers()) {
      parameters.put(each.id(), new LoginParameters(each, metrics));
    }
    hosts = new HostPolicy(config.redirects(), prefix);
    redirects = new RedirectPolicy(hosts, config.redirects().defaultPath(), prefix);
    cookieName = config.cookie().name();
    SetCookie setCookie = new SetCookie(config.cookie().secure());
    FlowCookies flowCookies = new FlowCookies(config.cookie(), keys, setCookie);
    pages = new LoginPages(new Pages(prefix), prefix);
    issue = new SessionIssue(sessions, sessionCookie, setCookie, cookieName);
    signIn = new SignIn(redirects, flowCookies, pages);
    LoginRounds rounds =
        new LoginRounds(cookieName, setCookie, config.cookie().flow().expire().toSeconds());
    callback = new Callback(providers, flowCookies, rounds, redirects, issue, pages);
    logoutReturn = new LogoutReturn(redirects, flowCookies, prefix);
    signOut = new SignOut(providers, redirects, logoutReturn, issue, sessions.revocations(), pages);
    backChannelLogout =
        new BackChannelLogout(
            withBackChannel(config, providers), sessions.revocations(), sessions.spentTokens());
    userInfo = new UserInfo(issue);
    logins = metrics.counter("limen_logins_total", "Logins, by what became of them", "outcome");
  }

  /**
   * Sends a navigation without a session to {@code provider}, and back to where it wanted to go.
   *
   * @param returnTo what was asked for, as the gateway said it
   * @param cookieHeaders the request's {@code Cookie} field values: logins under way are among them
   */
  public Decision start(
      OpenIdProvider provider, ReturnTo returnTo, List<String> cookieHeaders, long nowMillis) {
    return start(provider, returnTo, cookieHeaders, StepUp.NONE, nowMillis);
  }

  /** The same, and the provider is asked for {@code stepUp}: of somebody without it, or nobody. */
  public Decision start(
      OpenIdProvider provider,
      ReturnTo returnTo,
      List<String> cookieHeaders,
      StepUp stepUp,
      long nowMillis) {
    RequestCookies cookies = RequestCookies.of(cookieName, cookieHeaders);
    SignIn.Asked asked =
        new SignIn.Asked(parametersOf(provider).of(null, stepUp), stepUp.maxAgeSeconds());
    return counted(signIn.begin(provider, returnTo, cookies, asked, nowMillis));
  }

  /** Answers a request for one of the endpoints; never completes exceptionally. */
  public CompletionStage<Decision> handle(EndpointRequest request, long nowMillis) {
    try {
      return dispatch(request, nowMillis).exceptionally(trouble -> broken(trouble));
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(broken(e));
    }
  }

  private CompletionStage<Decision> dispatch(EndpointRequest request, long nowMillis) {
    String name =
        request.path().startsWith(prefix + "/")
            ? request.path().substring(prefix.length() + 1)
            : "";
    if (name.equals(BACKCHANNEL_LOGOUT)) {
      // Called by the provider, by whatever name it reaches this place under.
      return request.method().equals("POST")
          ? backChannelLogout.answer(request.form(), nowMillis)
          : wrongMethod();
    }
    if (!name.equals("userinfo") && !hosts.isAllowed(request.scheme(), request.host())) {
      return done(pages.refusal(400, Reason.HOST_UNKNOWN));
    }
    RequestCookies cookies = issue.cookiesOf(request);
    boolean get = request.method().equals("GET");
    boolean post = request.method().equals("POST");
    return switch (name) {
      case "start" -> get ? done(startAsWished(request, nowMillis)) : wrongMethod();
      case "callback" ->
          get
              ? callback.answer(request, cookies, nowMillis).thenApply(this::counted)
              : wrongMethod();
      case "sign_out" -> get || post ? signOut.answer(request, cookies, nowMillis) : wrongMethod();
      case "signed_out" ->
          get ? done(logoutReturn.answer(request, cookies, nowMillis)) : wrongMethod();
      case "userinfo" -> get ? userInfo.answer(cookies, nowMillis) : wrongMethod();
      default -> done(pages.refusal(404, Reason.NOT_FOUND));
    };
  }

  private Decision startAsWished(EndpointRequest request, long nowMillis) {
    QueryString query = QueryString.parse(request.rawQuery());
    String wish = query == null ? null : query.single("rd");
    // No path at all is no place to return to, so that the default is taken.
    ReturnTo returnTo = new ReturnTo(request.scheme(), request.host(), wish == null ? "" : wish);
    OpenIdProvider provider = providerFor(returnTo);
    SignIn.Asked asked =
        new SignIn.Asked(parametersOf(provider).of(query, StepUp.NONE), StepUp.ANY_AGE);
    RequestCookies cookies = issue.cookiesOf(request);
    return counted(signIn.begin(provider, returnTo, cookies, asked, nowMillis));
  }

  private OpenIdProvider providerFor(ReturnTo wish) {
    String target = redirects.target(wish.scheme(), wish.host(), wish.target());
    ReturnTo address = RedirectPolicy.address(wish.scheme(), wish.host(), target);
    String id = choice.providerFor(address.scheme(), address.host(), address.target());
    OpenIdProvider provider = providers.get(id);
    if (provider == null) {
      throw new IllegalStateException("a provider that is not started: " + id);
    }
    return provider;
  }

  private LoginParameters parametersOf(OpenIdProvider provider) {
    LoginParameters known = parameters.get(provider.id());
    if (known == null) {
      throw new IllegalStateException("a provider that is not configured: " + provider.id());
    }
    return known;
  }

  private Decision counted(Decision decision) {
    String outcome = Decision.label(decision);
    logins.increment(outcome);
    LOG.debug("login outcome={}", outcome);
    return decision;
  }

  private CompletionStage<Decision> wrongMethod() {
    return done(pages.refusal(405, Reason.METHOD_NOT_ALLOWED));
  }

  private Decision broken(Throwable trouble) {
    LOG.error("an endpoint met a defect: {}", Defect.described(trouble));
    return new Decision.Unavailable(Reason.INTERNAL_ERROR);
  }

  private static List<OpenIdProvider> withBackChannel(
      LimenConfig config, Map<String, OpenIdProvider> providers) {
    List<OpenIdProvider> chosen = new ArrayList<>();
    for (ProviderConfig each : config.providers()) {
      OpenIdProvider provider = providers.get(each.id());
      if (provider != null && each.logout().backChannel()) {
        chosen.add(provider);
      }
    }
    return chosen;
  }

  private static CompletionStage<Decision> done(Decision decision) {
    return CompletableFuture.completedFuture(decision);
  }
}
