package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two spellings of one host are one. */
final class AuthorityTest {
  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "a,                a,           0",
    "A.Example.COM.,   a.example.com, 0",
    "a:443.,           a,           0",
    "a.:443,           a,           0",
    "a:,               a,           0",
    "a:80,             a,           80",
    "[::1],            [::1],       0",
    "[::1]:8443,       [::1],       8443",
  })
  // spotless:on
  void aHostIsLowerCaseWithoutATrailingDot(String text, String name, int port) {
    assertThat(Authority.parse(text, "https")).isEqualTo(new Authority(name, port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a..",
        "a..:80",
        "a.:80.",
        "app.example.com..",
        ".a",
        "a..b",
        "a:x"
      })
  void whatIsNoHostIsNone(String text) {
    assertThat(Authority.parse(text, "https")).isNull();
  }

  @Test
  void aNameIsTakenUpToItsLimit() {
    String longest = "a".repeat(Authority.MAX_LENGTH);
    assertThat(Authority.parse(longest, "https")).isNotNull();
    assertThat(Authority.parse(longest + ".:80", "https")).isNotNull();
    assertThat(Authority.parse(longest + "a", "https")).isNull();
  }
}
