package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose access tokens are taken, and what stops the start. */
class BearerConfigTest {
  private static final String LEAST =
      """
      version: 1
      providers:
        - id: main
          clientID: limen
          clientSecret: {value: not-to-be-seen}
          oidcConfig: {issuerURL: "https://idp.example.com/realms/a"}
      redirects: {redirectURL: "https://shop.example.com/oauth2/callback"}
      """;

  private static LimenConfig load(String bearer) {
    return new ConfigLoader(Map.of()).parse(LEAST + bearer + "\n");
  }

  private static LimenConfig loadIssuer(String keys) {
    return load("bearer: {issuers: [{" + keys + "}]}");
  }

  @Test
  void everyDefaultIsPinned() {
    assertThat(load("").bearer().issuers()).isEmpty();
    assertThat(load("").bearer().cache().size()).isEqualTo(20_000);
    BearerConfig.IssuerConfig issuer =
        loadIssuer("issuer: 'https://i.example', audiences: [orders]")
            .bearer()
            .issuers()
            .getFirst();
    assertThat(issuer.issuer()).hasToString("https://i.example");
    assertThat(issuer.audiences()).containsExactly("orders");
    assertThat(issuer.enabledSigningAlgs()).containsExactly("RS256", "ES256", "PS256");
    assertThat(issuer.types()).containsExactly("at+jwt", "jwt");
    assertThat(issuer.jwksURL()).isNull();
    assertThat(issuer.backchannelBaseURL()).isNull();
    assertThat(issuer.caFiles()).isEmpty();
    assertThat(issuer.userIDClaim()).isEqualTo("sub");
    assertThat(issuer.emailClaim()).isEqualTo("email");
    assertThat(issuer.groupsClaim()).isEqualTo("groups");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          issuer: 'http://i.a', audiences: [a] | issuer
          issuer: 'https://i.a?x=1', audiences: [a] | issuer
          issuer: 'https://i.a#x', audiences: [a] | issuer
          issuer: 'urn:i', audiences: [a] | issuer
          issuer: 'https://i.a', audiences: [] | audiences
          issuer: 'https://i.a', audiences: [''] | audiences
          issuer: 'https://i.a', audiences: [a], enabledSigningAlgs: [] | enabledSigningAlgs
          issuer: 'https://i.a', audiences: [a], enabledSigningAlgs: [none] | enabledSigningAlgs
          issuer: 'https://i.a', audiences: [a], enabledSigningAlgs: [HS256] | enabledSigningAlgs
          issuer: 'https://i.a', audiences: [a], types: [] | types
          issuer: 'https://i.a', audiences: [a], types: [AT+JWT] | types
          issuer: 'https://i.a', audiences: [a], types: [application/jwt] | types
          issuer: 'https://i.a', audiences: [a], jwksURL: 'http://i.a/k'| jwksURL
          issuer: 'https://i.a', audiences: [a], jwksURL: 'file:///k' | jwksURL
          issuer: 'https://i.a', audiences: [a], jwksURL: 'https://u@i.a/k' | jwksURL
          issuer: 'https://i.a', audiences: [a], backchannelBaseURL: 'file:/k'| backchannelBaseURL
          """)
  void aValueThatCannotBeIsNamed(String keys, String key) {
    assertThatThrownBy(() -> loadIssuer(keys))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("bearer.issuers[0]." + key + " (line ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "issuer: 'http://127.0.0.1:8080', audiences: [a]",
        "issuer: 'https://i.a/', audiences: [a], jwksURL: 'http://localhost:1/keys?v=1'",
        "issuer: 'https://i.a', audiences: [a], backchannelBaseURL: 'http://kc.svc:8080'",
        "issuer: 'https://i.a', audiences: [a], types: [x.y-z+jwt], enabledSigningAlgs: [EdDSA]",
        "issuer: 'https://idp.example.com/realms/a', audiences: [a]",
        "issuer: 'https://idp.example.com/realms/a/', audiences: [a], jwksURL: 'https://k.example'"
      })
  void itsNeighboursAreTaken(String keys) {
    assertThat(loadIssuer(keys).bearer().issuers()).hasSize(1);
  }

  @Test
  void issuerAndAudiencesMustBeSaid() {
    assertThatThrownBy(() -> loadIssuer("audiences: [a]"))
        .hasMessage("bearer.issuers[0].issuer: found nothing, expected Exactly the tokens' iss");
    assertThatThrownBy(() -> loadIssuer("issuer: 'https://i.example'"))
        .hasMessageStartingWith("bearer.issuers[0].audiences: found nothing");
  }

  @Test
  void anIssuerThatStandsTwiceStopsTheStart() {
    String one = "{issuer: 'https://i.example', audiences: [a]}";
    assertThatThrownBy(() -> load("bearer: {issuers: [" + one + ", " + one + "]}"))
        .hasMessage("bearer.issuers[].issuer: found https://i.example, expected each issuer once");
    assertThat(
            load("bearer: {issuers: [" + one + ", " + one.replace("example'", "example/'") + "]}")
                .bearer()
                .issuers())
        .hasSize(2);
  }

  @Test
  void keysOfAnIssuerAreNamedInOnePlaceOnly() {
    assertThatThrownBy(() ->
            loadIssuer(
                "issuer: 'https://i.example', audiences: [a], jwksURL: 'https://i.example/k',"
                    + " backchannelBaseURL: 'https://i.svc'"))
        .hasMessageStartingWith("bearer.issuers[0].backchannelBaseURL (line ")
        .hasMessageContaining(": found https://i.svc");
    for (String source :
        new String[] {
          "jwksURL: 'https://k.example'",
          "backchannelBaseURL: 'https://k.example'",
          "caFiles: [/ca]",
          "proxy: 'http://proxy.example:3128'"
        }) {
      assertThatThrownBy(() ->
              loadIssuer("issuer: 'https://idp.example.com/realms/a', audiences: [a], " + source))
          .hasMessageStartingWith(
              "bearer.issuers[].issuer: found https://idp.example.com/realms/a, expected no jwksURL")
          .hasMessageEndingWith("since its keys come by way of providers[main]");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, true", "1000000, true", "-1, false", "1000001, false"})
  void theSizeOfTheCacheHasBounds(int size, boolean isTaken) {
    String bearer = "bearer: {cache: {size: " + size + "}}";
    if (isTaken) {
      assertThat(load(bearer).bearer().cache().size()).isEqualTo(size);
    } else {
      assertThatThrownBy(() -> load(bearer))
          .hasMessageContaining(": found " + size + ", expected 0 to 1000000");
    }
  }

  @Test
  void aBackChannelInClearTextIsAWarning() {
    ConfigLoader loader = new ConfigLoader(Map.of());
    String issuer = "issuer: 'https://i.example', audiences: [a], backchannelBaseURL: ";
    loader.parse(LEAST + "bearer: {issuers: [{" + issuer + "'http://kc.svc:8080'}]}\n");
    assertThat(loader.warnings())
        .contains(
            "bearer.issuers[https://i.example].backchannelBaseURL is plain http: its keys travel in"
                + " clear text between here and there");
    loader.parse(LEAST + "bearer: {issuers: [{" + issuer + "'https://kc.svc:8443'}]}\n");
    assertThat(loader.warnings()).noneMatch(warning -> warning.contains("bearer"));
  }

  @Test
  void theEnvironmentCanNameAnIssuer() {
    LimenConfig config =
        new ConfigLoader(
                Map.of(
                    "LIMEN_BEARER_ISSUERS_0_ISSUER", "https://i.example",
                    "LIMEN_BEARER_ISSUERS_0_AUDIENCES", "[a, b]",
                    "LIMEN_BEARER_CACHE_SIZE", "7"))
            .parse(LEAST);
    assertThat(config.bearer().issuers().getFirst().audiences()).containsExactly("a", "b");
    assertThat(config.bearer().cache().size()).isEqualTo(7);
  }
}
