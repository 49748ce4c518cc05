package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Reason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long the parts of a callback may be. */
final class CallbackAnswerTest {
  private static final CallbackAnswer TOO_LONG =
      new CallbackAnswer.Malformed(Reason.CALLBACK_MALFORMED);

  private static CallbackAnswer read(String query) {
    String state = new Flow("abcdef", "main", new byte[32], "/", 0, -1).state();
    return CallbackAnswer.of("state=" + state + "&" + query);
  }

  @ParameterizedTest
  @CsvSource({
    "code=," + CallbackAnswer.MAX_CODE_LENGTH,
    "error=," + CallbackAnswer.MAX_ERROR_LENGTH,
    "code=c&iss=," + CallbackAnswer.MAX_ISSUER_LENGTH,
  })
  void aPartIsTakenUpToItsLimitAndNotOneCharacterFurther(String before, int limit) {
    assertThat(read(before + "a".repeat(limit))).isInstanceOf(CallbackAnswer.WellFormed.class);
    assertThat(read(before + "a".repeat(limit + 1))).isEqualTo(TOO_LONG);
  }
}
