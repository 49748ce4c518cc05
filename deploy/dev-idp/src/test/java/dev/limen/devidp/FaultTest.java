package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault does what its name says, as often as it was told, and nowhere else. */
final class FaultTest {
  private DevIdp idp;
  private Visitor visitor;
  private RelyingParty party;

  @BeforeEach
  void start() throws Exception {
    idp = DevIdp.start(DevIdpConfig.demo().withSigningAlgorithm("ES256"));
    visitor = new Visitor(idp);
    party = new RelyingParty(idp);
  }

  @AfterEach
  void stop() {
    idp.close();
  }

  private Map<String, Object> idTokenOfALogin() throws Exception {
    return RelyingParty.claims(party.tokens(visitor, "alice").text("id_token"));
  }

  @Test
  void claimsSayWhatTheyAreMadeToSayUntilEverythingIsCleared() throws Exception {
    idp.faults()
        .changeClaims(claims -> {
          claims.put("email_verified", false);
          claims.remove("groups");
          return claims;
        });
    Map<String, Object> claims = idTokenOfALogin();
    assertThat(claims).containsEntry("email_verified", false).doesNotContainKey("groups");
    idp.faults().clear();
    assertThat(idTokenOfALogin()).containsEntry("email_verified", true).containsKey("groups");
  }

  @Test
  void anIdTokenIsHandedOutAsWhatItIsMadeInto() throws Exception {
    idp.faults().changeIdTokens(token -> token + "x");
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");
    assertThat(tokens.text("id_token")).endsWith("x");
    idp.faults().clear();
    assertThat(party.refresh(tokens).text("id_token")).doesNotEndWith("x");
  }

