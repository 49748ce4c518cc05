package dev.limen.session.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.limen.session.SealedSession;
import dev.limen.session.SessionKey;
import dev.limen.session.SessionSecret;
import dev.limen.session.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read out of Redis, and what is trouble; never is it "no session". */
class RedisRecordTest {
  private static final SessionKey KEY = SessionSecret.random().key();
  private static final byte[] LONGEST_VALUE = new byte[SealedSession.MAX_VALUE_LENGTH];
  private static final byte[] ONE_PAST_IT = new byte[SealedSession.MAX_VALUE_LENGTH + 1];

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static @Nullable SealedSession read(byte[] tokens, byte[] metadata, String number) {
    List<byte[]> fields = List.of(tokens, metadata, text(number), text(number));
    return RedisRecord.read(KEY, fields, text(number));
  }

  private static void assertThatIsTrouble(byte[] tokens, byte[] metadata, String number) {
    assertThatThrownBy(() -> read(tokens, metadata, number))
        .isInstanceOf(StoreUnavailableException.class);
  }

  @Test
  void nothingAtAllIsNoSession() {
    assertThat(RedisRecord.read(KEY, Arrays.asList(null, null, null, null), text("1"))).isNull();
  }

  @Test
  void aNumberOfAsManyDigitsAsALongHoldsForCertainIsReadAndOneOfOneMoreIsTrouble() {
    String longest = "9".repeat(RedisRecord.MAX_DIGITS);

    assertThat(read(text("b"), text("m"), longest))
        .isNotNull()
        .satisfies(session -> {
          assertThat(session.version()).isEqualTo(Long.parseLong(longest));
          assertThat(session.generation()).isEqualTo(Long.parseLong(longest));
          assertThat(session.lastSeenAtMillis()).isEqualTo(Long.parseLong(longest));
        });
    assertThatIsTrouble(text("b"), text("m"), longest + "9");
    assertThatIsTrouble(text("b"), text("m"), "0" + longest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "+1", " 1", "1 ", "0x1", "1.5", "1e3"})
  void whatIsNoNumberIsTrouble(String number) {
    assertThatIsTrouble(text("b"), text("m"), number);
  }

  @Test
  void valuesOfTheGreatestLengthAreReadAndOnesOfOneMoreAreTrouble() {
    assertThat(read(LONGEST_VALUE, LONGEST_VALUE, "1")).isNotNull();
    assertThatIsTrouble(ONE_PAST_IT, LONGEST_VALUE, "1");
    assertThatIsTrouble(LONGEST_VALUE, ONE_PAST_IT, "1");
  }

  @Test
  void aRecordThatLacksAFieldIsTrouble() {
    for (int missing = 0; missing < 4; missing++) {
      List<byte[]> fields = Arrays.asList(text("b"), text("m"), text("1"), text("1"));
      fields.set(missing, null);
      assertThatThrownBy(() -> RedisRecord.read(KEY, fields, text("1")))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("lacks a field");
    }
  }
}
