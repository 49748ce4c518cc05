package dev.limen.authz;

import dev.limen.bytes.Span;
import dev.limen.check.CheckRequest;
import dev.limen.config.LimenConfig;
import dev.limen.login.ProviderChoice;
import java.nio.charset.StandardCharsets;

/**
 * Says at which provider a login begins that is to end at an address: at that of the address'
 * route.
 *
 * <p>Invariant: asks the very table that checks are decided by, as a GET; what it cannot place goes
 * to {@code defaults.provider}. Safe for all threads.
 */
public final class RouteProviders implements ProviderChoice {
  private static final String GET = "GET";

  private final RouteTable routes;
  private final String byDefault;

  /** By the routes of {@code config}. */
  public RouteProviders(LimenConfig config) {
    routes = new RouteTable(config.routes(), config.defaults());
    byDefault = config.defaults().provider();
  }

  @Override
  public String providerFor(String scheme, String host, String path) {
    CheckRequest request = asked(scheme, host, path);
    HostName name = HostName.of(request);
    NormalPath judged = NormalPath.of(request.bytes(), request.target().path());
    if (name == null || judged.refusal() != null) {
      return byDefault;
    }
    Route route = routes.routeOf(request, name, judged);
    return route == null ? byDefault : route.provider();
  }

  private static CheckRequest asked(String scheme, String host, String path) {
    byte[] bytes = (GET + scheme + host + path).getBytes(StandardCharsets.ISO_8859_1);
    int schemeStart = GET.length();
    int hostStart = schemeStart + scheme.length();
    int pathStart = hostStart + host.length();
    CheckRequest.Target target =
        new CheckRequest.Target(
            Span.of(0, schemeStart),
            Span.of(schemeStart, hostStart),
            Span.of(hostStart, pathStart),
            Span.of(pathStart, bytes.length));
    return new CheckRequest(bytes, target, Long.MAX_VALUE);
  }
}
