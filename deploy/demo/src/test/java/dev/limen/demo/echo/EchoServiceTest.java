package dev.limen.demo.echo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.limen.demo.http.HttpWire;
import dev.limen.demo.http.Reply;
import dev.limen.demo.http.Request;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The service behind the gateway: all for the judge, nothing dangerous for people. */
final class EchoServiceTest {
  private final EchoService orders = EchoService.start("orders", 0);
  private final HttpWire wire = new HttpWire(orders.port(), null);

  @AfterEach
  void stop() {
    orders.close();
  }

  @Test
  void theJudgeSeesEveryHeaderWhole() throws IOException {
    Reply reply =
        wire.send(
            Request.get("localhost", "/orders?x=1")
                .with("accept", "application/json")
                .with("authorization", "Bearer a-whole-token")
                .with("x-twice", "1")
                .with("x-twice", "2"));
    assertThat(reply.header("content-type")).isEqualTo("application/json");
    assertThat(reply.text())
        .contains("[\"authorization\",\"Bearer a-whole-token\"]")
        .contains("[\"x-twice\",\"1\"]", "[\"x-twice\",\"2\"]")
        .contains("\"query\":\"x=1\"")
        .contains("\"service\":\"orders\"");
  }

  @Test
  void aBodyIsShownByItsLengthAndHash() throws IOException {
    Request post = Request.post("localhost", "/orders", "text/plain", "abc".getBytes(UTF_8));
    Reply reply = wire.send(post.with("accept", "application/json"));
    assertThat(reply.text())
        .contains("\"bodyLength\":3")
        .contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void peopleSeeClaimsAndNoWholeToken() throws Exception {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader(JWSAlgorithm.HS256),
            new JWTClaimsSet.Builder().subject("<alice>").claim("nonce", "n-1").build());
    token.sign(new MACSigner(new byte[32]));
    Reply reply =
        wire.send(
            Request.get("localhost", "/orders")
                .with("accept", "text/html")
                .with("authorization", "Bearer " + token.serialize())
                .with("x-auth-request-access-token", "opaque-opaque-opaque")
                .with("x-auth-request-preferred-username", "<b>alice</b>"));
    assertThat(reply.text())
        .contains("Signed in as <strong>&lt;b&gt;alice&lt;/b&gt;</strong>")
        .contains("sub: &lt;alice&gt;")
        .contains("nonce: n-1")
        .doesNotContain(token.serialize())
        .doesNotContain(token.getSignature().toString())
        .doesNotContain("opaque-opaque-opaque")
        .doesNotContain("<b>")
        .doesNotContain("<script");
    assertThat(reply.header("content-security-policy")).contains("default-src 'none'");
  }

  @Test
  void whoIsNotSignedInIsToldSo() throws IOException {
    Reply reply = wire.send(Request.get("localhost", "/public/hello"));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).contains("Nobody is signed in here").doesNotContain("sign_out");
  }
}
