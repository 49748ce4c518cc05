package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One run says everything that is wrong, each with its place, as a compiler does. */
class ConfigReportTest {
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

  private static List<String> errors(String yaml) {
    return errors(yaml, Map.of());
  }

  private static List<String> errors(String yaml, Map<String, String> environment) {
    ConfigReport report = new ConfigLoader(environment).check(yaml);
    assertThat(report.config() == null).isEqualTo(!report.errors().isEmpty());
    return report.errors().stream().map(each -> each.line("limen.yaml", "error")).toList();
  }

  @Test
  void aGoodFileHasNoErrors() {
    assertThat(errors(GOOD)).isEmpty();
  }

  @Test
  void unknownKeysWrongTypesBoundsAndRulesAcrossKeysAreAllSaidAtOnce() {
    assertThat(
            errors(
                GOOD
                    + """
                    session:
                      idelTimeout: 5m
                      absoluteTimeout: 31d
                      store: {type: cookie}
                    cookie:
                      flow: {maxFlows: 33}
                      secure: perhaps
                    routes:
                      - {match: {path: no-slash}, mode: public}
                      - match: {path: /a}
                    defaults: {provider: other}
                    """))
        .containsExactly(
            "limen.yaml:9:3: error: session.idelTimeout: found an unknown key, expected"
                + " idleTimeout?",
            "limen.yaml:10:3: error: session.absoluteTimeout: found 31d, expected 1s to 30d",
            "limen.yaml:11:11: error: session.store.type: found cookie, expected memory or redis",
            "limen.yaml:13:10: error: cookie.flow.maxFlows: found 33, expected 1 to 32",
            "limen.yaml:14:3: error: cookie.secure: found perhaps, expected true or false",
            "limen.yaml:16:14: error: routes[0].match.path: found no-slash, expected a path such as"
                + " /a, /a/*/b or /report-*.pdf, or a prefix such as /a/*",
            "limen.yaml:17:5: error: routes[1].mode: found nothing, expected login, bearer, either,"
                + " optional, public or deny");
  }

  @Test
  void aRuleAcrossGroupsIsSaidBesideAValueThatIsOutOfBounds() {
    assertThat(errors(GOOD + "cookie: {flow: {maxFlows: 33}}\ndefaults: {provider: other}\n"))
        .containsExactly(
            "limen.yaml:8:17: error: cookie.flow.maxFlows: found 33, expected 1 to 32",
            "limen.yaml:9:12: error: defaults.provider: found other, expected the id of one of"
                + " providers");
  }

  @Test
  void aRuleOfOneElementNamesTheElement() {
    String second =
        """
          - id: Second
            clientID: limen
            clientSecret: {value: a}
            oidcConfig: {issuerURL: "https://idp.example.com/realms/b"}
        """;
    assertThat(errors(GOOD.replace("redirects", second + "redirects")))
        .containsExactly(
            "limen.yaml:7:5: error: providers[1].id: found Second, expected lower-case letters,"
                + " digits and hyphens, at most 32");
  }

  @Test
  void whatAReplacedDefaultWouldBreakIsNotSaid() {
    assertThat(errors(GOOD + "session: {absoluteTimeout: 31d, idleTimeout: 20h}\n")).hasSize(1);
  }

  @Test
  void aValueFromTheEnvironmentIsBlamedOnItsVariable() {
    assertThat(errors(GOOD, Map.of("LIMEN_SESSION_IDLE_TIMEOUT", "13h")))
        .containsExactly(
            "LIMEN_SESSION_IDLE_TIMEOUT: error: session.idleTimeout: found 13h, expected at most"
                + " session.absoluteTimeout, which is 12h");
  }

  @Test
  void aFileThatIsNoYamlIsOneErrorWithItsPlace() {
    assertThat(errors("version: 1\nserver: [\n"))
        .singleElement()
        .asString()
        .startsWith("limen.yaml:2:10: error: ")
        .endsWith(", expected well-formed YAML, each key once");
    assertThat(errors("- a\n")).singleElement().asString().startsWith("limen.yaml:1:1: error: ");
  }

  @Test
  void aWarningHasTheLineOfItsKey() {
    ConfigReport report =
        new ConfigLoader(Map.of("LIMEN_NO_SUCH", "x"))
            .check(GOOD + "cookie:\n  secure: false\n  name: limen\n");
    assertThat(report.warningFindings())
        .extracting(each -> each.line("limen.yaml", "warning"))
        .contains(
            "environment: warning: environment variable LIMEN_NO_SUCH names no configuration key",
            "limen.yaml:9: warning: cookie.secure is false: the session cookie travels in clear"
                + " text")
        .anyMatch(line -> line.startsWith("limen.yaml:1: warning: session.store.type is memory"));
  }

  @Test
  void noErrorShowsASecretOrBreaksItsLine() {
    List<String> lines =
        errors(
            GOOD.replace("{value: not-to-be-seen}", "{value: not-to-be-seen, fromEnv: A}")
                + "web: {proxyPrefix: \"/a\\nb\"}\n");
    assertThat(lines).hasSize(2).noneMatch(line -> line.contains("not-to-be-seen"));
    assertThat(lines).allMatch(line -> line.lines().count() == 1);
  }

  @Test
  void everyFileThatIsNamedIsKnown() {
    String yaml =
        GOOD.replace("{value: not-to-be-seen}", "{fromFile: /no/such/secret}")
            .replace("    oidcConfig", "    caFiles: [/no/such/ca.pem]\n    oidcConfig");
    assertThat(new ConfigLoader(Map.of()).check(yaml).files())
        .extracting(Object::toString)
        .containsExactlyInAnyOrder("/no/such/secret", "/no/such/ca.pem");
  }
}
