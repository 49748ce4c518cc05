package dev.limen.login;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a login came from, coarsely. */
final class LoginOriginTest {
  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "203.0.113.7,            203.0.113.0/24",
    "203.0.113.7:4711,       203.0.113.0/24",
    "2001:db8:aa:bb::1,      2001:0db8:00aa::/48",
    "[2001:db8:aa:bb::1]:80, 2001:0db8:00aa::/48",
    "::ffff:203.0.113.7,     203.0.113.0/24",
    "localhost, ''",
    "not an address, ''",
    "[::1, ''",
    "'', ''",
  })
  // spotless:on
  void anAddressIsCutToItsNetwork(String address, String prefix) {
    assertThat(LoginOrigin.of(address, null).ipPrefix()).isEqualTo(prefix);
  }

  // spotless:off
  @ParameterizedTest
  @CsvSource({
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0, Firefox",
    "Mozilla/5.0 (X11) Chrome/140.0.0.0 Safari/537.36, Chrome",
    "Mozilla/5.0 (X11) Chrome/140.0.0.0 Safari/537.36 Edg/140.0, Edge",
    "Mozilla/5.0 (X11) Chrome/140.0 Safari/537.36 OPR/120.0, Opera",
    "Mozilla/5.0 (Macintosh) Version/18.0 Safari/605.1.15, Safari",
    "curl/8.5.0, other",
    "'', ''",
  })
  // spotless:on
  void aUserAgentIsCutToItsFamily(String userAgent, String family) {
    assertThat(LoginOrigin.of(null, userAgent).browserFamily()).isEqualTo(family);
  }

  @Test
  void aUserAgentIsReadUpToItsLimit() {
    String name = "Firefox/";
    String before = " ".repeat(LoginOrigin.MAX_USER_AGENT_LENGTH - name.length());
    assertThat(LoginOrigin.of(null, before + name).browserFamily()).isEqualTo("Firefox");
    assertThat(LoginOrigin.of(null, " " + before + name).browserFamily()).isEqualTo("other");
  }

  @Test
  void nothingKnownIsNothingSaid() {
    assertThat(LoginOrigin.of(null, null).ipPrefix()).isEmpty();
    assertThat(LoginOrigin.of(null, null).browserFamily()).isEmpty();
  }
}
