package dev.limen.cookie;

import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.bytes.Span;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What taking Limen's cookies out promises. */
@NullMarked
class OwnCookiesTest {
  private static final OwnCookies OWN = new OwnCookies("__Host-limen");

  private static @Nullable String rest(String field) {
    byte[] bytes = ("<" + field + ">").getBytes(StandardCharsets.ISO_8859_1);
    return OWN.rest(bytes, Span.of(1, 1 + field.length()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a=1; __Host-limen=S; b=2           | a=1; b=2",
        "__Host-limen=S; a=1; b=2           | a=1; b=2",
        "a=1; b=2; __Host-limen=S           | a=1; b=2",
        "a=1; b=2; __Host-limen=S;          | a=1; b=2",
        "a=1;__Host-limen=S;b=2             | a=1;b=2",
        "a=1,__Host-limen=S,b=2             | a=1,b=2",
        "a=1; __Host-limen-flow-abc123=F    | a=1",
        "__Host-limen=S;__Host-limen=T; a=1 | a=1",
        "a=\"1\"; b; =c; __Host-limen=S     | a=\"1\"; b; =c",
        "a=1; __Host-limen =S               | a=1",
        "a=1; __Host-limen                  | a=1",
      })
  void theOthersStayByteForByte(String field, String rest) {
    assertThat(rest(field)).isEqualTo(rest);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a=1",
        " a=1 ; ",
        "__Host-limen2=x",
        "x__Host-limen=x",
        "__Host-limen-flo=x",
        "__host-limen=x",
        "a=__Host-limen=S",
      })
  void aFieldWithoutOwnCookiesIsLeftAlone(String field) {
    assertThat(rest(field)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "__Host-limen=S",
        "__Host-limen=S; __Host-limen-flow-abc123=F",
        " ; __Host-limen=;",
        "__Host-limen-flow-",
      })
  void nothingIsLeftWhereOnlyOwnOnesWere(String field) {
    assertThat(rest(field)).isEmpty();
  }

  @Test
  void theFlowsUnderWayAreNamed() {
    byte[] bytes =
        "a=1; __Host-limen-flow-abc123=F,__Host-limen=S;__Host-limen-flow-ABC124=G"
            .getBytes(StandardCharsets.US_ASCII);
    assertThat(OWN.flowNames(bytes, Span.of(0, bytes.length)))
        .containsExactly("__Host-limen-flow-abc123", "__Host-limen-flow-ABC124");
    assertThat(OWN.flowNames(bytes, Span.of(0, 4))).isEmpty();
    assertThat(OWN.flowNames(bytes, Span.ABSENT)).isEmpty();
  }

  @Test
  void noMoreFlowsAreNamedThanTheLimit() {
    byte[] bytes = "__Host-limen-flow-a=F;".repeat(65).getBytes(StandardCharsets.US_ASCII);
    assertThat(OWN.flowNames(bytes, Span.of(0, bytes.length))).hasSize(OwnCookies.MAX_FLOWS);
    assertThat(OWN.flowNames(bytes, Span.of(0, bytes.length / 65 * 64)))
        .hasSize(OwnCookies.MAX_FLOWS);
  }

  @Test
  void bytesFrom0x80Stay() {
    assertThat(rest("a=ÿ\u0080; __Host-limen=ÿ")).isEqualTo("a=ÿ\u0080");
  }

  @Test
  void aWriterThatNeverAddedThemAgreesOnAHundredThousandFields() {
    RandomGenerator random = RandomGeneratorFactory.of("Xoroshiro128PlusPlus").create(4);
    String[] others = {"a=1", "b", "=c", "__Host-limen2=x", "d=\"e\"", "f=__Host-limen=x"};
    String[] owns = {"__Host-limen=S", "__Host-limen-flow-abc123=F", "__Host-limen="};
    for (int i = 0; i < 100_000; i++) {
      StringJoiner all = new StringJoiner("; ");
      StringJoiner expected = new StringJoiner("; ").setEmptyValue("");
      boolean any = false;
      for (int cookies = random.nextInt(8); cookies > 0; cookies--) {
        boolean own = random.nextInt(3) == 0;
        String cookie =
            own ? owns[random.nextInt(owns.length)] : others[random.nextInt(others.length)];
        all.add(cookie);
        any |= own;
        if (!own) {
          expected.add(cookie);
        }
      }
      String judged = any ? expected.toString() : null;
      if (!Objects.equals(rest(all.toString()), judged)) {
        assertThat(rest(all.toString())).as("seed 4, field <%s>", all).isEqualTo(judged);
      }
    }
  }

  @Test
  void sixtyFourKibibytesTakeLessThanAMillisecond() {
    byte[] bytes = "a=1; __Host-limen=S; ".repeat(3_120).getBytes(StandardCharsets.US_ASCII);
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 100; i++) {
      long before = System.nanoTime();
      OWN.rest(bytes, Span.of(0, bytes.length));
      best = Math.min(best, System.nanoTime() - before);
    }
    assertThat(best).isLessThan(1_000_000);
  }
}
