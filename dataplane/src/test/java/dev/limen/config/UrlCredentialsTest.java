package dev.limen.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A password in a URL is refused and never shown, also where it breaks the URL. */
class UrlCredentialsTest {
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

  private static List<String> errors(String yaml, Map<String, String> environment) {
    return new ConfigLoader(environment)
        .check(yaml).errors().stream().map(each -> each.line("limen.yaml", "error")).toList();
  }

  private static void assertRefusedUnseen(List<String> errors, String key) {
    assertThat(errors).hasSize(1).allMatch(line -> line.contains(key + ": found a URL that may"));
    assertThat(errors).noneMatch(line -> line.contains("s3cret") || line.contains("@"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://:s3cret@redis:6379/0",
        "redis://:s3cret@my_redis:6379/0",
        "redis://user:s3#cret@host",
        "redis://user:s3cret#x@host",
        "redis://:s3cret/x@host",
        "redis://:s3cret?x@host",
        "redis://:s3cret[x@h",
        "redis://user:s3cret%x@h",
        "redis://user:s3cret%40h",
        "redis://:s3cret",
        "rediss://user:s3cret@redis/0",
        "http://user:s3cret@redis",
        "s3cret@redis"
      })
  void thatOfRedis(String url) {
    String yaml = GOOD + "session: {store: {redis: {connectionURL: \"" + url + "\"}}}\n";
    assertRefusedUnseen(errors(yaml, Map.of()), "session.store.redis.connectionURL");
    assertRefusedUnseen(
        errors(GOOD, Map.of("LIMEN_SESSION_STORE_REDIS_CONNECTION_URL", url)),
        "session.store.redis.connectionURL");
  }

  @ParameterizedTest
  @CsvSource({
    "LIMEN_PROVIDERS_0_OIDC_CONFIG_ISSUER_URL, providers[0].oidcConfig.issuerURL",
    "LIMEN_PROVIDERS_0_OIDC_CONFIG_BACKCHANNEL_BASE_URL,"
        + " providers[0].oidcConfig.backchannelBaseURL",
    "LIMEN_PROVIDERS_0_PROXY, providers[0].proxy",
    "LIMEN_BEARER_ISSUERS_0_ISSUER, bearer.issuers[0].issuer",
    "LIMEN_BEARER_ISSUERS_0_JWKS_URL, bearer.issuers[0].jwksURL",
    "LIMEN_BEARER_ISSUERS_0_BACKCHANNEL_BASE_URL, bearer.issuers[0].backchannelBaseURL",
    "LIMEN_BEARER_ISSUERS_0_PROXY, bearer.issuers[0].proxy",
    "LIMEN_REDIRECTS_REDIRECT_URL, redirects.redirectURL"
  })
  void thatOfAnyOtherAddress(String variable, String key) {
    String yaml = GOOD + "bearer: {issuers: [{issuer: \"https://b.example.com\", audiences: [a]}]}";
    for (String url :
        List.of(
            "https://u:s3cret@h.example.com", "http://u:s3cret@my_host:1", "http://:s3cret[@h")) {
      assertRefusedUnseen(errors(yaml, Map.of(variable, url)), key);
    }
  }

  @Test
  void anAddressWithoutThemIsShown() {
    String yaml = GOOD + "session: {store: {redis: {connectionURL: \"http://redis:6379\"}}}\n";
    assertThat(errors(yaml, Map.of())).singleElement().asString().contains("http://redis:6379");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://redis",
        "redis://redis/",
        "redis://redis:65535/9999",
        "rediss://[::1]:6379/0"
      })
  void whatRedisIsReachedBy(String url) {
    String yaml = GOOD + "session: {store: {redis: {connectionURL: \"" + url + "\"}}}\n";
    assertThat(errors(yaml, Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://redis/zero", "redis://redis/10000", "redis://redis/0/", "redis://redis/0?a=b",
        "redis://redis:65536/0", "redis://redis:0/0", "redis://my_redis/0", "redis:redis"
      })
  void whatNoRedisIsReachedBy(String url) {
    String yaml = GOOD + "session: {store: {redis: {connectionURL: \"" + url + "\"}}}\n";
    assertThat(errors(yaml, Map.of()))
        .singleElement()
        .asString()
        .contains("session.store.redis.connectionURL: found " + url + ", expected redis://host");
  }
}
