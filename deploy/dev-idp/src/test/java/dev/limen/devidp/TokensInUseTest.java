package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What tokens are good for while they live, and how their life is cut short. */
final class TokensInUseTest {
  private final SettableClock clock = new SettableClock();
  private DevIdp idp;
  private Visitor visitor;
  private RelyingParty party;
  private RelyingParty.Answer tokens;

  @BeforeEach
  void signIn() throws Exception {
    idp = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256").withClock(clock));
    visitor = new Visitor(idp);
    party = new RelyingParty(idp);
    tokens = party.tokens(visitor, "alice");
  }

  @AfterEach
  void stop() {
    idp.close();
  }

  private int userInfoStatus(RelyingParty.Answer of) throws Exception {
    return party.userInfo(of.text("access_token")).status();
  }

  @Test
  void userInfoSaysWhoItIs() throws Exception {
    RelyingParty.Answer answer = party.userInfo(tokens.text("access_token"));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json())
        .containsEntry("sub", RelyingParty.claims(tokens.text("id_token")).get("sub"))
        .containsEntry("preferred_username", "alice")
        .containsEntry("email", "alice@example.com")
        .containsEntry("groups", List.of("staff"));
  }

  @Test
  void userInfoWantsAnAccessTokenAndNoOther() throws Exception {
    assertThat(party.userInfo(tokens.text("id_token")).status()).isEqualTo(401);
    assertThat(party.userInfo(tokens.text("refresh_token")).status()).isEqualTo(401);
    assertThat(
            party.userInfo(SigningKeys.withBrokenSignature(tokens.text("access_token"))).status())
        .isEqualTo(401);
    RelyingParty.Answer none = party.userInfo("");
    assertThat(none.status()).isEqualTo(401);
    assertThat(none.raw().headers().firstValue("www-authenticate").orElse(""))
        .startsWith("Bearer realm=\"limen\"");
  }

  @Test
  void userInfoWantsATokenThatHasNotExpired() throws Exception {
    clock.advance(Duration.ofSeconds(59));
    assertThat(userInfoStatus(tokens)).isEqualTo(200);

    clock.advance(Duration.ofSeconds(1));
    assertThat(userInfoStatus(tokens)).isEqualTo(401);
  }

  @Test
  void aRevokedAccessTokenIsDeadAndTheRefreshTokenLives() throws Exception {
    assertThat(party.revoke(tokens.text("access_token")).status()).isEqualTo(200);

    assertThat(userInfoStatus(tokens)).isEqualTo(401);
    assertThat(party.refresh(tokens).status()).isEqualTo(200);
  }

  @Test
  @DisplayName("as Keycloak 26.7.3: with the last client session goes the browser's session")
  void aRevokedRefreshTokenEndsTheSession() throws Exception {
    assertThat(party.revoke(tokens.text("refresh_token")).status()).isEqualTo(200);

    assertThat(party.refresh(tokens).json()).containsEntry("error", "invalid_grant");
    assertThat(userInfoStatus(tokens)).isEqualTo(401);
    assertThat(idp.sessionCount()).isZero();
    assertThat(visitor.authorize(party.request()).statusCode()).isEqualTo(200);
  }

  @Test
  @DisplayName("RFC 7009, section 2.2: an unknown token is no error")
  void anUnknownTokenIsRevokedWithoutComplaint() throws Exception {
    assertThat(party.revoke("unheard-of").status()).isEqualTo(200);
    assertThat(userInfoStatus(tokens)).isEqualTo(200);
  }

  @Test
  void nobodyElseCanRevoke() throws Exception {
    Map<String, String> form = Map.of("token", tokens.text("refresh_token"));

    assertThat(party.post("revoke", form, "").status()).isEqualTo(401);
    assertThat(party.post("revoke", form, RelyingParty.basic("limen", "wrong")).status())
        .isEqualTo(401);
    assertThat(party.refresh(tokens).status()).isEqualTo(200);
  }

  @Test
  void aRevocationWithoutTokenIsRefused() throws Exception {
    RelyingParty.Answer answer =
        party.post("revoke", Map.of("x", "y"), RelyingParty.basic("limen", "limen-demo-secret"));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json()).containsEntry("error", "invalid_request");
  }
}
