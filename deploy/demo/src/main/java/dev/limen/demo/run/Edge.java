package dev.limen.demo.run;

/**
 * The public side: one listener, two hosts. Services and provider never share a cookie, since to a
 * browser {@code localhost} and {@code 127.0.0.1} are two hosts.
 *
 * @param scheme http or https
 * @param port of the listener
 */
public record Edge(String scheme, int port) {
  public static final Edge PLAIN = new Edge("http", Ports.GATEWAY);
  public static final Edge TLS = new Edge("https", Ports.GATEWAY_TLS);

  public String services() {
    return scheme + "://" + servicesAuthority();
  }

  public String servicesAuthority() {
    return "localhost:" + port;
  }

  public String provider() {
    return scheme + "://" + providerAuthority();
  }

  public String providerAuthority() {
    return "127.0.0.1:" + port;
  }

  public String issuer() {
    return provider() + "/realms/limen";
  }

  public String callback() {
    return services() + "/oauth2/callback";
  }
}
