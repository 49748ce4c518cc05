package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which header profiles and routes can be written, and what is said of others. */
class HeaderConfigTest {
  private static final String LEAST =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: { value: not-to-be-seen }
          oidcConfig: { issuerURL: https://idp.example.com/realms/acme }
      redirects: { whitelistDomains: [shop.example.com] }
      """;

  private static LimenConfig load(String more) {
    return new ConfigLoader(Map.of()).parse(LEAST + more + "\n");
  }

  private static LimenConfig header(String header) {
    return load("headerProfiles: [{id: p, headers: [" + header + "]}]");
  }

  @Test
  void aProfileIsReadWithItsDefaults() {
    LimenConfig config = header("{name: X-Team, claim: team}");
    assertThat(config.headerProfiles().getFirst().headers().getFirst())
        .isEqualTo(
            new HeaderProfileConfig.HeaderConfig(
                "X-Team", "team", "", "", HeaderProfileConfig.Encoding.PLAIN));
    assertThat(config.headerPolicy().maxValueBytes()).isEqualTo(8192);
    assertThat(config.headerPolicy().maxTokenBytes()).isEqualTo(16384);
    assertThat(config.headerPolicy().alsoRemove()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host", "connection", "Content-Length", "Transfer-Encoding", "Cookie", "Set-Cookie", "TE",
        "X-Envoy-Original-Path", "x-envoy-a", "':path'", "X_Team", "X Team", "X-Téam", "''"
      })
  void aHeaderThatIsNotLimensToSetIsRefused(String name) {
    assertThatThrownBy(() -> header("{name: " + name + ", claim: team}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("headerProfiles[0].headers[0].name (line ");
    assertThatThrownBy(() -> load("headerPolicy: {alsoRemove: [" + name + "]}"))
        .hasMessageStartingWith("headerPolicy.alsoRemove (line 8): found ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          headerProfiles: [{id: p}, {id: p}]                     | headerProfiles[].id
          headerProfiles: [{id: P}]                              | headerProfiles[].id
          headerPolicy: {maxValueBytes: 255}                     | headerPolicy.maxValueBytes
          headerPolicy: {maxValueBytes: 49153}                   | headerPolicy.maxValueBytes
          headerPolicy: {maxTokenBytes: 255}                     | headerPolicy.maxTokenBytes
          headerPolicy: {maxTokenBytes: 49153}                   | headerPolicy.maxTokenBytes
          defaults: {headers: nobody}                            | defaults.headers
          routes: [{mode: login, headers: nobody}]               | routes[0].headers
          routes: [{mode: login, provider: nobody}]              | routes[0].provider
          routes: [{mode: login, name: 'a b'}]                   | routes[].name
          """)
  void whatCannotBeMeantIsRefused(String line, String key) {
    assertThatThrownBy(() -> load(line))
        .isInstanceOf(ConfigException.class)
        .hasMessageMatching("\\Q" + key.replace("[]", "\\E(\\[0])?(\\[])?\\Q") + "\\E.*")
        .hasMessageContaining(": found ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {name: A, claim: a}, {name: a, claim: b} | name
          {name: A-B, claim: a}, {name: a-b, claim: b} | name
          {name: A, claim: ' '}                    | claim
          {name: A, claim: a, join: 'x'}           | join
          {name: A, claim: a, join: '%'}           | join
          {name: A, claim: a, prefix: 'ä'}         | prefix
          """)
  void aHeaderThatCannotBeMeantIsRefused(String header, String key) {
    assertThatThrownBy(() -> header(header))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("headerProfiles[0].headers[")
        .hasMessageContaining("]." + key)
        .hasMessageContaining(": found ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "headerPolicy: {maxValueBytes: 256, maxTokenBytes: 49152}",
        "headerPolicy: {maxValueBytes: 49152, maxTokenBytes: 256}",
        "headerProfiles: [{id: default, headers: []}]",
        "routes: [{mode: login, headers: default, provider: main}]",
      })
  void whatLiesAtABoundIsTaken(String line) {
    assertThat(load(line.replace("; |,", ";|,/")).version()).isEqualTo(1);
  }

  @Test
  void aProfileHasSixtyFourHeadersAtMost() {
    assertThat(header(headers(64)).headerProfiles().getFirst().headers()).hasSize(64);
    assertThatThrownBy(() -> header(headers(65)))
        .hasMessage("headerProfiles[0].headers (line 8): found 65, expected at most 64");
  }

  private static String headers(int count) {
    StringBuilder headers = new StringBuilder();
    for (int i = 0; i < count; i++) {
      headers.append("{name: X-").append(i).append(", claim: a}, ");
    }
    return headers.toString();
  }
}
