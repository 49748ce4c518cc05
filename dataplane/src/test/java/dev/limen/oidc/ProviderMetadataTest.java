package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Limen believes of a discovery document. */
class ProviderMetadataTest {
  private static final String ISSUER = "https://id.example/realms/limen";
  private static final String PROTOCOL = ISSUER + "/protocol/openid-connect";

  private final Map<String, Object> document = new LinkedHashMap<>();

  ProviderMetadataTest() {
    document.put("issuer", ISSUER);
    document.put("authorization_endpoint", PROTOCOL + "/auth");
    document.put("token_endpoint", PROTOCOL + "/token");
    document.put("jwks_uri", PROTOCOL + "/certs");
    document.put("end_session_endpoint", PROTOCOL + "/logout");
    document.put("authorization_response_iss_parameter_supported", true);
  }

  private static IssuerSource source(@Nullable String backChannel) {
    return IssuerSource.of(Providers.with(draft -> draft.backChannel = backChannel));
  }

  private ProviderMetadata read(@Nullable String backChannel) throws MetadataRefusedException {
    String json = JSONObjectUtils.toJSONString(document);
    JsonObject object = JsonObject.parse(json.getBytes(StandardCharsets.UTF_8));
    return ProviderMetadata.read(Objects.requireNonNull(object), source(backChannel));
  }

  @Test
  void aKeycloakRealmIsTakenAsItIs() throws MetadataRefusedException {
    ProviderMetadata metadata = read(null);
    assertThat(metadata.authorizationEndpoint()).hasToString(PROTOCOL + "/auth");
    assertThat(metadata.tokenEndpoint()).hasToString(PROTOCOL + "/token");
    assertThat(metadata.jwksUri()).hasToString(PROTOCOL + "/certs");
    assertThat(metadata.endSessionEndpoint()).hasToString(PROTOCOL + "/logout");
    assertThat(metadata.issParameterSupported()).isTrue();
  }

  @ParameterizedTest
  @DisplayName("A66: the issuer is the configured one, to the letter")
  @ValueSource(
      strings = {
        "https://id.example/realms/limen/",
        "https://id.example/realms/Limen",
        "https://ID.example/realms/limen",
        "https://id.example:443/realms/limen",
        "http://id.example/realms/limen",
        "https://id.example/realms/other"
      })
  void anotherIssuerIsRefused(String issuer) {
    document.put("issuer", issuer);
    assertThatThrownBy(() -> read(null))
        .isInstanceOf(MetadataRefusedException.class)
        .hasMessage("issuer=" + issuer + ", expected exactly " + ISSUER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"})
  void whatIsNeededAndMissingIsRefused(String member) {
    document.remove(member);
    assertThatThrownBy(() -> read(null)).hasMessageStartingWith(member + "=null, expected ");
    document.put(member, 1);
    assertThatThrownBy(() -> read(null)).hasMessageStartingWith(member + "=null, expected ");
  }

  @ParameterizedTest
  @DisplayName("A68: keys and tokens are fetched from the issuer's origin and nowhere else")
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/certs",
        "https://id.example.evil.example/certs",
        "https://id.example:8443/certs",
        "http://id.example/certs",
        "https://someone@id.example/certs",
        "https://id.example/certs#x",
        "file:///etc/passwd",
        "jar:https://id.example/x!/y",
        "//id.example/certs",
        "/certs",
        "https:/certs",
        "not a url"
      })
  void limenIsNotSentElsewhere(String address) {
    for (String member : new String[] {"jwks_uri", "token_endpoint"}) {
      Object before = document.put(member, address);
      assertThatThrownBy(() -> read(null))
          .isInstanceOf(MetadataRefusedException.class)
          .hasMessageStartingWith(member + "=" + address + ", expected ");
      document.put(member, String.valueOf(before));
    }
  }

  @ParameterizedTest
  @DisplayName("the back channel's origin replaces the document's")
  @CsvSource({
    "https://id.example/realms/limen/protocol/openid-connect/certs",
    "http://kc.svc:8080/realms/limen/protocol/openid-connect/certs",
    "http://169.254.169.254/realms/limen/protocol/openid-connect/certs"
  })
  void theBackChannelReplacesTheOrigin(String jwksUri) throws MetadataRefusedException {
    document.put("jwks_uri", jwksUri);
    document.put("token_endpoint", PROTOCOL + "/token?tenant=a%20b");
    ProviderMetadata metadata = read("http://kc.svc:8080");
    assertThat(metadata.jwksUri())
        .hasToString("http://kc.svc:8080/realms/limen/protocol/openid-connect/certs");
    assertThat(metadata.tokenEndpoint())
        .hasToString("http://kc.svc:8080/realms/limen/protocol/openid-connect/token?tenant=a%20b");
    assertThat(metadata.authorizationEndpoint()).hasToString(PROTOCOL + "/auth");
    assertThat(metadata.endSessionEndpoint()).hasToString(PROTOCOL + "/logout");
  }

  @Test
  @DisplayName("A68: even with a back channel, an address that is no http URL is refused")
  void aFileIsRefusedWithABackChannelToo() {
    document.put("jwks_uri", "file:///etc/passwd");
    assertThatThrownBy(() -> read("http://kc.svc:8080"))
        .hasMessageStartingWith("jwks_uri=file:///etc/passwd, expected ");
  }

  @Test
  void browsersAreSentToHttpsOrToTheIssuersOrigin() throws MetadataRefusedException {
    document.put("authorization_endpoint", "https://login.example/auth");
    assertThat(read(null).authorizationEndpoint()).hasToString("https://login.example/auth");
    document.put("authorization_endpoint", "http://login.example/auth");
    assertThatThrownBy(() -> read(null))
        .hasMessage(
            "authorization_endpoint=http://login.example/auth,"
                + " expected https, or the origin https://id.example");
    document.put("authorization_endpoint", "javascript:alert(1)");
    assertThatThrownBy(() -> read(null)).isInstanceOf(MetadataRefusedException.class);
  }

  @Test
  void withoutAnEndSessionEndpointThereIsNone() throws MetadataRefusedException {
    document.remove("end_session_endpoint");
    document.remove("authorization_response_iss_parameter_supported");
    assertThat(read(null).endSessionEndpoint()).isNull();
    assertThat(read(null).issParameterSupported()).isFalse();
  }

  @Test
  void theDocumentIsBelowTheIssuersPathOnTheBackChannel() {
    assertThat(ProviderMetadata.documentOf(source(null)))
        .hasToString(ISSUER + "/.well-known/openid-configuration");
    assertThat(ProviderMetadata.documentOf(source("http://kc.svc:8080")))
        .hasToString("http://kc.svc:8080/realms/limen/.well-known/openid-configuration");
    assertThat(
            ProviderMetadata.documentOf(
                IssuerSource.of(Providers.with(draft -> draft.issuer = "https://id.example/"))))
        .hasToString("https://id.example/.well-known/openid-configuration");
  }
}