  @Test
  void slowAnswersAreRightButLate() throws Exception {
    idp.faults().delayBy(Duration.ofMillis(300));
    idp.faults().switchOn(Fault.SLOW, RequestKind.TOKEN, 1);
    Map<String, String> form = party.redemption(visitor.signIn(party.request(), "alice"));
    long before = System.nanoTime();
    RelyingParty.Answer tokens = party.token(form);

    assertThat(tokens.status()).isEqualTo(200);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(299));
    assertThat(idp.log().of(RequestKind.TOKEN_CODE).getFirst().fault()).isEqualTo("slow");
  }

  @Test
  void anInternalErrorDoesNoWork() throws Exception {
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");
    idp.faults().switchOn(Fault.HTTP_500, RequestKind.TOKEN_REFRESH, 2);

    assertThat(party.refresh(tokens).status()).isEqualTo(500);
    assertThat(party.refresh(tokens).status()).isEqualTo(500);
    assertThat(party.refresh(tokens).status()).isEqualTo(200);
  }

  @Test
  void garbageIsAPageWhereJsonIsDue() throws Exception {
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");
    idp.faults().switchOn(Fault.GARBAGE, RequestKind.TOKEN, 1);
    RelyingParty.Answer garbage = party.refresh(tokens);

    assertThat(garbage.status()).isEqualTo(200);
    assertThat(garbage.raw().body()).startsWith("<!DOCTYPE html>");
    assertThat(party.refresh(tokens).status()).isEqualTo(200);
  }

  @Test
  void aLostResponseHasRotatedTheRefreshToken() throws Exception {
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");
    idp.faults().switchOn(Fault.LOST_RESPONSE, RequestKind.TOKEN_REFRESH, 1);

    assertThatThrownBy(() -> party.refresh(tokens)).isInstanceOf(IOException.class);
    assertThat(party.refresh(tokens).json()).containsEntry("error", "invalid_grant");
    assertThat(idp.log().of(RequestKind.TOKEN_REFRESH))
        .extracting(RequestRecord::outcome)
        .containsExactly("ok", "invalid_grant");
  }

  @Test
  void aWrongIssuerIsInTheIdToken() throws Exception {
    idp.faults().switchOn(Fault.WRONG_ISSUER);

    assertThat(idTokenOfALogin().get("iss")).isNotEqualTo(idp.issuer());
  }

  @Test
  void aWrongIssuerCanBeInDiscovery() throws Exception {
    idp.faults().switchOn(Fault.WRONG_ISSUER, RequestKind.DISCOVERY, 1);
    String path = "/realms/limen/.well-known/openid-configuration";

    assertThat(party.get(path).body()).contains(Provider.WRONG_ISSUER);
    assertThat(party.get(path).body()).doesNotContain(Provider.WRONG_ISSUER);
    assertThat(idTokenOfALogin()).containsEntry("iss", idp.issuer());
  }

  @Test
  void aWrongIssuerCanBeInTheAuthorizationResponse() throws Exception {
    idp.faults().switchOn(Fault.WRONG_ISSUER, RequestKind.LOGIN, 1);
    String callback = visitor.signIn(party.request(), "alice");

    assertThat(Visitor.parameter(callback, "iss")).isEqualTo(Provider.WRONG_ISSUER);
  }

  @Test
  void aWrongNonceIsInTheIdTokenOfALogin() throws Exception {
    idp.faults().switchOn(Fault.WRONG_NONCE);
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");

    assertThat(RelyingParty.claims(tokens.text("id_token")).get("nonce"))
        .isNotNull()
        .isNotEqualTo(RelyingParty.NONCE);
    assertThat(RelyingParty.claims(party.refresh(tokens).text("id_token")))
        .doesNotContainKey("nonce");
  }

  @Test
  void aBadSignatureIsOnTheIdTokenOnly() throws Exception {
    idp.faults().switchOn(Fault.BAD_SIGNATURE, RequestKind.TOKEN, 1);
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");

    assertThat(party.verifies(tokens.text("id_token"))).isFalse();
    assertThat(party.verifies(tokens.text("access_token"))).isTrue();
    assertThat(party.verifies(party.refresh(tokens).text("id_token"))).isTrue();
  }

  @Test
  void aWrongAudienceIsInTheIdTokenOnly() throws Exception {
    idp.faults().switchOn(Fault.WRONG_AUDIENCE);
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");

    assertThat(RelyingParty.claims(tokens.text("id_token"))).containsEntry("aud", "another-client");
    assertThat(String.valueOf(RelyingParty.claims(tokens.text("access_token")).get("aud")))
        .contains("limen");
  }

  @Test
  void anExpiredIdTokenEndedAnHourAgo() throws Exception {
    idp.faults().switchOn(Fault.EXPIRED_ID_TOKEN);
    Map<String, Object> claims = idTokenOfALogin();

    assertThat(Long.parseLong(String.valueOf(claims.get("exp"))))
        .isLessThan(System.currentTimeMillis() / 1000 - 3500);
  }

  @Test
  void aWrongSubjectComesWithARefreshOnly() throws Exception {
    idp.faults().switchOn(Fault.WRONG_SUBJECT_ON_REFRESH, RequestKind.TOKEN, 1);
    RelyingParty.Answer tokens = party.tokens(visitor, "alice");
    Object subject = RelyingParty.claims(tokens.text("id_token")).get("sub");
    RelyingParty.Answer spoiled = party.refresh(tokens);

    assertThat(subject).isNotEqualTo("somebody-else");
    assertThat(RelyingParty.claims(spoiled.text("id_token"))).containsEntry("sub", "somebody-else");
    assertThat(RelyingParty.claims(party.refresh(spoiled).text("id_token")))
        .containsEntry("sub", subject);
  }

  @Test
  void aFaultThatIsSwitchedOffIsGone() throws Exception {
    idp.faults().switchOn(Fault.HTTP_500);
    idp.faults().switchOn(Fault.WRONG_NONCE);
    idp.faults().switchOff(Fault.HTTP_500);
    assertThat(idTokenOfALogin().get("nonce")).isNotEqualTo(RelyingParty.NONCE);

    idp.faults().clear();
    assertThat(idTokenOfALogin()).containsEntry("nonce", RelyingParty.NONCE);
  }

  @Test
  void aFaultAtOneEndpointLeavesTheOthersAlone() throws Exception {
    idp.faults().switchOn(Fault.HTTP_500, RequestKind.CERTS, FaultRule.ALWAYS);

    assertThat(party.get("/realms/limen/protocol/openid-connect/certs").statusCode())
        .isEqualTo(500);
    assertThat(idTokenOfALogin()).containsEntry("nonce", RelyingParty.NONCE);
  }
}
