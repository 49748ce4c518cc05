package dev.limen.config;

/**
 * Where to listen.
 *
 * @param host an address, or a name that resolves to one of this machine's
 * @param port 0 to 65535; 0 lets the system choose, which tests do
 */
public record BindAddress(String host, int port) {
  /** Reads {@code host:port}, {@code [v6]:port}; {@code key} is for the message. */
  public static BindAddress parse(String key, String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    String port = text.substring(colon + 1);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    boolean good =
        !host.isEmpty() && port.matches("[0-9]{1,5}") && Integer.parseInt(port) <= 65_535;
    Require.that(good, key, text, "host:port, such as 0.0.0.0:4180");
    return new BindAddress(host, Integer.parseInt(port));
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
