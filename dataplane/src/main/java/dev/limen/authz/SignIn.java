package dev.limen.authz;

import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.login.HostPolicy;
import dev.limen.login.Login;
import dev.limen.login.ReturnTo;
import dev.limen.login.StepUp;
import dev.limen.oidc.OpenIdProvider;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The answer to a request that needs somebody and brings nobody.
 *
 * <p>Invariant: a person is sent to sign in, with the reason that a session was not accepted as the
 * reason of the answer; a program gets 401. Immutable; safe for all threads.
 */
final class SignIn {
  private static final byte[] COOKIE = "cookie".getBytes(StandardCharsets.US_ASCII);

  private final HostPolicy hosts;
  private final Map<String, OpenIdProvider> providers;
  private final Login login;

  /** Signs in at the provider that a check's route names. */
  SignIn(LimenConfig config, Map<String, OpenIdProvider> providers, Login login) {
    this.hosts = new HostPolicy(config.redirects(), config.web().proxyPrefix());
    this.providers = Map.copyOf(providers);
    this.login = login;
  }

  /** Whether people may sign in at the check's host at all. */
  boolean isAllowed(Check check) {
    return hosts.isAllowed(scheme(check.request()), authority(check));
  }

  /** The answer to {@code check}, of which no session is known for {@code reason}. */
  Decision start(Check check, Reason reason) {
    return Navigation.isNavigation(check.request())
        ? toProvider(check, reason, StepUp.NONE)
        : new Decision.Deny(401, reason);
  }

  /** Sends somebody who is signed in to the provider once more, who mends {@code refusal} there. */
  Decision stepUp(Check check, RuleRefusal refusal) {
    StepUp stepUp = new StepUp(refusal.acrValues(), refusal.maxAgeSeconds());
    return toProvider(check, refusal.reason(), stepUp);
  }

  private Decision toProvider(Check check, Reason reason, StepUp stepUp) {
    CheckRequest request = check.request();
    String target = request.text(request.target().path());
    ReturnTo returnTo = ReturnTo.ofBytes(scheme(request), authority(check), target);
    OpenIdProvider provider = providers.get(check.route().provider());
    if (provider == null) {
      throw new IllegalStateException("no provider with id=" + check.route().provider());
    }
    Decision started = login.start(provider, returnTo, cookies(request), stepUp, check.nowMillis());
    return started instanceof Decision.Redirect redirect
        ? new Decision.Redirect(redirect.location(), redirect.setCookies(), reason)
        : started;
  }

  private static List<String> cookies(CheckRequest request) {
    List<String> fields = new ArrayList<>(1);
    for (int i = 0; i < request.headerCount(); i++) {
      if (request.isSame(request.headerName(i), COOKIE)) {
        fields.add(request.text(request.headerValue(i)));
      }
    }
    return fields;
  }

  private static String authority(Check check) {
    return check.host().authority(scheme(check.request()));
  }

  private static String scheme(CheckRequest request) {
    return HostName.isPlainHttp(request) ? "http" : "https";
  }
}
