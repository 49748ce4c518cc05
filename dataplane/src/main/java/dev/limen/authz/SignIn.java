package dev.limen.authz;

import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.Reason;
import dev.limen.config.LimenConfig;
import dev.limen.login.HostPolicy;
import dev.limen.login.Login;
import dev.limen.login.ReturnTo;
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
  private final OpenIdProvider provider;
  private final Login login;

  /** Signs in at the provider that {@code defaults.provider} names. */
  SignIn(LimenConfig config, Map<String, OpenIdProvider> providers, Login login) {
    OpenIdProvider known = providers.get(config.defaults().provider());
    if (known == null) {
      throw new IllegalArgumentException("no provider with id=" + config.defaults().provider());
    }
    this.hosts = new HostPolicy(config.redirects(), config.web().proxyPrefix());
    this.provider = known;
    this.login = login;
  }

  /** Whether people may sign in at the check's host at all. */
  boolean isAllowed(Check check) {
    return hosts.isAllowed(scheme(check.request()), authority(check));
  }

  /** The answer to {@code check}, of which no session is known for {@code reason}. */
  Decision start(Check check, Reason reason) {
    CheckRequest request = check.request();
    if (!Navigation.isNavigation(request)) {
      return new Decision.Deny(401, reason);
    }
    String target = request.text(request.target().path());
    ReturnTo returnTo = ReturnTo.ofBytes(scheme(request), authority(check), target);
    Decision started = login.start(provider, returnTo, cookies(request), check.nowMillis());
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
