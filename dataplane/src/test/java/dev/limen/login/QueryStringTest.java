package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The parameters in a query, strictly. */
final class QueryStringTest {
  private static QueryString parsed(String raw) {
    return Objects.requireNonNull(QueryString.parse(raw));
  }

  @Test
  void noQueryHasNoParameters() {
    assertThat(Objects.requireNonNull(QueryString.parse(null)).all("a")).isEmpty();
    assertThat(parsed("").single("a")).isNull();
  }

  @Test
  void aParameterIsDecoded() {
    assertThat(parsed("rd=%2Fa%3Fb%3D%C3%A9+c").single("rd")).isEqualTo("/a?b=é c");
    assertThat(parsed("r%64=x").single("rd")).isEqualTo("x");
  }

  @Test
  void rawBytesBeyondAsciiAreUtf8() {
    assertThat(parsed("a=\u00c3\u00a9").single("a")).isEqualTo("é");
  }

  @Test
  void aParameterThatStandsTwiceIsNoSingleOne() {
    QueryString query = parsed("code=a&state=s&code=b");
    assertThat(query.single("code")).isNull();
    assertThat(query.all("code")).containsExactly("a", "b");
    assertThat(query.single("state")).isEqualTo("s");
  }

  @Test
  void aNameWithoutEqualsHasAnEmptyValue() {
    assertThat(parsed("code&state=").single("code")).isEmpty();
    assertThat(parsed("code&state=").single("state")).isEmpty();
    assertThat(parsed("a=b=c").single("a")).isEqualTo("b=c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%", "a=%2", "a=%zz", "a=%c3", "a=%ff", "%=a", "a=\u00ff", "a=\u0100"})
  void whatIsNotWellFormedIsRefused(String raw) {
    assertThat(QueryString.parse(raw)).isNull();
  }

  @Test
  void aQueryIsReadUpToItsLimitsAndRefusedBeyond() {
    String longest = "a=" + "b".repeat(QueryString.MAX_LENGTH - 2);
    assertThat(QueryString.parse(longest)).isNotNull();
    assertThat(QueryString.parse(longest + "b")).isNull();
    String most = "&a".repeat(QueryString.MAX_PARAMETERS - 1);
    assertThat(QueryString.parse(most)).isNotNull();
    assertThat(QueryString.parse(most + "&a")).isNull();
  }
}
