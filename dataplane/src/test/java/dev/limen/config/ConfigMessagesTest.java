package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a value names the whole key, where it stands, and what was found there. */
class ConfigMessagesTest {
  private static final String GOOD =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: not-to-be-seen}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
      redirects: {redirectURL: "https://shop.example.com/oauth2/callback"}
      """;

  private static LimenConfig load(String yaml, Map<String, String> environment) {
    return new ConfigLoader(environment).parse(yaml);
  }

  private static List<String> errors(String yaml, Map<String, String> environment) {
    return new ConfigLoader(environment)
        .check(yaml).errors().stream().map(each -> each.line("limen.yaml", "error")).toList();
  }

  @Test
  void anAddressToListenAtIsNamedWithItsPathAndItsLine() {
    String yaml = GOOD + "server:\n  extAuthz:\n    grpc: {bindAddress: 9191}\n";
    assertThatThrownBy(() -> load(yaml, Map.of()))
        .hasMessage(
            "server.extAuthz.grpc.bindAddress (line 10): found 9191, expected host:port, such as"
                + " 0.0.0.0:4180");
    assertThat(errors(yaml, Map.of()))
        .singleElement()
        .asString()
        .startsWith("limen.yaml:10:12: error: server.extAuthz.grpc.bindAddress: found 9191");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          redirects.whitelistDomains|redirects: {whitelistDomains: a.example}|a.example
          headerPolicy.alsoRemove|headerPolicy: {alsoRemove: X-A}|X-A
          redirects.redirectURLs|redirects: {redirectURLs: 'https://u:s3cret@h'}|a URL that may hold credentials
          routes[0].match.hosts       | routes: [{match: {hosts: 1.10}, mode: public}]  | 1.1
          """)
  void oneValueWhereAListBelongsIsShownAndAListAskedFor(String key, String line, String found) {
    String yaml = line.startsWith("redirects") ? GOOD.replaceFirst("redirects:.*\n", "") : GOOD;
    assertThat(errors(yaml + line + "\n", Map.of()))
        .singleElement()
        .asString()
        .endsWith(key + ": found " + found + ", expected a list, such as [a, b]");
  }

  @Test
  void aValueFromTheEnvironmentNamesItsVariableAndNotALineOfTheFile() {
    String yaml = GOOD + "session: {idleTimeout: 5m}\n";
    assertThatThrownBy(() -> load(yaml, Map.of("LIMEN_SESSION_IDLE_TIMEOUT", "5")))
        .hasMessageStartingWith("session.idleTimeout (LIMEN_SESSION_IDLE_TIMEOUT): found 5, ");
    assertThatThrownBy(
            () -> load(GOOD, Map.of("LIMEN_ROUTES", "[{match: {path: a}, mode: public}]")))
        .hasMessageStartingWith("routes[0].match.path (LIMEN_ROUTES): found a, ");
    assertThatThrownBy(
            () -> load(GOOD, Map.of("LIMEN_ROUTES", "[{mode: login, require: {grup: a}}]")))
        .hasMessage("routes[0].require.grup (LIMEN_ROUTES): found an unknown key, expected group?");
  }

  @Test
  void anUnknownKeyInAVariablesListIsNamedWithWhatWasMeant() {
    Map<String, String> routes = Map.of("LIMEN_ROUTES", "[{match: {paths: /a}, mode: public}]");
    assertThat(errors(GOOD, routes))
        .containsExactly(
            "LIMEN_ROUTES: error: routes[0].match.paths: found an unknown key, expected path?");
  }

  @Test
  void anUnknownKeyOfASecretIsNamedWithItsLineAndWhatWasMeant() {
    String yaml = GOOD.replace("{value: not-to-be-seen}", "{formFile: /x}");
    assertThat(errors(yaml, Map.of()))
        .containsExactly(
            "limen.yaml:5:20: error: providers[0].clientSecret.formFile: found an unknown key,"
                + " expected fromFile?");
    assertThatThrownBy(() -> load(yaml, Map.of()))
        .hasMessageStartingWith("providers[0].clientSecret.formFile (line 5): found an unknown");
    String ring = GOOD + "cookie: {secrets: [{id: k1, formFile: /x}]}\n";
    assertThat(errors(ring, Map.of())).anyMatch(line -> line.endsWith("expected fromFile?"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{s3cret}", "{s3cret: x}", "s3cret", "[s3cret]", "{value: [s3cret]}"})
  void aSecretInTheWrongPlaceIsNotShown(String secret) {
    assertThat(errors(GOOD.replace("{value: not-to-be-seen}", secret), Map.of()))
        .isNotEmpty()
        .noneMatch(line -> line.contains("s3cret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.10", "1e5", "123456", "true"})
  void aSecretThatYamlTakesForSomethingElseIsRefusedUnseen(String value) {
    assertThat(errors(GOOD.replace("not-to-be-seen", value), Map.of()))
        .containsExactly(
            "limen.yaml:5:20: error: providers[0].clientSecret.value: found a number, or true or"
                + " false, expected text; put it in quotes, since it looks like something else");
    String plain = GOOD.replace("{value: not-to-be-seen}", value);
    assertThat(errors(plain, Map.of())).singleElement().asString().contains("found a plain value");
    LimenConfig quoted = load(GOOD.replace("not-to-be-seen", "\"" + value + "\""), Map.of());
    assertThat(quoted.provider("main").clientSecret().reveal()).isEqualTo(value);
  }

  @Test
  void aLeadingZeroStays() {
    String yaml = GOOD.replace("not-to-be-seen", "010").replace("clientID: limen", "clientID: 01");
    assertThat(load(yaml, Map.of()).provider("main").clientSecret().reveal()).isEqualTo("010");
    assertThat(load(yaml, Map.of()).provider("main").clientID()).isEqualTo("01");
    Map<String, String> environment = Map.of("LIMEN_PROVIDERS_0_CLIENT_ID", "02");
    assertThat(load(yaml, environment).provider("main").clientID()).isEqualTo("02");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.10", "123456", "1e5", "true"})
  void textThatYamlTakesForSomethingElseIsRefusedInTheFileAndTakenFromTheEnvironment(String text) {
    assertThat(errors(GOOD.replace("clientID: limen", "clientID: " + text), Map.of()))
        .singleElement()
        .asString()
        .contains("providers[0].clientID: found ")
        .contains("in quotes");
    Map<String, String> environment =
        Map.of("LIMEN_PROVIDERS_0_CLIENT_ID", text, "LIMEN_PROVIDERS_0_CLIENT_SECRET", text);
    ProviderConfig provider = load(GOOD, environment).provider("main");
    assertThat(provider.clientID()).isEqualTo(text);
    assertThat(provider.clientSecret().reveal()).isEqualTo(text);
  }
}
