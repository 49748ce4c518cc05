package dev.limen.authz;

import static dev.limen.authz.Requests.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.limen.check.Decision;
import dev.limen.check.Reason;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session cookie in hostile shapes, and an address that only looks like the domain's. */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AttackedSessionsTest {
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private House house;

  @BeforeAll
  void open() throws IOException {
    house =
        House.with(
            "{match: {path: /corp/*}, mode: login, require: {emailDomain: corp.com}},"
                + " {match: {path: /open/*}, mode: public}");
  }

  @AfterAll
  void close() {
    house.close();
  }

  @Test
  @DisplayName("A36 A37 of the spellings of the last character's unused bits one opens a session")
  void oneSpellingOpensASession() {
    String cookie = house.signedIn(House.alice());
    String head = cookie.substring(0, cookie.length() - 1);
    int opened = 0;
    for (int i = 0; i < ALPHABET.length(); i++) {
      char last = ALPHABET.charAt(i);
      Decision decision = house.ask(get("/x").header("cookie: " + head + last));
      opened += decision instanceof Decision.Allow ? 1 : 0;
      assertThat(decision instanceof Decision.Allow).isEqualTo(cookie.equals(head + last));
    }
    assertThat(opened).isEqualTo(1);
  }

  @Test
  @DisplayName("A36 padding and one character more are no session")
  void paddingIsNoSession() {
    String cookie = house.signedIn(House.alice());
    for (String tail : List.of("=", "==", "A", "%3D")) {
      assertThat(house.ask(get("/x").header("cookie: " + cookie + tail)))
          .isEqualTo(new Decision.Deny(401, Reason.SESSION_COOKIE_MALFORMED));
    }
  }

  @ParameterizedTest
  @DisplayName("A63 an address that only looks like the domain's is 403, and the session stays")
  @ValueSource(
      strings = {
        "u@evil.com@corp.com",
        "u@corp.com.evil.com",
        "\"u@corp.com\"@evil.com",
        "u@c\u043erp.com"
      })
  void anAddressThatOnlyLooksLikeItIs403(String email) {
    String cookie = house.signedIn(House.identity("u", email, "u", List.of()));
    assertThat(house.ask(get("/corp/x").header("cookie: " + cookie)))
        .isEqualTo(new Decision.Deny(403, Reason.EMAIL_REFUSED));
    assertThat(house.ask(get("/x").header("cookie: " + cookie)))
        .isNotEqualTo(new Decision.Deny(401, Reason.SESSION_UNKNOWN));
  }

  /** There is no rule on addresses of clients, so nothing that names one can decide. */
  @ParameterizedTest
  @DisplayName("A19 no address of a client, however it is claimed, lets anybody pass")
  @ValueSource(
      strings = {
        "x-forwarded-for: 10.0.0.1",
        "x-real-ip: 10.0.0.1",
        "x-forwarded-for: ::ffff:10.0.0.1",
        "x-envoy-external-address: 10.0.0.1",
        "forwarded: for=10.0.0.1"
      })
  void noClaimedAddressDecides(String header) {
    assertThat(house.ask(get("/x").header(header)))
        .isEqualTo(new Decision.Deny(401, Reason.NO_SESSION));
    assertThat(house.ask(get("/open/x").header(header))).isInstanceOf(Decision.Allow.class);
  }
}
