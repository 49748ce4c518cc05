package dev.limen.devidp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a fault is named on the command line. */
final class FaultRuleTest {
  @ParameterizedTest
  @CsvSource({
    "wrong-nonce,WRONG_NONCE,TOKEN_CODE,2147483647",
    "http-500:3,HTTP_500,TOKEN,3",
    "slow@certs,SLOW,CERTS,2147483647",
    "garbage@discovery:1,GARBAGE,DISCOVERY,1",
    "http-500@token:refresh_token:2,HTTP_500,TOKEN_REFRESH,2",
    "lost-response@token:authorization_code,LOST_RESPONSE,TOKEN_CODE,2147483647"
  })
  void aRuleIsReadAsTheCommandLineHasIt(String text, Fault fault, RequestKind scope, int times) {
    assertThat(FaultRule.parse(text)).isEqualTo(new FaultRule(fault, scope, times));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "slow@nowhere",
        "slow:0",
        "slow:x",
        "slow@",
        "@token",
        "wrong-nonce@certs"
      })
  void aRuleThatMeansNothingIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> FaultRule.parse(text));
  }

  @Test
  void theRefusalOfAnUnknownFaultListsTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FaultRule.parse("wrong-nounce"))
        .withMessage(
            "fault=wrong-nounce, expected one of slow, http-500, garbage, wrong-issuer,"
                + " wrong-nonce, lost-response, bad-signature, wrong-audience, expired-id-token,"
                + " wrong-subject-on-refresh");
  }
}
