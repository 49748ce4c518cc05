package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of a Keycloak realm the provider understands. */
final class RealmReaderTest {
  private static final Path SHIPPED =
      Path.of(System.getProperty("limen.root"), "deploy", "keycloak", "limen-realm.json");

  @Test
  void theShippedRealmIsTheOneOfTheDemo() throws Exception {
    assertThat(RealmReader.read(SHIPPED)).isEqualTo(DevIdpConfig.demo().realm());
  }

  @Test
  void theShippedRealmHasWhatTheDemoPromises() throws Exception {
    Realm realm = RealmReader.read(SHIPPED);
    Client client = Objects.requireNonNull(realm.client("limen"));
    User alice = Objects.requireNonNull(realm.user("alice"));

    assertThat(realm.name()).isEqualTo("limen");
    assertThat(realm.rotatesRefreshTokens()).isTrue();
    assertThat(realm.accessTokenLifetime()).isEqualTo(Duration.ofMinutes(1));
    assertThat(client.secret()).isEqualTo("limen-demo-secret");
    assertThat(client.pkceRequired()).isTrue();
    assertThat(client.accessTokenAudiences()).containsExactly("limen");
    assertThat(client.idTokenAudiences()).isEmpty();
    assertThat(client.redirectUris().allows("http://localhost:8080/oauth2/callback")).isTrue();
    assertThat(client.redirectUris().allows("https://localhost:8443/oauth2/callback")).isTrue();
    assertThat(client.postLogoutRedirectUris().allows("https://localhost:8443/x")).isTrue();
    assertThat(alice.realmRoles()).contains("app-user");
    assertThat(Objects.requireNonNull(realm.user("bob")).realmRoles()).doesNotContain("app-user");
  }

  @ParameterizedTest
  @CsvSource({
    "http://a/x, http://a/x, true",
    "http://a/x, http://a/x/, false",
    "http://a/x, http://a/x?q, false",
    "http://a/*, http://a/, true",
    "http://a/*, http://a, true",
    "http://a/*, http://a/x/y?q=/../, true",
    "http://a/*, http://ab/, false",
    "http://a/*, http://a/../b, false",
    "http://a/*, http://a/%2E%2E/b, false",
    "http://a/*, http://a/x#f, false",
    "http://a/x*, http://a/xyz, true",
    "http://a/x*, http://a/y, false",
    "http://a*, http://a@evil/, false",
    "http://a*, http://a\\.evil/, false",
    "*, /relative, false"
  })
  void aWildcardMatchesAsInKeycloak(String registered, String address, boolean allowed) {
    assertThat(new RedirectUris(List.of(registered)).allows(address)).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nonsense | not a JSON object",
        "{} | realm must be a text that is not empty",
        "{\"realm\":\"r\",\"clients\":[{}]} | clientId must be a text that is not empty",
        "{\"realm\":\"r\",\"clients\":[{\"clientId\":\"c\"}]}"
            + " | secret must be a text that is not empty",
        "{\"realm\":\"r\",\"clients\":{}} | clients must be a list",
        "{\"realm\":\"r\",\"accessTokenLifespan\":0}"
            + " | accessTokenLifespan must be more than 0 seconds: 0",
        "{\"realm\":\"r\",\"refreshTokenMaxReuse\":1}"
            + " | refreshTokenMaxReuse must be 0, since a refresh token is good once here: 1",
        "{\"realm\":\"r\",\"refreshTokenMaxReuse\":\"0\"}"
            + " | refreshTokenMaxReuse must be 0, since a refresh token is good once here: 0",
        "{\"realm\":\"r\",\"users\":[{\"username\":\"u\"}]}"
            + " | users[u].credentials has no password",
        "{\"realm\":\"r\",\"clients\":[{\"clientId\":\"c\",\"publicClient\":true}]}"
            + " | clients[c].publicClient must be false: a public client is not served",
        "{\"realm\":\"r\",\"clients\":[{\"clientId\":\"c\",\"secret\":\"s\",\"attributes\":"
            + "{\"pkce.code.challenge.method\":\"plain\"}}]}"
            + " | clients[c].attributes.pkce.code.challenge.method must be S256: plain",
        "{\"realm\":\"r\",\"clients\":[{\"clientId\":\"c\",\"secret\":\"s\",\"protocolMappers\":"
            + "[{\"protocolMapper\":\"oidc-x\"}]}]}"
            + " | clients[c].protocolMappers: protocolMapper=oidc-x, expected oidc-audience-mapper"
            + " or oidc-group-membership-mapper"
      })
  void whatIsNotUnderstoodStopsTheStart(String json, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RealmReader.parse(json))
        .withMessage(message);
  }

  @Test
  void theMessageNamesTheFile(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("broken.json"), "{}");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> DevIdpConfig.forRealm(file))
        .withMessage("realm file " + file + ": realm must be a text that is not empty");
  }

  @Test
  void plusAndMinusMeanWhatTheyMeanToKeycloak() {
    String client =
        "{\"realm\":\"r\",\"clients\":[{\"clientId\":\"c\",\"secret\":\"s\",\"redirectUris\":"
            + "[\"http://a/cb\"],\"attributes\":{\"post.logout.redirect.uris\":\"%s\"}}]}";

    assertThat(postLogout(client.formatted("+##http://b/*")).registered())
        .containsExactly("http://a/cb", "http://b/*");
    assertThat(postLogout(client.formatted("-")).registered()).isEmpty();
  }

  private static RedirectUris postLogout(String json) {
    return Objects.requireNonNull(RealmReader.parse(json).client("c")).postLogoutRedirectUris();
  }
}
