package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.config.RedirectsConfig;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which hosts may log in, and where each gets its answer. */
final class HostPolicyTest {
  private static HostPolicy policy(@Nullable String redirectUrl, String... domains) {
    URI url = redirectUrl == null ? null : URI.create(redirectUrl);
    return new HostPolicy(new RedirectsConfig(List.of(domains), url, List.of(), "/"), "/oauth2");
  }

  @Nested
  class WithAConfiguredCallback {
    private final HostPolicy policy = policy("http://localhost:8080/oauth2/callback");

    // spotless:off
    @ParameterizedTest
    @CsvSource({
      "http,  localhost:8080,     true",
      "http,  LOCALHOST:8080,     true",
      "http,  localhost.:8080,    true",
      "https, localhost:8080,     true",
      "http,  localhost,          false",
      "http,  localhost:8081,     false",
      "http,  localhost:80800,    false",
      "http,  localhost:08080,    true",
      "http,  evil.example,       false",
      "http,  evil.example:8080,  false",
      "http,  localhost.evil:8080,false",
      "http,  evil-localhost:8080,false",
      "http,  a.localhost:8080,   false",
      "http,  localhost:8080:8080,false",
      "http,  x@localhost:8080,   false",
      "http,  localhost:8080/,    false",
      "http,  localhost:8080@evil,false",
      "http,  127.0.0.1:8080,     false",
      "http,  [::1]:8080,         false",
      "ftp,   localhost:8080,     false",
      "HTTP,  localhost:8080,     false",
      "'',    localhost:8080,     false",
      "http,  '',                 false",
      "http,  :8080,              false",
      "http,  .:8080,             false",
      "http,  ..localhost:8080,   false",
    })
    // spotless:on
    void onlyItsOwnHostMayLogIn(String scheme, String host, boolean allowed) {
      assertThat(policy.isAllowed(scheme, host)).isEqualTo(allowed);
    }

    @Test
    void theCallbackIsTheConfiguredOneHoweverTheHostIsSpelt() {
      assertThat(policy.redirectUri("http", "LocalHost.:8080"))
          .isEqualTo("http://localhost:8080/oauth2/callback");
    }

    @Test
    void aGatewayBehindAnotherThatEndsTlsStillHasIt() {
      HostPolicy tls = policy("https://shop.example.com/oauth2/callback");
      assertThat(tls.redirectUri("http", "shop.example.com"))
          .isEqualTo("https://shop.example.com/oauth2/callback");
      assertThat(tls.redirectUri("https", "shop.example.com:443")).isNotNull();
      assertThat(tls.redirectUri("https", "shop.example.com:80")).isNull();
    }

    @Test
    void anIpv6AddressIsAHostToo() {
      HostPolicy ipv6 = policy("http://[::1]:8080/oauth2/callback");
      assertThat(ipv6.isAllowed("http", "[::1]:8080")).isTrue();
      assertThat(ipv6.isAllowed("http", "[::1]")).isFalse();
      assertThat(ipv6.isAllowed("http", "[::2]:8080")).isFalse();
      assertThat(ipv6.isAllowed("http", "[::1:8080")).isFalse();
      assertThat(ipv6.isAllowed("http", "::1:8080")).isFalse();
    }
  }

  @Nested
  class WithDomains {
    private final HostPolicy policy =
        policy(null, "shop.example.com", ".apps.example.com", "ported.example.com:8443", ".b:9000");

    // spotless:off
    @ParameterizedTest
    @CsvSource({
      "https, shop.example.com,           true",
      "https, shop.example.com:8443,      true",
      "https, SHOP.example.COM.,          true",
      "https, xshop.example.com,          false",
      "https, a.shop.example.com,         false",
      "https, shop.example.com.evil.org,  false",
      "https, example.com,                false",
      "https, a.apps.example.com,         true",
      "https, b.a.apps.example.com,       true",
      "https, apps.example.com,           false",
      "https, aapps.example.com,          false",
      "https, evilapps.example.com,       false",
      "https, x.evilapps.example.com,     false",
      "https, x.y.evil-apps.example.com,  false",
      "https, .apps.example.com,          false",
      "https, a..apps.example.com,        false",
      "https, ported.example.com:8443,    true",
      "https, ported.example.com,         false",
      "https, ported.example.com:8444,    false",
      "https, a.b:9000,                   true",
      "https, a.b,                        false",
      "https, a.b:9001,                   false",
    })
    // spotless:on
    void labelsAreComparedOneByOne(String scheme, String host, boolean allowed) {
      assertThat(policy.isAllowed(scheme, host)).isEqualTo(allowed);
    }

