package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a provider is reached, what it is asked, and where it sends browsers back to. */
class ProviderSettingsTest {
  private static LimenConfig with(String provider, String redirects, String... environment) {
    String yaml =
        """
        version: 1
        providers:
          - id: main
            clientID: limen
            clientSecret: {value: not-to-be-seen}
            oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
            %s
        redirects: %s
        """
            .formatted(provider, redirects);
    return new ConfigLoader(
            environment.length == 0 ? Map.of() : Map.of(environment[0], environment[1]))
        .parse(yaml);
  }

  private static ProviderConfig provider(String line) {
    return with(line, "{whitelistDomains: [shop.example.com]}").provider("main");
  }

  @Test
  void everyDefaultIsPinned() {
    ProviderConfig provider = provider("");
    assertThat(provider.proxy()).isNull();
    assertThat(provider.useSystemTrustStore()).isTrue();
    assertThat(provider.loginURLParameters()).isEmpty();
    assertThat(with("", "{whitelistDomains: [a.example]}").redirects().redirectURLs()).isEmpty();
    LoginParameter parameter =
        provider("loginURLParameters: [{name: prompt, anyValue: true}]")
            .loginURLParameters()
            .getFirst();
    assertThat(parameter.defaults()).isEmpty();
    assertThat(parameter.allow()).isEmpty();
    assertThat(
            provider("loginURLParameters: [{name: prompt, default: [login]}]")
                .loginURLParameters()
                .getFirst()
                .anyValue())
        .isFalse();
  }

  @Nested
  class AProxy {
    @ParameterizedTest
    @ValueSource(strings = {"http://proxy:3128", "http://10.0.0.7:8080/", "http://[::1]:3128"})
    void isAHostAndAPort(String proxy) {
      assertThat(provider("proxy: \"" + proxy + "\"").proxy()).hasToString(proxy);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "http://proxy",
          "http://proxy:0",
          "http://proxy:70000",
          "https://proxy:3128",
          "socks5://proxy:1080",
          "proxy:3128",
          "http://proxy:3128/x",
          "http://proxy:3128?x",
        })
    void andNothingElse(String proxy) {
      assertThatThrownBy(() -> provider("proxy: \"" + proxy + "\""))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("providers[0].proxy (line ")
          .hasMessageContaining(": found " + proxy);
    }

    @Test
    void withCredentialsIsRefusedWithoutNamingThem() {
      assertThatThrownBy(() -> provider("proxy: \"http://me:secret@proxy:3128\""))
          .hasMessageContaining("found a URL that may hold credentials")
          .message()
          .doesNotContain("secret");
    }

    @Test
    void canComeFromTheEnvironment() {
      LimenConfig config =
          with(
              "",
              "{whitelistDomains: [a.example]}",
              "LIMEN_PROVIDERS_0_PROXY",
              "http://proxy:3128");
      assertThat(config.provider("main").proxy()).hasToString("http://proxy:3128");
    }
  }

  @Test
  void withoutTheSystemsAuthoritiesThereMustBeOthers() {
    assertThat(provider("caFiles: [/ca.pem]\n    useSystemTrustStore: false").useSystemTrustStore())
        .isFalse();
    assertThatThrownBy(() -> provider("useSystemTrustStore: false"))
        .hasMessageContaining("useSystemTrustStore (line 7): found false without caFiles");
  }

  @Nested
  class ALoginParameter {
    private static LoginParameter parameter(String keys) {
      return provider("loginURLParameters: [{" + keys + "}]").loginURLParameters().getFirst();
    }

    @Test
    void hasTheShapeOfOauth2Proxys() {
      LoginParameter parameter =
          parameter("name: prompt, default: [login], allow: [{value: login}, {value: none}]");
      assertThat(parameter.name()).isEqualTo("prompt");
      assertThat(parameter.defaults()).containsExactly("login");
      assertThat(parameter.allow())
          .extracting(LoginParameter.AllowedValue::value)
          .containsExactly("login", "none");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "response_type",
          "response_mode",
          "client_id",
          "client_secret",
          "redirect_uri",
          "scope",
          "state",
          "nonce",
          "code_challenge",
          "code_challenge_method",
          "request",
          "request_uri",
          "max_age",
          "rd",
          "STATE",
          "Redirect_Uri"
        })
    void isNeverOneThatLimenSetsItself(String name) {
      assertThatThrownBy(() -> parameter("name: " + name + ", anyValue: true"))
          .isInstanceOf(ConfigException.class)
          .hasMessageStartingWith("providers[0].loginURLParameters[0].name (line ")
          .hasMessageEndingWith(
              ": found " + name + ", expected a parameter that Limen does not set itself");
    }

    // spotless:off
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "name: prompt | found prompt without a value",
      "name: prompt, anyValue: true, allow: [{value: a}] | found values beside anyValue",
      "name: 'a b', anyValue: true | found a b",
      "name: '', anyValue: true | .name",
      "name: a, default: [''] | .default",
      "name: a, default: [\"x\\n\"] | .default",
      "name: a, allow: [{value: ''}] | allow[0].value",
      "name: a, allow: [{pattern: b}] | allow[0].pattern",
      "name: a, allow: [{}] | found nothing",
    })
    // spotless:on
    void thatMakesNoSenseStopsTheStart(String keys, String message) {
      assertThatThrownBy(() -> parameter(keys))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(message.strip());
    }

    @Test
    void isReadUpToItsLimitAndRefusedBeyond() {
      String longest = "a".repeat(LoginParameter.MAX_VALUE_LENGTH);
      assertThat(parameter("name: a, default: [" + longest + "]").defaults())
          .containsExactly(longest);
      assertThatThrownBy(() -> parameter("name: a, default: [" + longest + "a]"))
          .hasMessageStartingWith("providers[0].loginURLParameters[0].default (line ");
    }

    @Test
    void standsOnce() {
      assertThatThrownBy(() ->
              provider("loginURLParameters: [{name: a, anyValue: true}, {name: a, default: [b]}]"))
          .hasMessageStartingWith("providers[0].loginURLParameters[].name");
    }
  }

  @Nested
  class SeveralCallbacks {
    @Test
    void areEnoughToKnowWhoMayLogIn() {
      RedirectsConfig redirects =
          with("", "{redirectURLs: [\"https://a.example/oauth2/callback\"]}").redirects();
      assertThat(redirects.redirectURLs()).hasSize(1);
    }

    // spotless:off
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{redirectURLs: [/oauth2/callback]} | found /oauth2/callback",
      "{redirectURLs: [\"ftp://a.example/x\"]} | found ftp://a.example/x",
      "{redirectURL: \"mailto:a@b\"} | found a URL that may",
      "{redirectURLs: [\"https://a.example/x\", \"https://A.example/y\"]} | found https://A.example/y",
      "{redirectURL: 'https://a.example/x', redirectURLs: ['https://a.example/y']} | found https://a.example/y",
      "{} | found neither",
    })
    // spotless:on
    void thatMakeNoSenseStopTheStart(String redirects, String message) {
      assertThatThrownBy(() -> with("", redirects))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(message.strip());
    }
  }
}
