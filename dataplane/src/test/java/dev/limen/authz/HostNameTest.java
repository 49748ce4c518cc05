package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What reading a host promises. */
@NullMarked
class HostNameTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret.example.com",
        "Secret.Example.COM",
        "secret.example.com:443",
        "secret.example.com.",
        "secret.example.com.:443",
        "Secret.Example.COM:443.",
        "secret.example.com:",
      })
  void everySpellingOfAHostIsTheSameHost(String authority) {
    assertThat(HostName.parse(authority, 443)).isEqualTo(new HostName("secret.example.com", 443));
  }

  @ParameterizedTest
  @CsvSource({"localhost:8080,localhost,8080", "[::1]:80,[::1],80", "[::1],[::1],443", "a,a,443"})
  void aPortIsTakenAsItIs(String authority, String name, int port) {
    assertThat(HostName.parse(authority, 443)).isEqualTo(new HostName(name, port));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        ":",
        ":80",
        "a:0",
        "a:65536",
        "a:x",
        "a:-1",
        "a:+1",
        "a:080808",
        "::1",
        "[",
        "[]",
        "[a]",
        "[::1",
        "[::1]x",
        "a b",
        "a/b",
        "a@b",
        "a..b",
        "a..",
        "a..:80",
        "a.:80.",
        "app.example.com..",
        ".a",
        "a,b",
        "a%41",
        "a_\u0000",
        "ä",
        "a:80:80",
        "a\t",
        "a#",
        "a?",
        "*",
      })
  void whatIsNoHostIsNone(String authority) {
    assertThat(HostName.parse(authority, 443)).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {255, 256})
  void aNameIsAsLongAsTheDnsAllowsAndNoLonger(int length) {
    HostName host = HostName.parse("a".repeat(length), 443);
    assertThat(host != null).isEqualTo(length <= HostName.MAX_LENGTH);
  }
}
