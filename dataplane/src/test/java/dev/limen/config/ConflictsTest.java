package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that do not go together stop the start, and what is beside them does not. */
class ConflictsTest {
  private static final String GOOD =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: a}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
      bearer: {issuers: [{issuer: "https://b.example.com", audiences: [a]}]}
      redirects:
        redirectURL: "https://shop.example.com/oauth2/callback"
        whitelistDomains: [desk.example.com, .apps.example.com, "port.example.com:8443"]
      """;

  private static List<String> errors(String yaml) {
    return new ConfigLoader(Map.of())
        .check(yaml).errors().stream().map(each -> each.line("limen.yaml", "error")).toList();
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "server: {extAuthz: {http: {pathPrefix: /oauth2}}}       | server.extAuthz.http.pathPrefix",
      "server: {extAuthz: {http: {pathPrefix: /oauth2/check}}} | server.extAuthz.http.pathPrefix",
      "web: {proxyPrefix: /limen}                              | server.extAuthz.http.pathPrefix",
      "web: {proxyPrefix: /login}                              | redirects.redirectURL",
      "management: {pingPath: ''}                              | management.pingPath",
      "management: {readyPath: ready}                          | management.readyPath",
      "management: {readyPath: '/a?b'}                         | management.readyPath",
      "management: {pingPath: /ready}                          | management.readyPath",
      "management: {metricsPath: /ready}                       | management.metricsPath",
      "management: {metricsPath: /ping}                        | management.metricsPath",
      "routes: [{match: {path: /oauth2}, mode: public}]        | routes[0].match.path",
      "routes: [{match: {path: /oauth2/*}, mode: public}]      | routes[0].match.path",
      "routes: [{match: {path: /oauth2/callback}, mode: deny}] | routes[0].match.path",
      "routes: [{match: {hosts: [other.example.com]}, mode: login}]        | routes[0].match.hosts",
      "routes: [{match: {hosts: [other.example.com]}, mode: either}]       | routes[0].match.hosts",
      "routes: [{match: {hosts: [apps.example.com]}, mode: login}]         | routes[0].match.hosts",
      "routes: [{match: {hosts: [a.desk.example.com]}, mode: login}]       | routes[0].match.hosts",
  })
  // spotless:on
  void areNamed(String line, String key) {
    assertThat(errors(GOOD + line + "\n")).singleElement().asString().contains(key + ": found ");
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "server: {extAuthz: {http: {pathPrefix: /oauth2-check}}}",
      "server: {extAuthz: {http: {pathPrefix: /limen}}}",
      "management: {pingPath: /, readyPath: /a/b}",
      "routes: [{match: {path: /oauth}, mode: public}]",
      "routes: [{match: {path: /oauth2x/*}, mode: public}]",
      "routes: [{match: {path: /*}, mode: public}]",
      "routes: [{match: {hosts: [shop.example.com]}, mode: login}]",
      "routes: [{match: {hosts: ['shop.example.com:443']}, mode: login}]",
      "routes: [{match: {hosts: [desk.example.com]}, mode: either}]",
      "routes: [{match: {hosts: [a.apps.example.com, port.example.com]}, mode: login}]",
      "routes: [{match: {hosts: ['*.example.org']}, mode: login}]",
      "routes: [{match: {hosts: [other.example.com]}, mode: bearer}]",
      "routes: [{match: {hosts: [other.example.com]}, mode: optional}]",
      "routes: [{match: {hosts: [other.example.com]}, mode: public}]",
  })
  // spotless:on
  void andTheirNeighboursAreTaken(String line) {
    assertThat(errors(GOOD + line + "\n")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "https://www.example.com/callback",
    "https://www.example.com/oauth2/callback/",
    "https://www.example.com/oauth2/callback?a=b",
    "https://www.example.com",
    "ftp://www.example.com/oauth2/callback"
  })
  void aCallbackIsWhereLimenWaitsForIt(String url) {
    assertThat(errors(GOOD.replace("https://shop.example.com/oauth2/callback", url)))
        .singleElement()
        .asString()
        .contains("redirects.redirectURL: found " + url);
    assertThat(errors(GOOD + "  redirectURLs: [\"" + url + "\"]\n"))
        .singleElement()
        .asString()
        .contains("redirects.redirectURLs")
        .contains(": found " + url);
  }

  // spotless:off
  @ParameterizedTest
  @DisplayName("A18 an expression, anchored or not, is no pattern: it stops the start and is named")
  @CsvSource(delimiter = '|', value = {
      "status$             | routes[0].match.path: found status$, ",
      "''                  | routes[0].match.path: found , ",
      "(a+)+$              | routes[0].match.path: found (a+)+$, ",
      "^/api/[^/]+/status$ | routes[0].match.path: found ^/api/[^/]+/status$, ",
  })
  // spotless:on
  void anExpressionIsNoPattern(String path, String named) {
    assertThat(errors(GOOD + "routes: [{match: {path: '" + path + "'}, mode: public}]\n"))
        .singleElement()
        .asString()
        .contains(named);
  }
}
