package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as a JSON object from outside, and how it is asked. */
class JsonObjectTest {
  private static JsonObject read(String text) {
    return Objects.requireNonNull(JsonObject.parse(text.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @DisplayName("RFC 8259: what is not one JSON object in UTF-8 is refused")
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "[{}]",
        "1",
        "\"a\"",
        "<html></html>",
        "{\"a\":1} x",
        "{\"a\":1}{}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "/**/{}",
        "{\"a\":1",
        "{\"a\":1,\"a\":2}",
        "\uFEFF{}",
      })
  void whatIsNotOneObjectIsRefused(String text) {
    assertThat(JsonObject.parse(text.getBytes(StandardCharsets.UTF_8))).isNull();
  }

  @Test
  void otherEncodingsThanUtf8AreRefused() {
    String text = "{\"name\":\"Zoë\"}";
    assertThat(JsonObject.parse(text.getBytes(StandardCharsets.ISO_8859_1))).isNull();
    assertThat(JsonObject.parse(text.getBytes(StandardCharsets.UTF_16))).isNull();
    assertThat(read(text).text("name")).isEqualTo("Zoë");
  }

  @Test
  @DisplayName("A62: nesting ends at 32 levels, before anything recursive reads it")
  void nestingEndsAtTheLimit() {
    assertThat(JsonObject.parse(nested(JsonObject.MAX_DEPTH))).isNotNull();
    assertThat(JsonObject.parse(nested(JsonObject.MAX_DEPTH + 1))).isNull();
    assertThat(JsonObject.parse(nested(100_000))).isNull();
    assertThat(read("{\"a\":\"" + "[".repeat(100) + "\\\"" + "{".repeat(100) + "\"}").text("a"))
        .hasSize(201);
  }

  private static byte[] nested(int depth) {
    int arrays = depth - 1;
    return ("{\"a\":" + "[".repeat(arrays) + "]".repeat(arrays) + "}")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aMemberOfAnotherTypeIsAsGoodAsAbsent() {
    JsonObject object = read("{\"s\":\"x\",\"n\":1.9,\"l\":[\"a\",1,{}],\"o\":{},\"z\":null}");
    assertThat(object.text("n")).isNull();
    assertThat(object.text("l")).isNull();
    assertThat(object.seconds("s")).isNull();
    assertThat(object.seconds("n")).isEqualTo(1);
    assertThat(object.object("s")).isNull();
    assertThat(object.object("o")).isNotNull();
    assertThat(object.objectsAmong("l")).hasSize(1);
    assertThat(object.texts("l")).isNull();
    assertThat(object.textsAmong("l")).containsExactly("a");
    assertThat(object.texts("s")).containsExactly("x");
    assertThat(object.texts("n")).isNull();
    assertThat(object.has("z")).isFalse();
    assertThat(object.isTrue("s")).isFalse();
    assertThat(object.text("absent")).isNull();
  }

  @Test
  void anIntegerTooLongForALongIsNoDateAndMayMakeAllOfItNoObject() {
    assertThat(read("{\"a\":1" + "0".repeat(64) + "}").seconds("a")).isNull();
    // The library's count of it overflows to zero, which it takes for a leading zero.
    byte[] overflown = ("{\"a\":1" + "0".repeat(65) + "}").getBytes(StandardCharsets.UTF_8);
    assertThat(JsonObject.parse(overflown)).isNull();
  }

  @Test
  void numbersThatAreNoDatesAreAsGoodAsAbsent() {
    JsonObject object = read("{\"big\":1e300,\"small\":-1e300,\"long\":99999999999999999999}");
    assertThat(object.seconds("big")).isNull();
    assertThat(object.seconds("small")).isNull();
    assertThat(object.seconds("long")).isNull();
  }
}
