package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.PlainObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** OpenID Connect Back-Channel Logout 1.0, from the provider's side. */
final class LogoutNoticesTest {
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> contentTypes = new LinkedBlockingQueue<>();
  private HttpServer client;
  private DevIdp idp;
  private Visitor visitor;
  private RelyingParty party;
  private RelyingParty.Answer tokens;

  @BeforeEach
  void signIn() throws Exception {
    client = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    client.createContext("/logout", this::listen);
    client.start();
    idp =
        DevIdp.start(
            DevIdpConfig.demo()
                .withSigningAlgorithm("ES256")
                .withBackchannelLogoutUri(
                    "http://127.0.0.1:" + client.getAddress().getPort() + "/logout"));
    visitor = new Visitor(idp);
    party = new RelyingParty(idp);
    tokens = party.tokens(visitor, "alice");
  }

  @AfterEach
  void stop() {
    idp.close();
    client.stop(0);
  }

  private void listen(HttpExchange exchange) throws IOException {
    try (exchange) {
      contentTypes.add(exchange.getRequestHeaders().getFirst("Content-Type"));
      told.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private Map<String, Object> nextToken() throws Exception {
    String form = Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS), "nobody was told");
    assertThat(form).startsWith("logout_token=");
    String token =
        URLDecoder.decode(form.substring("logout_token=".length()), StandardCharsets.UTF_8);
    return JWSObject.parse(token).getPayload().toJSONObject();
  }

  private String sid() throws Exception {
    return String.valueOf(
        JWSObject.parse(tokens.text("id_token")).getPayload().toJSONObject().get("sid"));
  }

  @Test
  void anAdministratorsLogoutIsToldToTheClientWithSubjectAndSession() throws Exception {
    String sid = sid();
    idp.endSessionsOf("alice");

    Map<String, Object> claims = nextToken();
    assertThat(claims)
        .containsEntry("iss", idp.issuer())
        .containsEntry("aud", "limen")
        .containsEntry("sid", sid)
        .containsEntry("events", Map.of(LogoutTokens.EVENT, Map.of()))
        .containsKeys("sub", "iat", "exp", "jti")
        .doesNotContainKey("nonce");
    assertThat(contentTypes.poll()).isEqualTo("application/x-www-form-urlencoded; charset=UTF-8");
    assertThat(idp.sessionCount()).isZero();
  }

  @Test
  void aLogoutByTheBrowserIsToldToo() throws Exception {
    String sid = sid();
    visitor.get(
        idp.issuer()
            + "/protocol/openid-connect/logout?"
            + Visitor.encoded(Map.of("id_token_hint", tokens.text("id_token"))));

    assertThat(nextToken()).containsEntry("sid", sid);
  }

  @Test
  void whoHasNoShareInTheSessionIsNotTold() throws Exception {
    party.revoke(tokens.text("refresh_token"));
    idp.endSessionsOf("alice");

    assertThat(idp.logoutAnswers()).isEmpty();
    assertThat(told).isEmpty();
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "NONE,           logout+jwt",
    "NO_TYPE,        ",
    "PLAIN_JWT,      JWT",
    "NO_EVENTS,      logout+jwt",
  })
  // spotless:on
  void theTypeIsAsAskedFor(LogoutFlaw flaw, String type) throws Exception {
    var header = JWSObject.parse(idp.logoutToken("alice", "limen", flaw)).getHeader();
    assertThat(String.valueOf(header.getType())).isEqualTo(String.valueOf(type));
  }

  @ParameterizedTest
  @EnumSource(LogoutFlaw.class)
  void eachTokenIsAboutTheLivingSessionAndItsOwn(LogoutFlaw flaw) throws Exception {
    String token = idp.logoutToken("alice", "limen", flaw);
    Map<String, Object> claims =
        (flaw == LogoutFlaw.ALG_NONE ? PlainObject.parse(token) : JWSObject.parse(token))
            .getPayload()
            .toJSONObject();

    assertThat(claims.containsKey("events")).isEqualTo(flaw != LogoutFlaw.NO_EVENTS);
    assertThat(claims.containsKey("nonce")).isEqualTo(flaw == LogoutFlaw.NONCE);
    assertThat("limen".equals(claims.get("aud"))).isEqualTo(flaw != LogoutFlaw.WRONG_AUDIENCE);
    assertThat(idp.logoutToken("alice", "limen", flaw)).isNotEqualTo(token);
  }

  @Test
  void thereIsNoTokenAboutSomebodyWhoIsNotLoggedIn() {
    assertThatThrownBy(() -> idp.logoutToken("bob", "limen", LogoutFlaw.NONE))
        .hasMessage("nobody is logged in: bob");
  }
}
