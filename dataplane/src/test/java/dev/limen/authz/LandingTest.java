package dev.limen.authz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the check of somebody unknown to the place where the login ends. */
@NullMarked
class LandingTest {
  private static House house;

  @BeforeAll
  static void open() throws IOException {
    house = House.with("");
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static String landing(String target) throws IOException, InterruptedException {
    return house.loggedIn("alice", target).location();
  }

  private static String ofLength(int length) {
    String start = "/orders?q=";
    return start + "a".repeat(length - start.length());
  }

  @Test
  void isWhereTheBrowserWantedToGo() throws Exception {
    assertThat(landing("/v1%2e2/orders?x=1")).endsWith("/v1%2e2/orders?x=1");
    assertThat(landing(ofLength(1_024))).endsWith(ofLength(1_024));
  }

  @ParameterizedTest
  @ValueSource(ints = {1_025, 2_049, 8_000})
  @DisplayName("decisions.md, section 1: a return URL over 1 KiB loses its query")
  void isThePathAloneWhereTheQueryIsTooLong(int length) throws Exception {
    assertThat(landing(ofLength(length))).endsWith("/orders");
  }

  @Test
  void isTheDefaultPathWhereThePathIsTooLong() throws Exception {
    assertThat(landing("/" + "a".repeat(1_024))).endsWith("/").doesNotContain("a".repeat(9));
  }

  @ParameterizedTest
  @CsvSource({
    "/x?q=\u00e9,       /x?q=%E9",
    "/x?q=\u00c3\u00a9, /x?q=%C3%A9",
    "/x?q=\u0080\u00ff, /x?q=%80%FF",
    "/x?q=~%C3%A9,      /x?q=~%C3%A9",
  })
  @DisplayName("A50: a byte from 0x80 comes back as the same byte")
  void keepsEachByteOfAQuery(String target, String expected) throws Exception {
    assertThat(landing(target)).endsWith(expected);
  }
}
