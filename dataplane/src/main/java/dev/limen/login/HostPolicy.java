package dev.limen.login;

import dev.limen.config.RedirectsConfig;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts may log in and be returned to, and at which address each gets its answer from the
 * provider.
 *
 * <p>Invariant: a {@code redirect_uri} is the configured one, or is built for a host that the
 * configuration allows: never for whatever a {@code Host} header says. Names are compared label by
 * label. Immutable; safe for all threads.
 *
 * <p>The configured {@code redirectURL} and {@code redirectURLs} serve their own hosts. Any other
 * allowed host has an address of its own, since the cookies of a login are host-only: an answer
 * that arrives at another host finds no flow there.
 */
public final class HostPolicy {
  private final List<FixedCallback> fixed;
  private final List<AllowedDomain> domains;
  private final String callbackPath;

  /** The hosts of {@code redirects}; built addresses are at {@code proxyPrefix/callback}. */
  public HostPolicy(RedirectsConfig redirects, String proxyPrefix) {
    Stream<URI> urls = Stream.ofNullable(redirects.redirectURL());
    fixed = Stream.concat(urls, redirects.redirectURLs().stream()).map(FixedCallback::of).toList();
    domains = redirects.whitelistDomains().stream().map(AllowedDomain::of).toList();
    callbackPath = proxyPrefix + "/callback";
  }

  /** Whether {@code host}, as the gateway was asked for it, may log in and be returned to. */
  public boolean isAllowed(String scheme, String host) {
    return redirectUri(scheme, host) != null;
  }

  /**
   * Where the provider sends the browser back to for {@code host}; null if the host is not allowed.
   */
  public @Nullable String redirectUri(String scheme, String host) {
    if (!scheme.equals("http") && !scheme.equals("https")) {
      return null;
    }
    Authority authority = Authority.parse(host, scheme);
    if (authority == null) {
      return null;
    }
    // Not compared with the scheme: TLS may end before the gateway, which then says http.
    FixedCallback own = fixedFor(authority);
    if (own != null) {
      return own.url().toString();
    }
    return domains.stream().anyMatch(domain -> domain.covers(authority, scheme))
        ? scheme + "://" + authority.inUrl() + callbackPath
        : null;
  }

  /**
   * Scheme and authority under which browsers know {@code host}: its callback's; null if the host
   * is not allowed.
   */
  @Nullable String origin(String scheme, String host) {
    Authority authority = isAllowed(scheme, host) ? Authority.parse(host, scheme) : null;
    if (authority == null) {
      return null;
    }
    FixedCallback own = fixedFor(authority);
    return own == null
        ? scheme + "://" + authority.inUrl()
        : own.url().getScheme() + "://" + own.host().inUrl();
  }

  private @Nullable FixedCallback fixedFor(Authority authority) {
    for (FixedCallback each : fixed) {
      if (authority.equals(each.host())) {
        return each;
      }
    }
    return null;
  }

  /**
   * A callback as the configuration has it.
   *
   * @param host the one that it serves
   */
  private record FixedCallback(URI url, Authority host) {
    static FixedCallback of(URI url) {
      Authority host = Authority.parse(url.getRawAuthority(), url.getScheme());
      if (host == null) {
        throw new IllegalArgumentException("redirects.redirectURL must name a host: " + url);
      }
      return new FixedCallback(url, host);
    }
  }

  /**
   * One entry of {@code redirects.whitelistDomains}.
   *
   * @param labels of the name, leftmost first
   * @param below whether all hosts below are meant, and not the name itself
   * @param port the one port, or {@link #ANY_PORT}
   */
  private record AllowedDomain(List<String> labels, boolean below, int port) {
    static final int ANY_PORT = -1;

    static AllowedDomain of(String entry) {
      boolean below = entry.startsWith(".");
      String rest = below ? entry.substring(1) : entry;
      int colon = rest.indexOf(':');
      String name = colon < 0 ? rest : rest.substring(0, colon);
      int port = colon < 0 ? ANY_PORT : Integer.parseInt(rest.substring(colon + 1));
      return new AllowedDomain(labelsOf(name), below, port);
    }

    boolean covers(Authority authority, String scheme) {
      boolean portFits = port == ANY_PORT || Authority.portInUrl(port, scheme) == authority.port();
      return portFits && coversName(labelsOf(authority.name()));
    }

    private boolean coversName(List<String> host) {
      if (!below) {
        return host.equals(labels);
      }
      int more = host.size() - labels.size();
      return more > 0 && !isIpv4(host) && host.subList(more, host.size()).equals(labels);
    }

    /** Nothing is below an address, though its numbers stand between dots too. */
    private static boolean isIpv4(List<String> host) {
      return host.getLast().chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static List<String> labelsOf(String name) {
      return Arrays.asList(name.split("\\.", -1));
    }
  }
}
