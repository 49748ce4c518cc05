package dev.limen.demo.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cookies as a browser keeps them. */
@DisplayName("RFC 6265, section 5.2 to 5.4; RFC 6265bis, section 4.1.3.2")
final class CookiesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  // spotless:off
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "__Host-limen=v; Path=/; Secure                  |",
      "__Host-limen=v; path=/; SECURE; HttpOnly        |",
      "__Host-limen=v; Path=/                          | no Secure",
      "__Host-limen=v; Path=/; Secure; Domain=a.test   | a Domain",
      "__Host-limen=v; Path=/app; Secure               | Path is not /",
      "__Host-limen=v; Secure                          | Path is not /",
      "limen=v                                         |"
  })
  // spotless:on
  void theHostPrefixHasRules(String field, String broken) {
    assertThat(SetCookie.parse(field).brokenHostPrefixRule()).isEqualTo(broken);
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "a=; Max-Age=0                                            | true",
      "a=; Max-Age=-1                                           | true",
      "a=; Max-Age=9                                            | false",
      "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT                | true",
      "a=; Expires=Thu, 01 Jan 2099 00:00:00 GMT                | false",
      "a=; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT     | false",
      "a=; Expires=never                                        | false",
      "a=                                                       | false"
  })
  // spotless:on
  void aCookieIsClearedByItsAge(String field, boolean clears) {
    assertThat(SetCookie.parse(field).clears(NOW)).isEqualTo(clears);
  }

  @Test
  void aCookieWithoutANameIsNone() {
    assertThatThrownBy(() -> SetCookie.parse("=v")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCookieDoesNotPrintItsValue() {
    assertThat(SetCookie.parse("a=secret; Path=/").toString()).doesNotContain("secret");
  }

  @Test
  void aJarKeepsReplacesAndForgets() {
    CookieJar jar = new CookieJar();
    jar.take(reply("a=1; Path=/", "b=2"));
    assertThat(jar.fieldFor("/")).isEqualTo("a=1; b=2");
    jar.take(reply("a=3; Path=/", "b=; Max-Age=0"));
    assertThat(jar.fieldFor("/")).isEqualTo("a=3");
    jar.clear();
    assertThat(jar.fieldFor("/")).isNull();
  }

  @Test
  void aJarRefusesWhatBreaksThePrefix() {
    CookieJar jar = new CookieJar();
    jar.take(reply("__Host-limen=v; Path=/; HttpOnly"));
    assertThat(jar.value("__Host-limen")).isNull();
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
      "/realms/limen/, /realms/limen/x, true",
      "/realms/limen,  /realms/limen,   true",
      "/realms/limen,  /realms/limen/x, true",
      "/realms/limen,  /realms/limenx,  false",
      "/realms/limen/, /orders,         false"
  })
  // spotless:on
  void aPathIsRespected(String scope, String path, boolean sent) {
    CookieJar jar = new CookieJar();
    jar.take(reply("a=1; Path=" + scope));
    assertThat(jar.fieldFor(path) != null).isEqualTo(sent);
  }

  private static Reply reply(String... cookies) {
    List<Reply.Header> headers =
        Arrays.stream(cookies).map(cookie -> new Reply.Header("set-cookie", cookie)).toList();
    return new Reply(200, headers, new byte[0]);
  }
}
