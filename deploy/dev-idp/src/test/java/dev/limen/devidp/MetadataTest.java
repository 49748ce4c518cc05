package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Discovery, split horizon and keys. */
final class MetadataTest {
  private static final String DISCOVERY = "/realms/limen/.well-known/openid-configuration";
  private static final String PUBLIC = "http://127.0.0.1:8080/realms/limen";

  private static OIDCProviderMetadata discovery(DevIdp idp) throws Exception {
    return OIDCProviderMetadata.parse(new RelyingParty(idp).get(DISCOVERY).body());
  }

  /** Asks with a Host header of one's own, which the JDK's client would not send. */
  private static String askByHost(DevIdp idp, String host) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), idp.port())) {
      OutputStream out = socket.getOutputStream();
      String request =
          "GET " + DISCOVERY + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void discoveryIsCompleteAndSaysOnlyWhatIsServed() throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo())) {
      OIDCProviderMetadata metadata = discovery(idp);

      assertThat(metadata.getIssuer()).hasToString(idp.issuer());
      assertThat(metadata.getResponseTypes()).hasToString("[code]");
      assertThat(metadata.getCodeChallengeMethods()).hasToString("[S256]");
      assertThat(metadata.getIDTokenJWSAlgs()).hasToString("[RS256]");
      assertThat(metadata.supportsAuthorizationResponseIssuerParam()).isTrue();
      assertThat(metadata.getTokenEndpointAuthMethods())
          .hasToString("[client_secret_basic, client_secret_post]");
    }
  }

  @Test
  void theIssuerIsTheOwnAddressUnlessOneIsConfigured() throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo())) {
      assertThat(idp.issuer()).isEqualTo("http://127.0.0.1:" + idp.port() + "/realms/limen");
    }
  }

  @Test
  void whatBrowsersFollowIsPublicAndWhatServersCallIsWhereTheyAsked() throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo().withIssuer(PUBLIC))) {
      OIDCProviderMetadata metadata = discovery(idp);
      String own = idp.origin() + "/realms/limen/protocol/openid-connect/";

      assertThat(metadata.getIssuer()).hasToString(PUBLIC);
      assertThat(metadata.getAuthorizationEndpointURI())
          .hasToString(PUBLIC + "/protocol/openid-connect/auth");
      assertThat(metadata.getEndSessionEndpointURI())
          .hasToString(PUBLIC + "/protocol/openid-connect/logout");
      assertThat(metadata.getRevocationEndpointURI())
          .hasToString(PUBLIC + "/protocol/openid-connect/revoke");
      assertThat(metadata.getTokenEndpointURI()).hasToString(own + "token");
      assertThat(metadata.getJWKSetURI()).hasToString(own + "certs");
      assertThat(metadata.getUserInfoEndpointURI()).hasToString(own + "userinfo");
    }
  }

  @Test
  void theHostHeaderDecidesWhereServersAsked() throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo().withIssuer(PUBLIC))) {
      assertThat(askByHost(idp, "idp.internal:9999"))
          .contains("http://idp.internal:9999/realms/limen/protocol/openid-connect/token")
          .contains("\"issuer\":\"" + PUBLIC + "\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil\"x", "user@evil.example", "evil.example/path", "[::1"})
  void aHostHeaderThatIsNoHostIsNotEchoed(String host) throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo().withIssuer(PUBLIC))) {
      assertThat(askByHost(idp, host))
          .doesNotContain("evil", "[::1")
          .contains(idp.origin() + "/realms/limen/protocol/openid-connect/token");
    }
  }

  @Test
  void theKeysArePublicHalvesForSigning() throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo())) {
      assertThat(new RelyingParty(idp).publishedKeys().getKeys())
          .singleElement()
          .satisfies(key -> {
            assertThat(key.isPrivate()).isFalse();
            assertThat(key.getKeyUse()).hasToString("sig");
            assertThat(key.getAlgorithm()).hasToString("RS256");
            assertThat(key.getKeyID()).isNotBlank();
          });
    }
  }

  @Test
  void aRotatedKeySignsWhileTheOldOneStaysPublishedUntilDropped() throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo())) {
      RelyingParty party = new RelyingParty(idp);
      RelyingParty.Answer before = party.tokens(new Visitor(idp), "alice");
      idp.rotateKeys();
      RelyingParty.Answer after = party.refresh(before);

      assertThat(party.publishedKeys().getKeys().stream().map(JWK::getKeyID)).hasSize(2);
      assertThat(party.verifies(before.text("id_token"))).isTrue();
      assertThat(party.verifies(after.text("id_token"))).isTrue();

      idp.dropOldKeys();
      assertThat(party.publishedKeys().getKeys()).hasSize(1);
      assertThat(party.verifies(before.text("id_token"))).isFalse();
      assertThat(party.verifies(after.text("id_token"))).isTrue();
      assertThat(party.userInfo(before.text("access_token")).status()).isEqualTo(401);
      assertThat(party.userInfo(after.text("access_token")).status()).isEqualTo(200);
    }
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    try (DevIdp idp = DevIdp.start(DevIdpConfig.demo())) {
      RelyingParty party = new RelyingParty(idp);

      assertThat(party.get("/").statusCode()).isEqualTo(404);
      assertThat(party.get("/realms/other/protocol/openid-connect/certs").statusCode())
          .isEqualTo(404);
      assertThat(party.get("/realms/limen/protocol/openid-connect/revoke").statusCode())
          .isEqualTo(405);
      assertThat(party.post("certs", Map.of(), "").status()).isEqualTo(405);
    }
  }
}
