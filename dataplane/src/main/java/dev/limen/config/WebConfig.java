package dev.limen.config;

/**
 * The browser-facing endpoints.
 *
 * @param proxyPrefix what stands before {@code /start}, {@code /callback}, {@code /sign_out} and
 *     {@code /userinfo}; oauth2-proxy's name and default
 */
public record WebConfig(
    @Setting(value = "/oauth2", doc = "Before /start, /callback, /sign_out and /userinfo")
        String proxyPrefix) {

  public WebConfig {
    Require.that(
        proxyPrefix.matches("(/[A-Za-z0-9._~-]+)+"),
        "web.proxyPrefix",
        proxyPrefix,
        "a path such as /oauth2, with no slash at its end");
  }
}