    @Test
    void theCallbackIsBuiltForTheHostThatWasAskedFor() {
      assertThat(policy.redirectUri("https", "A.apps.example.com."))
          .isEqualTo("https://a.apps.example.com/oauth2/callback");
      assertThat(policy.redirectUri("http", "shop.example.com:8080"))
          .isEqualTo("http://shop.example.com:8080/oauth2/callback");
      assertThat(policy.redirectUri("https", "shop.example.com:443"))
          .isEqualTo("https://shop.example.com/oauth2/callback");
    }

    @Test
    void nothingIsBelowAnAddress() {
      HostPolicy addresses = policy(null, "10.0.0.1", ".0.0.1");
      assertThat(addresses.isAllowed("http", "10.0.0.1")).isTrue();
      assertThat(addresses.isAllowed("http", "127.0.0.1")).isFalse();
    }

    @Test
    void aStandardPortThatIsNamedMeansTheSchemesOwn() {
      HostPolicy standard = policy(null, "shop.example.com:443");
      assertThat(standard.isAllowed("https", "shop.example.com")).isTrue();
      assertThat(standard.isAllowed("https", "shop.example.com:443")).isTrue();
      assertThat(standard.isAllowed("https", "shop.example.com:444")).isFalse();
      assertThat(standard.isAllowed("http", "shop.example.com")).isFalse();
    }
  }

  @Test
  void aDomainBesideTheConfiguredCallbackHasACallbackOfItsOwn() {
    HostPolicy both = policy("https://shop.example.com/oauth2/callback", "desk.example.com");
    assertThat(both.redirectUri("https", "desk.example.com"))
        .isEqualTo("https://desk.example.com/oauth2/callback");
    assertThat(both.redirectUri("https", "shop.example.com"))
        .isEqualTo("https://shop.example.com/oauth2/callback");
  }

  @Nested
  class WithSeveralCallbacks {
    private final HostPolicy policy =
        new HostPolicy(
            new RedirectsConfig(
                List.of("shop.example.com", "desk.example.com"),
                URI.create("https://shop.example.com/oauth2/callback"),
                List.of(
                    URI.create("https://www.example.org/oauth2/callback"),
                    URI.create("https://intra.example:8443/auth/back")),
                "/"),
            "/oauth2");

    // spotless:off
    @ParameterizedTest
    @CsvSource({
      // as the gateway says,         the callback,                    as browsers know it
      "https, shop.example.com,       https://shop.example.com/oauth2/callback,  https://shop.example.com",
      "http,  shop.example.com,       https://shop.example.com/oauth2/callback,  https://shop.example.com",
      "https, WWW.example.org.:443,   https://www.example.org/oauth2/callback,   https://www.example.org",
      "http,  www.example.org,        https://www.example.org/oauth2/callback,   https://www.example.org",
      "http,  intra.example:8443,     https://intra.example:8443/auth/back,      https://intra.example:8443",
      "https, desk.example.com,       https://desk.example.com/oauth2/callback,  https://desk.example.com",
      "http,  desk.example.com,       http://desk.example.com/oauth2/callback,   http://desk.example.com",
      "https, intra.example,          ,                                          ",
      "https, www.example.com,        ,                                          ",
      "https, evil.example,           ,                                          ",
      "ftp,   www.example.org,        ,                                          ",
    })
    // spotless:on
    void eachServesItsOwnHostAndNoOther(
        String scheme, String host, @Nullable String callback, @Nullable String origin) {
      assertThat(policy.redirectUri(scheme, host)).isEqualTo(callback);
      assertThat(policy.origin(scheme, host)).isEqualTo(origin);
    }
  }
}
