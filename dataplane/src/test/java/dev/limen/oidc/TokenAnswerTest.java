package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.session.Tokens;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a session keeps of the token endpoint's answer. */
class TokenAnswerTest {
  @ParameterizedTest
  @CsvSource({"1000, 61000", "1001, 61000", "1999, 61000", "2000, 62000"})
  void anAccessTokenEndsNoLaterThanItsExpWhichHasNoFractionOfASecond(
      long askedAtMillis, long expiresAtMillis) {
    Tokens tokens =
        new TokenAnswer.Granted("access", "id", "refresh", 60, 1_800)
            .tokens("id", 0, null, askedAtMillis);
    assertThat(tokens.accessTokenExpiresAtMillis()).isEqualTo(expiresAtMillis);
    assertThat(tokens.refreshTokenExpiresAtMillis()).isEqualTo(askedAtMillis + 1_800_000);
  }
}
